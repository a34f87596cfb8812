// Package main is a provider for a service that speaks OpenAI's protocol and wants a header of its own.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

// The relay knows OpenAI's protocol: what is right passes untouched, streams too. Hooks that it can't do are replaced.
func init() {
	p := relay.Provider()
	p.Configure, p.Request = configure, request
	sdk.Provide(p)
}

func main() {}

var title string

// configure reads the manifest's vendors and plugins.__NAME__.settings.
func configure(config sdk.Value) error {
	title = config.Named("settings").Named("title").Text()
	if title == "" {
		title = "Sluice"
	}
	return relay.Configure(config)
}

// request adds the header. Address and credential are the gateway's business.
func request(c *sdk.Call, s *relay.State) error {
	c.Header("x-title", title)
	return relay.Request(c, s)
}
