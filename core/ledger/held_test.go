package ledger

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// While there is no room calls wait in memory, and none is lost or counted twice when there is some again.
func TestFullDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	var log bytes.Buffer
	s, err := OpenSpool(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(call("before")); err != nil {
		t.Fatal(err)
	}
	for i := range s.shards { // what is being written fails
		path := filepath.Join(dir, fmt.Sprintf("broken-%d%s", i, openSuffix))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if sh := &s.shards[i]; sh.file != nil {
			if err := s.finish(sh); err != nil {
				t.Fatal(err)
			}
		}
		if s.shards[i].file, err = os.Open(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Add(call("failed")); err != nil || s.held.size() == 0 {
		t.Fatalf("%v, %d bytes wait", err, s.held.size())
	}
	if err := os.Rename(dir, dir+".away"); err != nil { // nothing new can be begun
		t.Fatal(err)
	}
	for i := range 3 * len(s.shards) {
		if err := s.Add(call(fmt.Sprint("away ", i))); err != nil {
			t.Fatal(err)
		}
	}
	b := newBooks()
	if err := s.Flush(t.Context(), b); err == nil {
		t.Error("nothing was wrong")
	}
	if n := strings.Count(log.String(), "waits in memory"); n != 1 || s.Lost() != 0 {
		t.Errorf("told %d times, %d lost:\n%s", n, s.Lost(), log.String())
	}
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context(), b); err != nil || s.held.size() != 0 {
		t.Errorf("%v, %d bytes still wait", err, s.held.size())
	}
	if len(b.calls) != 2+3*len(s.shards) {
		t.Errorf("settled %v", b.calls)
	}
	for id, n := range b.calls {
		if n != 1 {
			t.Errorf("%s was settled %d times", id, n)
		}
	}
}

func TestTooMuchIsLost(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	s := open(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	before := maxHeld
	maxHeld = 1000
	defer func() { maxHeld = before }()
	if err := s.Add(call("1")); err != nil {
		t.Errorf("the first: %v", err)
	}
	if err := s.Add(call("2")); err == nil || s.Lost() != 1 {
		t.Errorf("the second: %v, %d lost", err, s.Lost())
	}
}
