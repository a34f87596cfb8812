package limit

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/limit/redistest"
)

var discard = slog.New(slog.DiscardHandler)

func awaitLine(t *testing.T, r io.Reader, text string) {
	t.Helper()
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	t.Fatalf("ended without %q", text)
}

// logged is a log that tests wait for.
type logged struct {
	sync.Mutex
	text  bytes.Buffer
	wrote chan struct{}
}

func (l *logged) Write(p []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	defer func() {
		select {
		case l.wrote <- struct{}{}:
		default:
		}
	}()
	return l.text.Write(p)
}

func (l *logged) count(text string) int {
	l.Lock()
	defer l.Unlock()
	return strings.Count(l.text.String(), text)
}

func (l *logged) await(t *testing.T, text string, times int) {
	t.Helper()
	end := time.After(patient)
	for l.count(text) < times {
		select {
		case <-l.wrote:
		case <-end:
			t.Fatalf("%q was not logged %d times", text, times)
		}
	}
}

// A Redis that hangs holds up nobody: each instance counts alone until it is back, and then it knows what was spent.
func TestRedisHangs(t *testing.T) {
	server := redistest.Start(t)
	log := &logged{wrote: make(chan struct{}, 1)}
	l := sharing(t, nil, Redis{Client: at(server.Addr), Patience: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(log, nil))})
	b := bind(t, l, key(core.Limits{Parallel: ptr(int64(50)), MaxBudget: ptr(core.USD(100))}))
	var before Lease
	if err := l.Reserve(&before, "m", Estimate{Cost: 10}, b); err != nil {
		t.Fatal(err)
	}
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			var lease Lease
			if err := l.Reserve(&lease, "m", Estimate{Cost: 1}, b); err != nil {
				t.Error(err)
			}
			lease.Settle(Estimate{Cost: 2})
		})
	}
	wait.Wait() // hangs unless they go on
	if _, does := l.Sharing(); does {
		t.Error("the limiter says that it shares")
	}
	before.Settle(Estimate{Cost: 30})
	if n, _ := l.Spent(core.PayerKey, "k"); n != 70 {
		t.Errorf("%d known to be spent, want 70", n)
	}
	if ok, err := alone(l, 20, Estimate{Cost: 10}, b); ok != 3 {
		t.Errorf("%d more calls while Redis is away, want 3: %v", ok, err)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	log.await(t, "are shared", 2)
	got := usedBy(t, l, &b.list[0])
	if got.spent != 100 || got.reserved != 0 || got.parallel != 0 {
		t.Errorf("used %+v, want 100 spent and nothing held", got)
	}
	if n := log.count("level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1:\n%s", n, log.text.String())
	}
}

// A Redis that is not there at the start is used as soon as it is.
func TestRedisComesLater(t *testing.T) {
	log := &logged{wrote: make(chan struct{}, 1)}
	server := redistest.Start(t)
	if err := server.Pause(); err != nil {
		t.Fatal(err)
	}
	l := New()
	l.Share(Redis{Client: at(server.Addr), Patience: patient, Log: slog.New(slog.NewTextHandler(log, nil))})
	defer l.Close()
	if told, does := l.Sharing(); !told || does {
		t.Errorf("told to share: %t, does: %t", told, does)
	}
	b := bind(t, l, key(core.Limits{RPM: ptr(int64(1))}))
	if err := l.Reserve(new(Lease), "m", Estimate{}, b); err != nil {
		t.Error(err)
	}
	if err := server.Resume(); err != nil {
		t.Fatal(err)
	}
	log.await(t, "are shared", 1)
	if n := log.count("level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1", n)
	}
}

// alone makes calls one after the other while Redis is away.
func alone(l *Limiter, n int, e Estimate, b *Bounds) (ok int, last *core.Error) {
	for range n {
		var lease Lease
		if last = l.Reserve(&lease, "m", e, b); last == nil {
			lease.Settle(e)
			ok++
		}
	}
	return ok, last
}
