package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// TestCases runs the cases folder natively and in wasm. What they can't say is tested in Go.
func TestCases(t *testing.T) { sdktest.Cases(t, ".") }

func TestHeader(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		a := p.Open(sdktest.Exchange{}).Request(`{"model":"small","messages":[]}`)
		if a.Headers["x-title"] != "Sluice" {
			t.Errorf("headers are %v", a.Headers)
		}
	})
}
