package main

import "github.com/sluice-gateway/sluice/sdk"

type state struct{}

func init() {
	sdk.Provide(sdk.Provider[state]{Request: request})
}

var model = sdk.Name("model")

func request(c *sdk.Call, _ *state) error {
	o := c.Out()
	o.Lit(`{"model":`).Raw(c.Doc().Get(model)).Lit(`}`)
	c.Body(o)
	return nil
}

func main() {}
