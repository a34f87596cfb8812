package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// kept starts an office whose keys and spend outlive it.
func kept(t *testing.T, up *mock.Server, data, interval string) *office {
	t.Helper()
	config := strings.Replace(officeConfig(up, ""), "proxy_batch_write_at: 0.2", "proxy_batch_write_at: "+interval, 1)
	return &office{gateway.Start(t, gateway.Options{Config: config, Data: data}), t, up}
}

// TestKilledUnderLoad kills the gateway again and again while calls are answered: every call that a client got to its end
// is in the spend log, once, and the sums are those of the log.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	up, data := mock.Numbered(t), filepath.Join(t.TempDir(), "data")
	answered := map[string]bool{}
	key := ""
	for range 3 {
		o := kept(t, up, data, "1")
		if key == "" {
			key = o.key(`{"max_budget":1000}`)
		}
		o.killUnderLoad(key, answered)
	}
	o := kept(t, up, data, "1")
	eventually(t, "end of the backlog", func() bool { return number(member(o.look("/spend/reconcile"), "backlog", "files")) == 0 })
	logged := o.logOf(key)
	for id := range answered {
		if logged[id] != 1 {
			t.Errorf("%s was answered and is %d times in the spend log", id, logged[id])
		}
	}
	sums := o.look("/spend/reconcile")
	if number(member(sums, "difference")) != 0 || !near(number(member(sums, "logged")), float64(len(logged))*callCost) {
		t.Errorf("%d calls, sums %v", len(logged), sums)
	}
	if spent := number(member(o.look("/key/info?key="+key), "info", "spend")); !near(spent, float64(len(logged))*callCost) {
		t.Errorf("the key has spent %v in %d calls", spent, len(logged))
	}
	t.Logf("%d calls answered, %d logged", len(answered), len(logged))
}

// killUnderLoad kills the gateway after a hundred calls, while others are under way.
func (o *office) killUnderLoad(key string, answered map[string]bool) {
	const calls, clients = 100, 8
	enough := make(chan struct{})
	var count atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range clients {
		body := request(fmt.Sprintf(`"stream":%v`, i%2 == 0))
		all.Go(func() {
			for {
				status, id := o.try(key, body)
				if status != 200 {
					return
				}
				mu.Lock()
				answered[id] = true
				mu.Unlock()
				if count.Add(1) == calls {
					close(enough)
				}
			}
		})
	}
	<-enough
	o.Crash()
	all.Wait()
}

// logOf counts the rows of a key's calls by their ids.
func (o *office) logOf(key string) map[string]int {
	o.t.Helper()
	logged := map[string]int{}
	before := ""
	for {
		r := o.Get("/spend/logs?api_key="+key+"&limit=500"+before, bearer(masterKey)...)
		for _, row := range o.read("the spend log", r).([]any) {
			logged[member(row, "request_id").(string)]++
		}
		_, next, more := strings.Cut(r.Header.Get("x-sluice-truncated"), "before=")
		if !more {
			return logged
		}
		before = "&before=" + next
	}
}

// TestBudgetSurvivesKill: what was spent before the gateway was killed counts from the first request after it, though the
// database does not know of it yet.
func TestBudgetSurvivesKill(t *testing.T) {
	t.Parallel()
	up, data := mock.Numbered(t), filepath.Join(t.TempDir(), "data")
	o := kept(t, up, data, "600")
	key := o.key(`{"max_budget":0.03,"rpm_limit":100}`)
	limited := o.key(`{"rpm_limit":100}`)
	admitted(t, o.chat(key))
	admitted(t, o.chat(limited))
	o.Crash()
	o = kept(t, up, data, "600")
	refused(t, o.chat(key), 400, "budget_exceeded", "Current cost: 0.035, Max budget: 0.03")
	admitted(t, o.chat(limited))
	o.manage("/key/update", `{"key":"`+limited+`","max_budget":0.06}`)
	refused(t, o.chat(limited), 400, "budget_exceeded", "Current cost: 0.07, Max budget: 0.06")
}

// TestStopSettles: a gateway that is stopped leaves nothing behind that has to be settled.
func TestStopSettles(t *testing.T) {
	t.Parallel()
	up, data := mock.Numbered(t), filepath.Join(t.TempDir(), "data")
	o := kept(t, up, data, "600")
	_, id := o.try(masterKey, request())
	o.Stop()
	o = kept(t, up, data, "600")
	o.row(id)
	sums := o.look("/spend/reconcile")
	if number(member(sums, "difference")) != 0 || number(member(sums, "backlog", "files")) != 0 {
		t.Errorf("sums %v", sums)
	}
}
