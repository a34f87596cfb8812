// Package main is a guest that crashes while it initialises.
package main

import "github.com/sluice-gateway/sluice/sdk"

func init() {
	sdk.Provide(sdk.Provider[struct{}]{})
	panic("not today")
}

func main() {}
