package pipeline

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// routedBench has three deployments of one group and a router that answers so; fail lists those that fail.
func routedBench(t *testing.T, act guesttest.Act, fail string) (b *bench, asked func() string) {
	var mu sync.Mutex
	var log []string
	b = newBench(t, func(w http.ResponseWriter, r *http.Request) {
		id := strings.Split(r.URL.Path, "/")[1]
		mu.Lock()
		log = append(log, id)
		mu.Unlock()
		if strings.Contains(fail, id) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{}`)
	})
	for _, id := range []string{"a", "b", "c"} {
		b.add(core.Deployment{ID: id, Group: "chat", Model: "probe/m"})
	}
	b.state.Router = route.NewRouter(guesttest.Plugin(t, "router", act, host.Grants{}), silent)
	b.state.Settings.Retries = 3
	return b, func() string {
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(log, "")
	}
}

func TestAttemptsFollowTheRouter(t *testing.T) {
	for _, c := range []struct{ order, fail, asked string }{
		{"[2,1,0]", "", "c"}, {"[2,1,0]", "c", "cb"}, {"[2,1,0]", "bc", "cba"}, {"[1,2]", "bc", "bcbc"}, {"[0,2,1]", "abc", "acba"},
	} {
		b, asked := routedBench(t, guesttest.Emit(`{"order":`+c.order+`,"why":"so"}`), c.fail)
		f := b.begin(core.Chat, `{"model":"chat"}`)
		e := f.Run()
		if got := asked(); got != c.asked {
			t.Errorf("%s with %q failing: asked %q, want %q: %v", c.order, c.fail, got, c.asked, e)
		}
		if f.Attempt.Why != "so" || f.Attempt.Deployment.ID != c.asked[len(c.asked)-1:] {
			t.Errorf("%s: %+v", c.order, f.Attempt)
		}
	}
}

func TestRouterThatRefuses(t *testing.T) {
	b, asked := routedBench(t, guesttest.Emit(`{"order":[]}`), "")
	if e := b.begin(core.Chat, `{"model":"chat"}`).Run(); e == nil || e.Code() != 429 || asked() != "" {
		t.Errorf("%v, asked %q", e, asked())
	}
}

func TestDeploymentsAreBusyUntilTheEnd(t *testing.T) {
	b, _ := routedBench(t, guesttest.Emit(`{"order":[0,1]}`), "a")
	inFlight := func(d *core.Deployment) int {
		l := b.state.Router.Begin(d)
		l.End()
		return l.InFlight()
	}
	f := b.begin(core.Chat, `{"model":"chat"}`)
	if e := f.Run(); e != nil {
		t.Fatal(e)
	}
	if a, second := inFlight(b.list[0]), inFlight(b.list[1]); a != 0 || second != 1 {
		t.Errorf("%d and %d while it answers", a, second)
	}
	if f.End(); inFlight(b.list[1]) != 0 {
		t.Error("busy after the end")
	}
}
