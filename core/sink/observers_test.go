package sink

import (
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

const patience = 10 * time.Second

func observer(t *testing.T, act guesttest.Act) *guest.Plugin {
	return guesttest.Plugin(t, "observer", act, host.Grants{})
}

var failure = End{Error: &core.Error{Class: core.Timeout}}

func TestObserversAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		act  guesttest.Act
		want Stats
	}{
		"passes":  {guesttest.Pass(), Stats{Recorded: 5}},
		"is done": {guesttest.Result(hostabi.Done), Stats{Recorded: 5}},
		"fails":   {guesttest.Fail(hostabi.InternalServer, 0, "full"), Stats{Failed: 5}},
		"error":   {guesttest.Result(-1), Stats{Failed: 5}},
		"crashes": {guesttest.Trap(), Stats{Failed: 5}},
	} {
		o := New(silent, Observer{observer(t, c.act), true, true})
		for range 5 {
			o.Record(full(), End{})
		}
		o.Close(patience)
		c.want.Name = "tiny"
		if got := o.Stats()[0]; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestWhatObserversHearOf(t *testing.T) {
	p := observer(t, guesttest.Pass())
	o := New(silent, Observer{p, true, false}, Observer{p, false, true}, Observer{p, true, true}, Observer{p, false, false})
	o.Record(full(), End{})
	o.Record(full(), End{})
	o.Record(full(), failure)
	o.Close(patience)
	for i, want := range []int64{2, 1, 3, 0} {
		if got := o.Stats()[i]; got.Recorded != want || got.Dropped != 0 {
			t.Errorf("observer %d: %+v", i, got)
		}
	}
	for _, c := range []struct {
		list    []Observer
		success bool
		failure bool
	}{{nil, false, false}, {[]Observer{{p, true, false}}, true, false}, {[]Observer{{p, false, true}}, false, true}} {
		o := New(silent, c.list...)
		if o.Wants(false) != c.success || o.Wants(true) != c.failure {
			t.Errorf("%+v wants %v, %v", c.list, o.Wants(false), o.Wants(true))
		}
		o.Close(patience)
	}
}

func TestNobodyObserves(t *testing.T) {
	var o *Observers
	o.Record(full(), End{})
	if o.Close(patience); o.Wants(true) || o.Stats() != nil {
		t.Error("nobody has something")
	}
}

// A worker that is stuck delays nobody: what its queue can't take is dropped and counted.
func TestFullQueueDrops(t *testing.T) {
	o := &Observers{success: true}
	q := &queue{Observer: Observer{observer(t, guesttest.Pass()), true, true}, log: silent, records: make(chan *record, 3), over: &o.over}
	o.list = []*queue{q}
	for range 5 {
		o.Record(full(), End{})
	}
	if got := o.Stats()[0]; got.Dropped != 2 || got.Recorded != 0 {
		t.Errorf("%+v", got)
	}
	q.start()
	o.Close(patience)
	if got := o.Stats()[0]; got.Dropped != 2 || got.Recorded != 3 {
		t.Errorf("%+v", got)
	}
}

func TestPatienceEnds(t *testing.T) {
	o := &Observers{success: true}
	q := &queue{Observer: Observer{observer(t, guesttest.Pass()), true, true}, log: silent, records: make(chan *record, 3), over: &o.over}
	o.list = []*queue{q}
	for range 3 {
		o.Record(full(), End{})
	}
	o.over.Cancel(errOver) // as Close does when it has waited long enough
	q.start()
	o.Close(patience)
	if got := o.Stats()[0]; got.Dropped != 3 || got.Recorded != 0 {
		t.Errorf("%+v", got)
	}
}

func TestManyRecordAtOnce(t *testing.T) {
	p := observer(t, guesttest.Pass())
	o := start(silent, 8, []Observer{{p, true, true}, {p, true, true}})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 200 {
				o.Record(full(), End{})
			}
		})
	}
	clients.Wait()
	o.Close(patience)
	for _, got := range o.Stats() {
		if got.Recorded+got.Dropped != 1600 || got.Failed != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// A failing observer is complained about, but not each time, and without the record.
func TestComplaints(t *testing.T) {
	var log strings.Builder
	o := New(slog.New(slog.NewTextHandler(&log, nil)), Observer{observer(t, guesttest.Fail(hostabi.InternalServer, 0, "disk full")), true, true})
	for range 20 {
		o.Record(full(), End{})
	}
	o.Close(patience)
	if text := log.String(); strings.Count(text, "disk full") != 1 || strings.Contains(text, "alias") {
		t.Errorf("the log has %s", text)
	}
}
