// Package main is the provider plugin for Anthropic's Messages API: OpenAI's chat format on one side, /v1/messages on
// the other.
//
// Documents are never parsed or built here: each hook walks an index and answers with pieces of what came in. The
// files follow an exchange's way: request.go and what it calls, then reply.go or stream.go.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// state is what the hooks keep for one exchange.
type state struct {
	// json tells that the client asked for JSON, which comes as the input of the tool jsonTool.
	json   bool
	stream stream
}

func init() {
	sdk.Provide(sdk.Provider[state]{
		Request:  onRequest,
		Response: onResponse,
		Chunk:    onChunk,
		End:      onEnd,
		Error:    func(c *sdk.Call, _ *state) error { return chat.ReplyError(c) },
	})
}

func main() {}
