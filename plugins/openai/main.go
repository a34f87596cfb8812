// Package main is the guest for OpenAI and the vendors that speak its protocol.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

func init() { sdk.Provide(relay.Provider()) }

func main() {}
