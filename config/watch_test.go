package config

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched is a watcher on files in a temporary directory.
type watched struct {
	watcher
	t     *testing.T
	dir   string
	names []string
	calls int
}

func newWatched(t *testing.T, names ...string) *watched {
	w := &watched{t: t, dir: t.TempDir(), names: names}
	for _, name := range names {
		w.write(name, "first")
	}
	w.watcher = watcher{files: w.paths, changed: func() { w.calls++ }}
	w.known = digests(w.paths(), nil)
	return w
}

func (w *watched) path(name string) string { return filepath.Join(w.dir, name) }

func (w *watched) paths() []string {
	var paths []string
	for _, name := range w.names {
		paths = append(paths, w.path(name))
	}
	return paths
}

func (w *watched) write(name, content string) {
	w.t.Helper()
	w.must(os.WriteFile(w.path(name), []byte(content), 0o600))
}

func (w *watched) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// expect polls and compares the number of calls so far.
func (w *watched) expect(polls, calls int) {
	w.t.Helper()
	for range polls {
		w.poll()
	}
	if w.calls != calls {
		w.t.Fatalf("changed was called %d times, want %d", w.calls, calls)
	}
}

func TestWatchFiresOncePerChange(t *testing.T) {
	w := newWatched(t, "a.yaml", "b.yaml")
	w.expect(3, 0)
	w.write("b.yaml", "second")
	w.expect(1, 0)
	w.expect(3, 1)
	w.write("a.yaml", "second")
	w.expect(4, 2)
}

func TestWatchWaitsUntilAWriteIsComplete(t *testing.T) {
	w := newWatched(t, "a.yaml")
	for _, partial := range []string{"", "s", "se", "sec", "second"} {
		w.write("a.yaml", partial)
		w.expect(1, 0)
	}
	w.expect(1, 1)
}

func TestWatchIgnoresAChangeTakenBack(t *testing.T) {
	w := newWatched(t, "a.yaml")
	w.write("a.yaml", "second")
	w.expect(1, 0)
	w.write("a.yaml", "first")
	w.expect(3, 0)
}

func TestWatchFollowsRenamesAndSymlinks(t *testing.T) {
	w := newWatched(t, "link.yaml")
	w.write("new.yaml", "second")
	w.must(os.Rename(w.path("new.yaml"), w.path("link.yaml")))
	w.expect(2, 1)
	w.write("target.yaml", "third")
	w.must(os.Remove(w.path("link.yaml")))
	w.must(os.Symlink(w.path("target.yaml"), w.path("link.yaml")))
	w.expect(2, 2)
	w.write("target.yaml", "fourth")
	w.expect(2, 3)
}

func TestWatchSeesFilesGoAndComeBack(t *testing.T) {
	w := newWatched(t, "a.yaml")
	w.must(os.Remove(w.path("a.yaml")))
	w.expect(3, 1)
	w.write("a.yaml", "first")
	w.expect(2, 2)
}

func TestWatchAsksForFilesAgain(t *testing.T) {
	w := newWatched(t, "a.yaml")
	w.changed = func() {
		w.calls++
		w.names = []string{"a.yaml", "included.yaml"}
	}
	w.write("included.yaml", "first")
	w.write("a.yaml", "second")
	w.expect(4, 1)
	w.write("included.yaml", "second")
	w.expect(2, 2)
}

func TestWatchSeesChangesMadeMeanwhile(t *testing.T) {
	w := newWatched(t, "a.yaml")
	w.changed = func() {
		w.calls++
		w.write("a.yaml", "third")
	}
	w.write("a.yaml", "second")
	w.expect(2, 1)
	w.expect(3, 2)
}

func TestWatchEndsWithItsContext(t *testing.T) {
	w := newWatched(t, "a.yaml")
	ctx, cancel := context.WithCancel(t.Context())
	ticks, fired, done := make(chan time.Time), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		watch(ctx, w.paths, ticks, func() { close(fired) })
	}()
	ticks <- time.Time{} // the first files are known from here on
	w.write("a.yaml", "second")
	ticks <- time.Time{}
	ticks <- time.Time{}
	ticks <- time.Time{}
	<-fired
	cancel()
	<-done
}

func TestWatchPolls(t *testing.T) {
	w := newWatched(t, "a.yaml")
	ctx, cancel := context.WithCancel(t.Context())
	asked, fired, done := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	files := func() []string {
		select {
		case asked <- struct{}{}:
		default:
		}
		return w.paths()
	}
	go func() {
		defer close(done)
		Watch(ctx, files, time.Millisecond, func() { fired <- struct{}{} })
	}()
	<-asked
	<-asked // the second time is the first poll
	w.write("a.yaml", "second")
	<-fired
	cancel()
	<-done
}
