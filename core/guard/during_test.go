package guard

import (
	"errors"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

const prompt = `{"prompt":"forbidden"}`

// waiting is a guard that answers when it is told to, or fails when the exchange ends before.
func waiting(name string, x *exchange, tell chan error) *Guard {
	g := fake(name, DuringCall, "input", nil)
	g.fake = func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) {
		for {
			select {
			case err := <-tell:
				return answer{}, err
			default:
				if err := x.stop.Err(); err != nil {
					return answer{}, err
				}
			}
		}
	}
	return g
}

// start begins an exchange whose guards need to know it.
func start(t *testing.T, cancel *upstream.Canceller, guards func(x *exchange) []*Guard) *exchange {
	t.Helper()
	x := &exchange{Exchange: core.Exchange{Endpoint: core.Completions}}
	list := guards(x)
	for _, g := range list {
		g.DefaultOn = true
	}
	if err := x.doc.Scan([]byte(prompt)); err != nil {
		t.Fatal(err)
	}
	if e := x.Begin(New(list), &x.doc, &x.Exchange, nil, cancel); e != nil {
		t.Fatal(e)
	}
	t.Cleanup(x.End)
	return x
}

// They run at once: each waits for another's word.
func TestDuringCallGuardsRunAtOnce(t *testing.T) {
	first, second := make(chan error), make(chan error)
	x := start(t, nil, func(x *exchange) []*Guard {
		a, b := waiting("a", x, first), fake("b", DuringCall, "input", nil)
		b.fake = func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) {
			first <- nil
			return answer{}, <-second
		}
		return []*Guard{a, b}
	})
	x.Inspection.Start(&x.doc, func(error) { t.Error("interrupted") })
	second <- nil
	if e := x.Wait(nil); e != nil || x.verdicts() != "a during_call passed; b during_call passed" {
		t.Errorf("%v; %s", e, x.verdicts())
	}
}

// When one refuses, the others are not waited for, and the call is ended.
func TestRefusalEndsTheCall(t *testing.T) {
	x := start(t, nil, func(x *exchange) []*Guard {
		return []*Guard{waiting("slow", x, nil), fake("quick", DuringCall, "input", nil), waiting("slow too", x, nil)}
	})
	ended := make(chan error, 1)
	x.Inspection.Start(&x.doc, func(cause error) { ended <- cause })
	if <-ended == nil {
		t.Error("no cause")
	}
	e := x.Wait(&core.Error{Class: core.Cancelled})
	if e == nil || e.Code() != 400 {
		t.Errorf("%v", e)
	}
	if got := x.verdicts(); got != "slow during_call not run: "+whyAbandoned+"; quick during_call blocked: no forbidden words; slow too during_call not run: "+whyAbandoned {
		t.Error(got)
	}
}

// A call that failed by itself is not kept waiting by guards.
func TestFailedCallDoesNotWait(t *testing.T) {
	x := start(t, nil, func(x *exchange) []*Guard { return []*Guard{waiting("slow", x, nil)} })
	x.Inspection.Start(&x.doc, func(error) { t.Error("interrupted") })
	failed := &core.Error{Class: core.RateLimit}
	if e := x.Wait(failed); e != failed || x.verdicts() != "slow during_call not run: "+whyAbandoned || x.Applied() != "" {
		t.Errorf("%v; %s; %s", e, x.verdicts(), x.Applied())
	}
}

func TestClientLeavesWhileGuardsLook(t *testing.T) {
	var client upstream.Canceller
	x := start(t, &client, func(x *exchange) []*Guard { return []*Guard{waiting("slow", x, nil)} })
	x.Inspection.Start(&x.doc, func(error) {})
	client.Cancel(errors.New("gone"))
	if e := x.Wait(nil); e == nil || e.Class != core.Cancelled {
		t.Errorf("%v", e)
	}
}

func TestDuringCallGuardThatCanNotRun(t *testing.T) {
	for _, open := range []bool{false, true} {
		for name, answers := range map[string]func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error){
			"an error": func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) { return answer{}, errBroken },
			"a panic":  func(hostabi.Event, *hostabi.Header, *host.Text) (answer, error) { panic("in a guard") },
		} {
			x := start(t, nil, func(*exchange) []*Guard {
				g := fake("g", DuringCall, "input", nil)
				g.Plugin.FailOpen, g.fake = open, answers
				return []*Guard{g}
			})
			interrupted, e := x.during()
			if interrupted == open || (e == nil) != open || e != nil && (e.Code() != 500 || e.Cause == nil) {
				t.Errorf("%s, open %t: interrupted %t, %v", name, open, interrupted, e)
			}
			if got := x.verdicts(); got != "g during_call not run: "+whyFailed || x.Verdicts[0].Err == nil {
				t.Errorf("%s, open %t: %s", name, open, got)
			}
		}
	}
}

// An exchange that ends while guards look waits for them: they use its memory.
func TestEndWaitsForGuards(t *testing.T) {
	returned := make(chan struct{}, 1)
	x := start(t, nil, func(x *exchange) []*Guard {
		g := waiting("slow", x, nil)
		wait := g.fake
		g.fake = func(e hostabi.Event, h *hostabi.Header, t *host.Text) (answer, error) {
			defer func() { returned <- struct{}{} }()
			return wait(e, h, t)
		}
		return []*Guard{g}
	})
	x.Inspection.Start(&x.doc, func(error) {})
	x.End()
	select {
	case <-returned:
	default:
		t.Error("the guard still runs")
	}
}
