package host

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// answeringWith returns a guest that answers every event with a code of its own.
func answeringWith(code int32) []byte {
	return minimal().with(hostabi.ExportEvent, "iiii:i", constant(-code)).wasm()
}

// cached is a start of the gateway with a cache: it loads a module and returns what that answers, and the log.
func cached(t *testing.T, dir string, wasm []byte) (answer, log string) {
	t.Helper()
	book := &logBook{}
	r, err := New(t.Context(), Options{CacheDir: dir, Instances: 1, Log: book.add})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(context.Background())
	_, err = do(opened(t, mustLoad(t, r, wasm, `{}`)), nil)
	return fmt.Sprint(err), book.text()
}

// TestCacheIsShared loads the same modules and others in several runtimes at once, from one folder.
func TestCacheIsShared(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 3 {
		r, book := newRuntime(t, Options{CacheDir: dir, Instances: 1})
		for i := range 9 {
			all.Go(func() {
				code := i%3 + 1
				p, err := r.Load(t.Context(), "test", answeringWith(int32(code)), []byte(`{}`), Grants{})
				if err != nil {
					t.Error(err)
					return
				}
				var c Context
				c.Open(p)
				defer c.Close()
				if _, err := do(&c, nil); fmt.Sprint(err) != fmt.Sprintf("plugin test failed with code -%d", code) {
					t.Error(err)
				}
				if log := book.text(); log != "" {
					t.Errorf("log has %q", log)
				}
			})
		}
	}
	all.Wait()
	if n := len(entries(t, dir)); n != 3 {
		t.Errorf("%d entries of three modules", n)
	}
}

// entries returns the paths of what is kept.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, entriesName, strings.Repeat("[0-9a-f]", nameSize)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const madeAnew = "is made anew"

func TestCacheKeeps(t *testing.T) {
	dir := t.TempDir()
	for start := range 3 {
		if got, log := cached(t, dir, answeringWith(7)); got != "plugin test failed with code -7" || log != "" {
			t.Fatalf("start %d: %s, log %q", start, got, log)
		}
		if list := entries(t, dir); len(list) != 1 {
			t.Fatalf("start %d: %d entries", start, len(list))
		}
		if start == 1 {
			keptCode(t, dir)
		}
	}
	cached(t, dir, answeringWith(8))
	if list := entries(t, dir); len(list) != 2 {
		t.Errorf("%d entries of two modules", len(list))
	}
	files, err := os.ReadDir(filepath.Join(dir, entriesName))
	if err != nil || len(files) != 3 {
		t.Errorf("%d files are left, want two entries and the key: %v", len(files), err)
	}
}

// keptCode checks that a start with a warm cache compiles nothing: the entry stays the same file.
func keptCode(t *testing.T, dir string) {
	t.Helper()
	before, err := os.Stat(entries(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	cached(t, dir, answeringWith(7))
	if after, err := os.Stat(entries(t, dir)[0]); err != nil || !os.SameFile(before, after) {
		t.Error("the module was compiled again")
	}
}

// TestCacheRebuildsDamage damages an entry in many ways. The plugin always works, the log says what happened once, and
// the start after that finds everything well.
func TestCacheRebuildsDamage(t *testing.T) {
	dir := t.TempDir()
	cached(t, dir, answeringWith(7))
	path := entries(t, dir)[0]
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	step := 1000
	if len(good) < 20*step {
		step = len(good) / 20
	}
	damages := map[string][]byte{
		"empty": {}, "a byte more": append(good[:len(good):len(good)], 0), "noise": noise(len(good)),
		"only the header": good[:entryHeader], "wazero's own file": good[entryHeader:],
	}
	for at := 0; at < len(good); at += step {
		flipped := append([]byte(nil), good...)
		flipped[at] ^= 1 << (at % 8)
		damages[fmt.Sprint("byte ", at)] = flipped
		damages[fmt.Sprint("cut at ", at)] = good[:at]
	}
	for name, content := range damages {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		rebuilt(t, dir, name)
	}
}

// rebuilt checks that a start finds damage and puts it right.
func rebuilt(t *testing.T, dir, what string) {
	t.Helper()
	if got, log := cached(t, dir, answeringWith(7)); got != "plugin test failed with code -7" || strings.Count(log, madeAnew) != 1 {
		t.Errorf("%s: %s, log %q", what, got, log)
	}
	if got, log := cached(t, dir, answeringWith(7)); got != "plugin test failed with code -7" || log != "" {
		t.Errorf("after %s: %s, log %q", what, got, log)
	}
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestCacheRebuildsForeignEntries(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	cached(t, dir, answeringWith(7))
	seven := entries(t, dir)[0]
	cached(t, other, answeringWith(7))
	cached(t, dir, answeringWith(8))
	var eight string
	for _, path := range entries(t, dir) {
		if path != seven {
			eight = path
		}
	}
	for _, c := range []struct {
		name string
		put  func() error
	}{
		{"another module's entry", func() error { return copyFile(seven, eight) }},
		{"the entry of another cache", func() error { return copyFile(seven, entries(t, other)[0]) }},
		{"a folder", func() error { return os.Mkdir(seven, 0o700) }},
		{"a link", func() error { return os.Symlink(eight, seven) }},
		{"a link to nothing", func() error { return os.Symlink("nothing", seven) }},
	} {
		if err := os.RemoveAll(seven); err != nil {
			t.Fatal(err)
		}
		if err := c.put(); err != nil {
			t.Fatal(err)
		}
		rebuilt(t, dir, c.name)
	}
	if err := swapFiles(seven, eight); err != nil {
		t.Fatal(err)
	}
	rebuilt(t, dir, "two that changed places")
	if got, log := cached(t, dir, answeringWith(8)); got != "plugin test failed with code -8" || !strings.Contains(log, madeAnew) {
		t.Errorf("the other one answers %s, log %q", got, log)
	}
	if err := os.Remove(filepath.Join(dir, entriesName, keyName)); err != nil {
		t.Fatal(err)
	}
	rebuilt(t, dir, "a lost key")
	if err := os.Chmod(filepath.Join(dir, entriesName, keyName), 0o644); err != nil {
		t.Fatal(err)
	}
	rebuilt(t, dir, "a key that others may have read")
}

func copyFile(to, from string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

func swapFiles(a, b string) error {
	for _, move := range [][2]string{{a, a + "~"}, {b, a}, {a + "~", b}} {
		if err := os.Rename(move[0], move[1]); err != nil {
			return err
		}
	}
	return nil
}

// TestCacheSurvivesTheDisk takes away the folders where things are written. Modules are compiled all the same.
func TestCacheSurvivesTheDisk(t *testing.T) {
	for _, warm := range []bool{false, true} {
		for name, spoil := range map[string]func(c *codeCache) error{
			"no stage":                   func(c *codeCache) error { return os.RemoveAll(filepath.Dir(c.stage)) },
			"a stage that can't be had":  func(c *codeCache) error { return replaceByNothing(c.stage) },
			"a folder that can't be had": func(c *codeCache) error { return replaceByNothing(c.dir) },
			"code that wazero refuses":   halveCode,
		} {
			dir := t.TempDir()
			if warm {
				cached(t, dir, answeringWith(7))
			}
			r, _ := newRuntime(t, Options{CacheDir: dir, Instances: 1})
			if err := spoil(r.cache); err != nil {
				t.Fatal(err)
			}
			if _, err := do(opened(t, mustLoad(t, r, answeringWith(7), `{}`)), nil); fmt.Sprint(err) != "plugin test failed with code -7" {
				t.Errorf("%s, warm %t: %v", name, warm, err)
			}
		}
	}
}

// halveCode makes every entry an authentic one of half a module.
func halveCode(c *codeCache) error {
	list, err := filepath.Glob(filepath.Join(c.dir, strings.Repeat("[0-9a-f]", nameSize)))
	for _, path := range list {
		id := filepath.Base(path)
		e, err := readEntry(path, id, c.key)
		if err != nil {
			return err
		}
		e.code = e.code[:len(e.code)/2]
		if err := e.write(path, id, c.key); err != nil {
			return err
		}
	}
	return err
}

// replaceByNothing leaves a folder that can't be written, or made, by anyone.
func replaceByNothing(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Symlink("nothing", path)
}

// TestCacheForgets checks what is removed: what was not used for long, what is too much, and litter.
func TestCacheForgets(t *testing.T) {
	dir := t.TempDir()
	aged := func(name string, age time.Duration) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Now(), time.Now().Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range maxEntries + 5 {
		aged(fmt.Sprintf("%064x", i), time.Duration(i)*time.Hour/2)
	}
	aged(strings.Repeat("a", nameSize), entryLife+time.Hour)
	aged(buildPrefix+"old", litterLife+time.Hour)
	aged(stagePrefix+"old", litterLife+time.Hour)
	aged(stagePrefix+"new", 0)
	aged(keyName, 2*entryLife)
	if err := prune(dir); err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		left[f.Name()] = true
	}
	if len(left) != maxEntries+2 || !left[fmt.Sprintf("%064x", maxEntries-1)] || left[fmt.Sprintf("%064x", maxEntries)] || !left[stagePrefix+"new"] || !left[keyName] {
		t.Errorf("left are %d: %v", len(left), left)
	}
	aged("old", 2*touchAfter)
	touch(filepath.Join(dir, "old"))
	if info, err := os.Stat(filepath.Join(dir, "old")); err != nil || time.Since(info.ModTime()) > touchAfter {
		t.Error("a use is not noted")
	}
}

// TestEntryIsAuthentic flips every thousandth byte of a large entry, and cuts it there.
func TestEntryIsAuthentic(t *testing.T) {
	path, key := filepath.Join(t.TempDir(), "entry"), noise(keySize)
	e := &entry{name: strings.Repeat("f", nameSize), code: noise(100_000)}
	if err := e.write(path, "id", key); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	read := func(content []byte) error {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readEntry(path, "id", key)
		return err
	}
	for at := 0; at < len(good); at += 1000 {
		if err := read(good[:at]); !errors.Is(err, errDamaged) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		good[at] ^= 0x10
		if err := read(good); !errors.Is(err, errDamaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		good[at] ^= 0x10
	}
	if err := read(good); err != nil {
		t.Fatal(err)
	}
	if _, err := readEntry(path, "di", key); !errors.Is(err, errDamaged) {
		t.Errorf("under another name: %v", err)
	}
	if _, err := readEntry(path, "id", noise(keySize)); !errors.Is(err, errDamaged) {
		t.Errorf("with another key: %v", err)
	}
}
