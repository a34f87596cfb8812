package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// Provider returns the hooks of a plugin for upstreams that speak OpenAI's format.
func Provider() sdk.Provider[State] {
	return sdk.Provider[State]{
		Configure: Configure,
		Request:   Request,
		Response:  Response,
		Chunk:     Chunk,
		End:       End,
		Error:     func(c *sdk.Call, _ *State) error { return chat.ReplyError(c) },
	}
}
