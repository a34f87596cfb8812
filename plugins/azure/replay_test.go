package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/chat/relay/replaytest"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestReplay(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) { replaytest.Run(t, p, nil) })
}
