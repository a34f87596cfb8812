// Package main is an auth plugin that knows nobody.
package main

import "github.com/sluice-gateway/sluice/sdk"

func init() {
	sdk.Authenticate(sdk.Auth{Check: func(c *sdk.Credential) error { return c.Refuse("the porter knows nobody") }})
}

func main() {}
