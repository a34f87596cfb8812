//go:build unix

package host

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestCacheIgnoresWhatOthersCanWrite checks that neither entries nor files where wazero would look are used then.
func TestCacheIgnoresWhatOthersCanWrite(t *testing.T) {
	for _, c := range []struct {
		parent, entries os.FileMode
		used            bool
	}{
		{0o700, 0o700, true}, {0o755, 0o755, true}, {0o777 | os.ModeSticky, 0o700, true},
		{0o777, 0o700, false}, {0o770, 0o700, false}, {0o700, 0o770, false}, {0o700, 0o777 | os.ModeSticky, false},
	} {
		dir := filepath.Join(t.TempDir(), "cache")
		cached(t, dir, answeringWith(7))
		kept := filepath.Join(dir, entriesName)
		if os.Chmod(kept, c.entries) != nil || os.Chmod(dir, c.parent) != nil || os.WriteFile(entries(t, dir)[0], nil, 0o600) != nil {
			t.Fatal("can't change modes")
		}
		got, log := cached(t, dir, answeringWith(7))
		if got != "plugin test failed with code -7" || strings.Contains(log, madeAnew) != c.used || strings.Contains(log, "are not kept") == c.used {
			t.Errorf("modes %o and %o: %s, log %q", c.parent, c.entries, got, log)
		}
	}
}

// TestCacheDoesNotWaitForAPipe checks that a pipe in an entry's place is not read.
func TestCacheDoesNotWaitForAPipe(t *testing.T) {
	dir := t.TempDir()
	cached(t, dir, answeringWith(7))
	path := entries(t, dir)[0]
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	rebuilt(t, dir, "a pipe")
}
