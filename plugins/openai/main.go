// Package main is the guest for OpenAI and the vendors that speak its protocol.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

func init() {
	sdk.Provide(sdk.Provider[relay.State]{
		Configure: relay.Configure,
		Request:   relay.Request,
		Response:  relay.Response,
		Chunk:     relay.Chunk,
		End:       relay.End,
		Error:     func(c *sdk.Call, _ *relay.State) error { return chat.ReplyError(c) },
	})
}

func main() {}
