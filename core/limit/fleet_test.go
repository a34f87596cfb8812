package limit

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/limit/redistest"
)

// fleet makes two instances on one Redis.
func fleet(t *testing.T, r Redis) [2]*Limiter {
	return [2]*Limiter{sharing(t, nil, r), sharing(t, nil, r)}
}

// letThrough makes n calls at once, one half on each instance, and counts those that were let through.
func letThrough(t *testing.T, both [2]*Limiter, n int, p core.Payer, e Estimate) int32 {
	var bounds [2]*Bounds
	for i, l := range both {
		bounds[i] = bind(t, l, p)
	}
	var ok atomic.Int32
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			var lease Lease
			if both[i%2].Reserve(&lease, "m", e, bounds[i%2]) == nil {
				ok.Add(1)
				lease.Settle(e)
			}
		})
	}
	wait.Wait()
	return ok.Load()
}

func TestTwoInstances(t *testing.T) {
	r := Redis{Client: at(redistest.Start(t).Addr)}
	for name, c := range map[string]struct {
		limits core.Limits
		calls  int
		use    Estimate
		want   int32
	}{
		"requests": {core.Limits{RPM: ptr(int64(100))}, 1000, Estimate{}, 100},
		"tokens":   {core.Limits{TPM: ptr(int64(1000))}, 1000, Estimate{Tokens: 10}, 100},
		"budget":   {core.Limits{MaxBudget: ptr(core.USD(50 * core.Dollar))}, 200, Estimate{Cost: core.Dollar}, 50},
	} {
		t.Run(name, func(t *testing.T) {
			p := core.Payer{Kind: core.PayerKey, ID: name, Limits: c.limits}
			if got := letThrough(t, fleet(t, r), c.calls, p, c.use); got != c.want {
				t.Errorf("%d calls were let through, want %d", got, c.want)
			}
		})
	}
}

// A call may cost more than was reserved: the budget is passed by what is under way, never by more.
func TestSettledHereHoldsThere(t *testing.T) {
	both := fleet(t, Redis{Client: at(redistest.Start(t).Addr)})
	p := key(core.Limits{MaxBudget: ptr(core.USD(100))})
	var lease Lease
	if err := both[0].Reserve(&lease, "m", Estimate{Cost: 1}, bind(t, both[0], p)); err != nil {
		t.Fatal(err)
	}
	lease.Settle(Estimate{Cost: 100})
	settled(t, both[0])
	err := both[1].Reserve(&lease, "m", Estimate{Cost: 1}, bind(t, both[1], p))
	if err == nil || !strings.Contains(err.Message, "Current cost: 1e-07") {
		t.Errorf("refused with %v", err)
	}
}

func TestForgottenHereForgottenThere(t *testing.T) {
	both := fleet(t, Redis{Client: at(redistest.Start(t).Addr)})
	p := key(core.Limits{MaxBudget: ptr(core.USD(3))})
	var bounds [2]*Bounds
	for i, l := range both {
		bounds[i] = bind(t, l, p)
		admitted(t, l, 5, Estimate{Cost: 1}, bounds[i])
	}
	both[0].Forget(core.PayerKey, "k") // the store says that nothing was spent
	if got, _ := admitted(t, both[1], 2, Estimate{Cost: 1}, bounds[1]); got != 2 {
		t.Errorf("%d calls after a reset, want 2", got)
	}
	both[1].Forget(core.PayerKey, "k") // hears of the same change later
	if got, _ := admitted(t, both[0], 5, Estimate{Cost: 1}, bounds[0]); got != 1 {
		t.Errorf("%d calls after 2 of 3, want 1", got)
	}
}

// becomesFree waits until a request is let through.
func becomesFree(t *testing.T, l *Limiter, b *Bounds, e Estimate) *Lease {
	t.Helper()
	lease := new(Lease)
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(5 * time.Millisecond) { // Redis tells nobody
		if l.Reserve(lease, "m", e, b) == nil {
			return lease
		}
	}
	t.Fatal("what a dead instance held does not become free")
	return nil
}

// abandon ends an instance as a crash does.
func abandon(l *Limiter) {
	l.shared.drop.Store(true)
	close(l.shared.stop)
	l.shared.work.Wait()
}

func TestLeasesOfDeadInstancesEnd(t *testing.T) {
	r := Redis{Client: at(redistest.Start(t).Addr), Lease: 300 * time.Millisecond}
	limits := core.Limits{Parallel: ptr(int64(2)), MaxBudget: ptr(core.USD(20))}
	dead := New()
	r.Log, r.Patience = discard, patient
	dead.Share(r)
	held := new(Lease)
	if err := dead.Reserve(held, "m", Estimate{Cost: 20}, bind(t, dead, key(limits))); err != nil {
		t.Fatal(err)
	}
	alive := sharing(t, nil, r)
	b := bind(t, alive, key(limits))
	if alive.Reserve(new(Lease), "m", Estimate{Cost: 1}, b) == nil {
		t.Fatal("the budget is reserved and was given away")
	}
	abandon(dead)
	lease := becomesFree(t, alive, b, Estimate{Cost: 7})
	if got, want := usedBy(t, alive, &b.list[0]), (used{requests: 2, parallel: 1, reserved: 7}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
	lease.Settle(Estimate{Cost: 3})
	if got, want := usedBy(t, alive, &b.list[0]), (used{requests: 2, spent: 3}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
}

// A long call holds its slot for longer than a lease.
func TestLeasesAreRenewed(t *testing.T) {
	r := Redis{Client: at(redistest.Start(t).Addr), Lease: 600 * time.Millisecond}
	l := sharing(t, nil, r)
	b := bind(t, l, key(core.Limits{Parallel: ptr(int64(1))}))
	var lease Lease
	if err := l.Reserve(&lease, "m", Estimate{}, b); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 3*r.Lease; time.Sleep(20 * time.Millisecond) { // what is tested is time
		if l.Reserve(new(Lease), "m", Estimate{}, b) == nil {
			t.Fatalf("the slot was given away after %v", time.Since(began))
		}
	}
	lease.Settle(Estimate{})
	if err := l.Reserve(&lease, "m", Estimate{}, b); err != nil {
		t.Errorf("the slot is not free: %v", err)
	}
	lease.Cancel()
}

const crashAddr = "SLUICE_TEST_CRASH_REDIS"

// TestCrashing is the process that TestKilledInstance kills.
func TestCrashing(t *testing.T) {
	addr := os.Getenv(crashAddr)
	if addr == "" {
		t.Skip("runs only as the child of another test")
	}
	l := sharing(t, nil, Redis{Client: at(addr), Lease: crashLease})
	var lease Lease
	if err := l.Reserve(&lease, "m", Estimate{Cost: 5}, bind(t, l, key(crashLimits))); err != nil {
		t.Fatal(err)
	}
	fmt.Println("holding")
	select {}
}

const crashLease = 500 * time.Millisecond

var crashLimits = core.Limits{Parallel: ptr(int64(1)), MaxBudget: ptr(core.USD(100))}

func TestKilledInstance(t *testing.T) {
	addr := redistest.Start(t).Addr
	child := exec.Command(os.Args[0], "-test.run=^TestCrashing$", "-test.v")
	child.Env = append(os.Environ(), crashAddr+"="+addr)
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Wait() // killed below
	defer child.Process.Kill()
	awaitLine(t, out, "holding")
	l := sharing(t, nil, Redis{Client: at(addr), Lease: crashLease})
	b := bind(t, l, key(crashLimits))
	if l.Reserve(new(Lease), "m", Estimate{}, b) == nil {
		t.Fatal("the slot of a living process was given away")
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	becomesFree(t, l, b, Estimate{}).Cancel()
	if got, want := usedBy(t, l, &b.list[0]), (used{requests: 1}); got != want {
		t.Errorf("used %+v, want %+v", got, want)
	}
}
