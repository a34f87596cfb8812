package config

import (
	"context"
	"crypto/sha256"
	"maps"
	"time"
)

// Watch calls changed after the content of the files changed, until ctx ends. It reads them every so often rather than
// subscribing to events, which miss swapped symlinks; and it waits until two readings agree, so that nobody sees a
// half-written file. changed runs on Watch's goroutine; afterwards files is asked again. A file that goes away or can't
// be read has changed too.
func Watch(ctx context.Context, files func() []string, every time.Duration, changed func()) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	watch(ctx, files, ticker.C, changed)
}

func watch(ctx context.Context, files func() []string, ticks <-chan time.Time, changed func()) {
	w := watcher{files: files, changed: changed, known: digests(files(), nil)}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			w.poll()
		}
	}
}

// fingerprints maps paths to hashes of their content, all zero for a file that can't be read.
type fingerprints map[string][sha256.Size]byte

type watcher struct {
	files         func() []string
	changed       func()
	known, before fingerprints // at the last change, at the reading before
}

// poll calls changed if the files differ from those known and are as they were at the reading before.
func (w *watcher) poll() {
	now := digests(w.files(), nil)
	stable := maps.Equal(now, w.before)
	w.before = now
	if !stable || maps.Equal(now, w.known) {
		return
	}
	w.changed()
	w.known = digests(w.files(), now)
}

// digests reads the files, except that it trusts known for those listed there: what changed while changed ran must
// still count as a change.
func digests(files []string, known fingerprints) fingerprints {
	now := make(fingerprints, len(files))
	for _, path := range files {
		digest, ok := known[path]
		if !ok {
			digest = fingerprint(path)
		}
		now[path] = digest
	}
	return now
}

func fingerprint(path string) (digest [sha256.Size]byte) {
	if content, err := readFile(path); err == nil {
		digest = sha256.Sum256(content)
	}
	return digest
}
