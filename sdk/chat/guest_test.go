package chat_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// The test's guest answers a request with what its steps write, and a chunk event with the error in it.
var steps func(c *sdk.Call, s *chat.Stream)

func init() {
	sdk.Provide(sdk.Provider[chat.Stream]{
		Request: func(c *sdk.Call, s *chat.Stream) error { steps(c, s); return nil },
		Chunk:   func(c *sdk.Call, _ *chat.Stream) error { return chat.ErrorIn(c.Doc()) },
		Error:   func(c *sdk.Call, _ *chat.Stream) error { return chat.ReplyError(c) },
	})
}

func open(t *testing.T, endpoint hostabi.Endpoint, flags ...uint32) *sdktest.Run {
	x := sdktest.Exchange{Endpoint: endpoint, Attrs: map[string]string{"model": "m"}}
	for _, f := range flags {
		x.Flags |= f
	}
	return sdktest.Native(t, "testdata").Open(x)
}
