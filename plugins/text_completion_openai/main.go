// Package main is the guest for models that only continue a text: it turns chats into prompts and texts into messages.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

func init() { sdk.Provide(relay.Provider()) }

func main() {}
