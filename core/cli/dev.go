package cli

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// pollSources is how often a plugin's folder is looked at.
const pollSources = 300 * time.Millisecond

// bench is a plugin that somebody works on.
type bench struct {
	env    Env
	dir    string
	into   string // plugins folder of a running gateway, "" = none
	sample string // text to show the guard's edits on, "" = none
}

// developPlugin builds and tries a plugin at each change of its folder, until it is interrupted.
func developPlugin(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	into, sample := set.String("plugins", "", ""), set.String("sample", "", "")
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	if _, err := pack.ReadFolder(rest[0]); err != nil {
		return err
	}
	b := &bench{e, rest[0], *into, *sample}
	if text, err := os.ReadFile(*sample); *sample != "" && err == nil {
		b.sample = string(text)
	}
	return b.work(ctx)
}

func (b *bench) work(ctx context.Context) error {
	ticker := time.NewTicker(pollSources)
	defer ticker.Stop()
	for done, before := uint64(0), uint64(0); ; {
		now, err := b.state()
		if err != nil {
			return err
		}
		// Two looks must agree: editors write several files, and those not at once.
		if now != done && (now == before || done == 0) {
			done = now
			b.round(ctx)
		}
		before = now
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// state is a hash of what can be seen of the sources without reading them.
func (b *bench) state() (uint64, error) {
	h := fnv.New64a()
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != b.dir && (d.Name() == "vendor" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); d.IsDir() || ext != ".go" && ext != ".yaml" && ext != ".json" {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // it went a moment ago
		}
		fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	return cmp.Or(h.Sum64(), 1), err
}

// round builds, tries and swaps in what there is now.
func (b *bench) round(ctx context.Context) {
	began := time.Now()
	err := b.attempt(ctx)
	if ctx.Err() != nil {
		return
	}
	at, took := time.Now().Format(time.TimeOnly), time.Since(began).Round(time.Millisecond)
	if err != nil {
		fmt.Fprintf(b.env.Stdout, "%s  failed after %s: %v\n", at, took, err)
		return
	}
	fmt.Fprintf(b.env.Stdout, "%s  done in %s, waiting for changes (press CTRL+C to quit)\n", at, took)
}

func (b *bench) attempt(ctx context.Context) error {
	wasm, err := pack.Build(ctx, b.dir)
	if err != nil {
		return err
	}
	t, err := newTrial(ctx, wasm, b.env.Stderr)
	if err != nil {
		return err
	}
	defer t.close(context.WithoutCancel(ctx))
	failed := t.failures()
	for _, f := range failed {
		fmt.Fprintf(b.env.Stdout, "FAIL      %s\n", f)
	}
	fmt.Fprintf(b.env.Stdout, "cases     %d of %d pass\n", len(t.cases)-len(failed), len(t.cases))
	if b.sample != "" && t.manifest().Kind == "guard" {
		if err := b.showSample(t); err != nil {
			return err
		}
	}
	if b.into == "" || len(failed) > 0 {
		return nil
	}
	return b.swap(t.manifest().Name, wasm)
}

// swap puts the module where a running gateway finds it.
func (b *bench) swap(name string, wasm []byte) error {
	if err := os.MkdirAll(b.into, 0o755); err != nil {
		return fmt.Errorf("swap plugin: %w", err)
	}
	file := modulePath(b.into, name)
	if err := trust.WriteFile(file, wasm, 0o644); err != nil {
		return fmt.Errorf("swap plugin: %w", err)
	}
	fmt.Fprintf(b.env.Stdout, "swapped   into %s\n", file)
	return nil
}

// showSample prints what the guard makes of the sample, line by line where it differs.
func (b *bench) showSample(t *trial) error {
	v, err := t.judge(b.sample)
	if err != nil {
		return fmt.Errorf("judge the sample: %w", err)
	}
	switch {
	case v.Failure != nil:
		fmt.Fprintf(b.env.Stdout, "sample    could not be judged: %s\n", printable(v.Failure.Message))
	case v.Block != nil:
		fmt.Fprintf(b.env.Stdout, "sample    blocked with status %d: %s\n", cmp.Or(v.Block.Status, 400), printable(v.Block.Message))
	case v.Texts[0] == b.sample:
		fmt.Fprintln(b.env.Stdout, "sample    passes unchanged")
	default:
		fmt.Fprintf(b.env.Stdout, "sample    edited\n%s", difference(b.sample, v.Texts[0]))
	}
	if len(v.Flags) > 0 {
		fmt.Fprintf(b.env.Stdout, "flags     %s\n", printable(strings.Join(v.Flags, ", ")))
	}
	return nil
}

// difference shows the lines of two texts that differ. Edits rarely change how many there are; if they do, all lines
// between the first and the last difference are shown.
func difference(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	var out strings.Builder
	if len(a) == len(b) {
		for i := range a {
			if a[i] != b[i] {
				out.WriteString("- " + printable(a[i]) + "\n+ " + printable(b[i]) + "\n")
			}
		}
		return out.String()
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	for _, line := range a {
		out.WriteString("- " + printable(line) + "\n")
	}
	for _, line := range b {
		out.WriteString("+ " + printable(line) + "\n")
	}
	return out.String()
}
