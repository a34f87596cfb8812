// Package main is the guest for Azure: OpenAI's protocol behind other addresses.
package main

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

func init() {
	p := relay.Provider()
	p.Request = request
	sdk.Provide(p)
}

func main() {}

var (
	attrAPIBase  = sdk.Name("api_base")
	attrBasePath = sdk.Name("api_base_path")
	attrModel    = sdk.Name("model")
	attrVendor   = sdk.Name("vendor")
	attrVersion  = sdk.Name("api_version")
)

// request addresses the deployment; the body is OpenAI's.
func request(c *sdk.Call, s *relay.State) error {
	quirks := relay.QuirksOf(c)
	a := address{base: c.Attr(attrBasePath), version: c.Attr(attrVersion), endpoint: endpoint(c, quirks)}
	if c.Attr(attrVendor) == "azure_ai" {
		c.Path(a.foundry(c.Attr(attrAPIBase)))
		return relay.RequestWith(c, s, quirks)
	}
	if !a.streamsUsage() {
		quirks |= relay.StreamOptionsAsGiven
	}
	c.Path(a.deployment(c.Attr(attrModel)))
	return relay.RequestWith(c, s, quirks)
}
