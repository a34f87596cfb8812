package sink

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// posting is an observer that posts its records to h.
func posting(t *testing.T, h http.HandlerFunc) *guest.Plugin {
	s := httptest.NewServer(h)
	client := upstream.New(upstream.Options{})
	clients := guest.NewClients(client)
	t.Cleanup(func() {
		client.Close()
		clients.Close()
		s.Close()
	})
	p := guesttest.Plugin(t, "observer", guesttest.Post("log", "/records"), host.Grants{Upstreams: []string{"log"}})
	up, err := guest.NewUpstream(clients, hostabi.Upstream{Name: "log"}, guest.Granted{URL: s.URL, Operator: true})
	if err != nil {
		t.Fatal(err)
	}
	p.Upstreams = map[string]*guest.Upstream{"log": up}
	return p
}

func TestObserverPostsItsRecords(t *testing.T) {
	const many = 40 // more than are handled at once
	ids := make(chan string, many)
	p := posting(t, func(_ http.ResponseWriter, r *http.Request) {
		var record struct {
			ID    string `json:"call_id"`
			Group string
		}
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &record); err != nil || r.URL.Path != "/records" || record.Group != "chat" {
			t.Errorf("%s: %v, %s", r.URL.Path, err, body)
		}
		ids <- record.ID
	})
	o := New(silent, Observer{p, true, true})
	want := map[string]bool{}
	for i := range many {
		x := full()
		x.CallID = string(rune('a' + i))
		want[x.CallID] = true
		o.Record(x, End{})
	}
	o.Close(patience)
	if got := o.Stats()[0]; got.Recorded != many {
		t.Fatalf("%+v", got)
	}
	for range many {
		delete(want, <-ids)
	}
	if len(want) > 0 {
		t.Errorf("not posted: %v", want)
	}
}

// A service that does not answer holds the gateway up only for as long as its patience.
func TestCloseBreaksCallsOff(t *testing.T) {
	arrived := make(chan struct{}, parallelCalls)
	p := posting(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	o := New(silent, Observer{p, true, true})
	for range 3 * parallelCalls {
		o.Record(full(), End{})
	}
	for range parallelCalls {
		<-arrived
	}
	o.Close(0)
	got := o.Stats()[0]
	if got.Recorded+got.Failed+got.Dropped != 3*parallelCalls || got.Dropped == 0 {
		t.Errorf("%+v", got)
	}
}
