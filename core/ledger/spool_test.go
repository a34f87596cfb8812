package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// books is a store that remembers what was settled.
type books struct {
	mu    sync.Mutex
	known map[string]bool
	calls map[string]int // by request id
	fail  error
}

func newBooks() *books { return &books{known: map[string]bool{}, calls: map[string]int{}} }

func (b *books) Settle(_ context.Context, id string, calls []core.Spend) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	if b.known[id] {
		return nil
	}
	b.known[id] = true
	for _, c := range calls {
		b.calls[c.RequestID]++
	}
	return nil
}

func call(id string) *core.Spend {
	first := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)
	return &core.Spend{RequestID: id, CallType: "acompletion", KeyHash: "k", Cost: 1_500_000, TotalTokens: 15, PromptTokens: 10, OutputTokens: 5,
		Start: first, End: first.Add(time.Second), FirstToken: &first, Model: "a \"b\"\n\u00e9", Tags: []string{"x", "y\t"}, Metadata: json.RawMessage(`{"a":[1]}`),
		Status: "success", Charges: []core.Charge{{Kind: "key", ID: "k", Window: first, Soft: 5_000_000}, {Kind: "proxy"}}}
}

func open(t *testing.T, dir string) *Spool {
	t.Helper()
	s, err := OpenSpool(dir, quiet())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRecordsAreWhatJSONWouldWrite(t *testing.T) {
	for _, c := range []*core.Spend{call("r"), {Tags: []string{}}, {Tags: []string{}, Unlogged: true}} {
		record, err := appendRecord(nil, c)
		if err != nil {
			t.Fatal(err)
		}
		calls, bad, err := readRecords(record)
		if err != nil || len(calls) != 1 || len(bad) != 0 || calls[0].Unlogged != c.Unlogged {
			t.Fatalf("%d calls, %d bad, %v", len(calls), len(bad), err)
		}
		want, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(&calls[0]); string(got) != string(want) {
			t.Errorf("read\n%s, want\n%s", got, want)
		}
		if len(c.Charges) > 0 && !reflect.DeepEqual(calls[0].Charges, c.Charges) {
			t.Errorf("charges %v, want %v", calls[0].Charges, c.Charges)
		}
	}
}

func TestTornFilesKeepWhatIsWhole(t *testing.T) {
	one, _ := appendRecord(nil, call("r1"))
	two, _ := appendRecord(one, call("r2"))
	for cut := range two {
		calls, bad, err := readRecords(two[:cut])
		want := 0
		if cut >= len(one) {
			want = 1
		}
		if len(calls) != want || len(bad) != 0 || (err == nil) != (cut == 0 || cut == len(one)) {
			t.Fatalf("cut at %d: %d calls, %v", cut, len(calls), err)
		}
	}
	for at := range one {
		damaged := append([]byte{}, one...)
		damaged[at] ^= 0x20
		if calls, _, _ := readRecords(damaged); len(calls) != 0 {
			t.Fatalf("damaged at %d and believed", at)
		}
	}
}

func TestSettleOnceEach(t *testing.T) {
	dir, b := t.TempDir(), newBooks()
	s := open(t, dir)
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 500 {
				if err := s.Add(call(fmt.Sprintf("%d-%d", g, i))); err != nil {
					t.Error(err)
				}
				if i%100 == 0 {
					if err := s.Flush(context.Background(), b); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Error(err)
					}
				}
			}
		})
	}
	wait.Wait()
	if err := s.Flush(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	b.each(t, 2000)
	if files, _, _ := s.Backlog(); files != 0 {
		t.Errorf("%d files are left", files)
	}
}

func (b *books) each(t *testing.T, want int) {
	t.Helper()
	if len(b.calls) != want {
		t.Errorf("%d calls settled, want %d", len(b.calls), want)
	}
	for id, n := range b.calls {
		if n != 1 {
			t.Errorf("call %s counted %d times", id, n)
		}
	}
}

func TestStoreAway(t *testing.T) {
	dir, b := t.TempDir(), newBooks()
	s := open(t, dir)
	b.fail = errors.New("away")
	for i := range 10 {
		s.Add(call(fmt.Sprint(i)))
		if err := s.Flush(t.Context(), b); !errors.Is(err, b.fail) {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.fail = nil
	if err := open(t, dir).Flush(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	b.each(t, 10)
}

// A crash between settling a file and removing it must not count it twice.
func TestSettledButNotRemoved(t *testing.T) {
	dir, b := t.TempDir(), newBooks()
	s := open(t, dir)
	s.Add(call("r"))
	s.rotate(time.Now().Add(time.Hour))
	files, _ := s.waiting()
	content, err := os.ReadFile(filepath.Join(dir, files[0]))
	if err != nil {
		t.Fatal(err)
	}
	s.Flush(t.Context(), b)
	os.WriteFile(filepath.Join(dir, files[0]), content, 0o600)
	s.Flush(t.Context(), b)
	b.each(t, 1)
}

func TestUnreadableRecordsAreSetAside(t *testing.T) {
	dir, b := t.TempDir(), newBooks()
	s := open(t, dir)
	bad := call("bad")
	bad.Metadata = json.RawMessage(`{`)
	s.Add(call("r1"))
	s.Add(bad)
	s.Add(call("r2"))
	if err := s.Flush(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	b.each(t, 2)
	if found, _ := filepath.Glob(filepath.Join(dir, "*"+badSuffix)); len(found) != 1 {
		t.Errorf("set aside: %v", found)
	}
}

func TestOneProcessPerFolder(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if _, err := OpenSpool(dir, quiet()); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("opened twice: %v", err)
	}
	s.Close()
	open(t, dir)
}

// TestKilled is the process that TestKillLoop kills.
func TestKilled(t *testing.T) {
	dir := os.Getenv("SLUICE_SPOOL")
	if dir == "" {
		t.Skip("a part of TestKillLoop")
	}
	s := open(t, dir)
	for i := 0; ; i++ {
		id := fmt.Sprintf("%d-%d", os.Getpid(), i)
		if err := s.Add(call(id)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("added", id)
	}
}

func TestKillLoop(t *testing.T) {
	dir, b, added := t.TempDir(), newBooks(), map[string]bool{}
	for range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "SLUICE_SPOOL="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		for n := 0; ; n++ {
			line, err := lines.ReadString('\n')
			if err == io.EOF {
				break
			}
			if id, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "added "); ok && strings.HasSuffix(line, "\n") {
				added[id] = true
			}
			if n == 3000 {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		s := open(t, dir)
		if err := s.Flush(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for id := range added {
		if b.calls[id] != 1 {
			t.Errorf("call %s was added and counted %d times", id, b.calls[id])
		}
	}
	// One more per process may have been written and not yet told.
	if len(added) < 15000 || len(b.calls) > len(added)+5 {
		t.Errorf("%d added, %d settled", len(added), len(b.calls))
	}
}

func FuzzRecords(f *testing.F) {
	one, _ := appendRecord(nil, call("r1"))
	f.Add(one)
	f.Add(one[:20])
	f.Fuzz(func(t *testing.T, file []byte) { readRecords(file) })
}

func BenchmarkAdd(b *testing.B) {
	s, err := OpenSpool(b.TempDir(), quiet())
	if err != nil {
		b.Fatal(err)
	}
	c := call("r")
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Add(c); err != nil {
			b.Fatal(err)
		}
	}
}
