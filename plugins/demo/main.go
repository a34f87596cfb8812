// Package main is a guest that answers by itself, always the same to the same, so that a gateway can be tried without
// an account anywhere.
package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

type state struct{}

func init() { sdk.Provide(sdk.Provider[state]{Request: request}) }

func main() {}

var (
	attrModel         = sdk.Name("model")
	formatBase64      = sdk.Name("base64")
	choiceRequired    = sdk.Name("required")
	keyContent        = sdk.Name("content")
	keyDimensions     = sdk.Name("dimensions")
	keyEncodingFormat = sdk.Name("encoding_format")
	keyFunction       = sdk.Name("function")
	keyInput          = sdk.Name("input")
	keyMessages       = sdk.Name("messages")
	keyN              = sdk.Name("n")
	keyName           = sdk.Name("name")
	keyPrompt         = sdk.Name("prompt")
	keyRole           = sdk.Name("role")
	keyText           = sdk.Name("text")
	keyToolChoice     = sdk.Name("tool_choice")
	keyTools          = sdk.Name("tools")
	roleUser          = sdk.Name("user")
)

func request(c *sdk.Call, _ *state) error {
	switch c.Endpoint() {
	case hostabi.Embeddings:
		return embed(c)
	case hostabi.Moderations:
		moderate(c)
	default:
		answer(c)
	}
	return nil
}

// tokens estimates how many tokens some bytes are.
func tokens(bytes int) int64 { return int64(max(1, bytes/4)) }
