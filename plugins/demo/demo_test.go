package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestEcho(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		x := p.Open(sdktest.Exchange{})
		if got := x.Request(`{"a":[1,2],"model":"dé\"mo"}`).Body; got != `{"model":"dé\"mo"}` {
			t.Errorf("got %s", got)
		}
	})
}
