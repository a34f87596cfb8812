package guest_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func TestAttributes(t *testing.T) {
	p := guesttest.Plugin(t, "guard", guesttest.Pass(), host.Grants{})
	x := core.Exchange{CallID: "id", Model: "chat", Endpoint: core.Chat, EndUser: "eve", Principal: core.Principal{
		KeyHash: "hash", KeyAlias: "alias", UserID: "user", TeamID: "team"}}
	var c guest.Context
	var client upstream.Canceller
	for range 2 {
		c.Open(p, &x, nil, &client)
		for name, want := range map[string]string{
			"call_id": "id", "requested_model": "chat", "endpoint": "chat", "stream": "false", "end_user": "eve", "key_hash": "hash",
			"key_alias": "alias", "user_id": "user", "team_id": "team", "model": "", "authorization": "", "api_key": "",
		} {
			if got, ok := c.Attr(tape.MustIntern(name)); got != want || ok != (want != "") {
				t.Errorf("%s is %q, %v", name, got, ok)
			}
		}
		if c.Key != "hash" || c.Fetch != nil || c.Gone() {
			t.Errorf("key %q, fetch %v, gone %v", c.Key, c.Fetch != nil, c.Gone())
		}
		x.Stream = true
		if got, _ := c.Attr(tape.MustIntern("stream")); got != "true" {
			t.Errorf("stream is %q", got)
		}
		x.Stream = false
		c.Close()
	}
	c.Open(p, &x, nil, &client)
	defer c.Close()
	if client.Cancel(nil); !c.Gone() {
		t.Error("the client left unnoticed")
	}
}

func TestEvents(t *testing.T) {
	var c guest.Context
	c.Open(guesttest.Plugin(t, "router", guesttest.Emit(`{"order":[]}`), host.Grants{}), &core.Exchange{}, nil, nil)
	defer c.Close()
	result, err := c.Send(hostabi.EventRoute, &hostabi.Header{}, nil)
	if err != nil || result != hostabi.Done || string(c.Body) != `{"order":[]}` {
		t.Errorf("%v, %v, %s", result, err, c.Body)
	}
}

func TestOpeningAgainDoesNotAllocate(t *testing.T) {
	p := guesttest.Plugin(t, "guard", guesttest.Pass(), host.Grants{})
	var c guest.Context
	var x core.Exchange
	var h hostabi.Header
	if n := testing.AllocsPerRun(100, func() {
		c.Open(p, &x, nil, nil)
		c.Send(hostabi.EventInput, &h, nil)
		c.Close()
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
