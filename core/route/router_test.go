package route

import (
	"encoding/json"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

func routed(t *testing.T, act guesttest.Act) *Router {
	r := NewRouter(guesttest.Plugin(t, "router", act, host.Grants{}), silent)
	r.plugin.FailOpen = true
	return r
}

func openai(*core.Deployment) string { return "openai" }

func TestRouterChooses(t *testing.T) {
	r := routed(t, guesttest.Emit(`{"order":[2,0],"why":"cheapest first"}`))
	g := groupOf(core.Deployment{}, core.Deployment{}, core.Deployment{Weight: f(1)})
	x := core.Exchange{Model: "chat"}
	for range 2 {
		order, e := r.Order(g, &x, openai, nil)
		if e != nil || len(order) != 2 || order[0].ID != "c" || order[1].ID != "a" || x.Attempt.Why != "cheapest first" {
			t.Errorf("%v, %v, %q", order, e, x.Attempt.Why)
		}
	}
}

// Indexes are those of the deployments that can be called.
func TestUnusableAreNoTargets(t *testing.T) {
	r := routed(t, guesttest.Emit(`{"order":[0]}`))
	order, e := r.Order(groupOf(core.Deployment{Unusable: true}, core.Deployment{}), &core.Exchange{}, openai, nil)
	if e != nil || len(order) != 1 || order[0].ID != "b" {
		t.Errorf("%v, %v", order, e)
	}
}

func TestRouterThatDoesNotChoose(t *testing.T) {
	for name, c := range map[string]struct {
		act    guesttest.Act
		open   int // 0: the default strategy chooses
		closed int
	}{
		"passes":             {guesttest.Pass(), 0, 0},
		"names none":         {guesttest.Emit(`{"order":[],"why":"region"}`), 429, 429},
		"crashes":            {guesttest.Trap(), 0, 503},
		"never ends":         {guesttest.Spin(), 0, 503},
		"fails":              {guesttest.Fail(hostabi.InternalServer, 0, "no table"), 0, 503},
		"blames the caller":  {guesttest.Fail(hostabi.BadRequest, 400, "no"), 0, 503},
		"ends with an error": {guesttest.Result(-1), 0, 503},
		"says nothing":       {guesttest.Result(hostabi.Done), 0, 503},
		"is not JSON":        {guesttest.Emit(`order`), 0, 503},
		"out of range":       {guesttest.Emit(`{"order":[2]}`), 0, 503},
		"twice":              {guesttest.Emit(`{"order":[1,1]}`), 0, 503},
	} {
		for open, want := range map[bool]int{true: c.open, false: c.closed} {
			r, x := routed(t, c.act), core.Exchange{Model: "chat"}
			r.plugin.FailOpen = open
			order, e := r.Order(groupOf(core.Deployment{}, core.Deployment{}), &x, openai, nil)
			if order != nil || x.Attempt.Why != "" {
				t.Errorf("%s: %v, %q", name, order, x.Attempt.Why)
			}
			if code := 0; e != nil {
				if code = e.Code(); code != want || e.Upstream || strings.Contains(e.Message, "region") || e.Cause == nil {
					t.Errorf("%s, open %v: %d %s", name, open, code, e.Message)
				}
			} else if want != 0 {
				t.Errorf("%s, open %v: the default strategy chooses", name, open)
			}
		}
	}
}

func TestWhatARouterIsAsked(t *testing.T) {
	r := &Router{}
	g := groupOf(
		core.Deployment{Model: "openai/gpt-4o", Weight: f(2), TPM: f(1e6), RPM: f(60)},
		core.Deployment{Model: "mystery", InputCost: f(0.5), OutputCost: f(0.25)},
	)
	g.Name = `group "1"`
	r.Begin(g.choices[1])
	l := r.Begin(g.choices[1])
	l.Answered(1500 * time.Microsecond)
	l.Failed()
	text := r.appendQuestion(nil, g, &core.Exchange{Model: "na\"me", CallID: "id"}, func(d *core.Deployment) string {
		if d.ID == "a" {
			return "openai"
		}
		return ""
	})
	var got struct {
		Model, Group string
		Call         string `json:"call_id"`
		Targets      []map[string]any
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if got.Model != "na\"me" || got.Call != "id" || got.Group != `group "1"` || len(got.Targets) != 2 {
		t.Fatalf("got %s", text)
	}
	first := got.Targets[0]
	if cost, known := first["input_cost"].(float64); !known || cost <= 0 || cost > 1e-3 {
		t.Errorf("the catalogue's price is %v", first["input_cost"])
	}
	delete(first, "input_cost")
	delete(first, "output_cost")
	if want := map[string]any{"id": "a", "model": "openai/gpt-4o", "provider": "openai", "weight": 2.0, "tpm": 1e6, "rpm": 60.0,
		"in_flight": 0.0, "failures": 0.0}; !reflect.DeepEqual(first, want) {
		t.Errorf("first: %v", first)
	}
	if want := map[string]any{"id": "b", "model": "mystery", "input_cost": 0.5, "output_cost": 0.25, "in_flight": 2.0, "failures": 1.0,
		"latency_ms": 1.5}; !reflect.DeepEqual(got.Targets[1], want) {
		t.Errorf("second: %v", got.Targets[1])
	}
}
