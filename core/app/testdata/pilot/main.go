// Package main is a router that tries the last target first.
package main

import "github.com/sluice-gateway/sluice/sdk"

func init() {
	sdk.Direct(sdk.Router{Route: func(r *sdk.Route) error {
		r.Choose("the last", r.Targets().Count()-1)
		return nil
	}})
}

func main() {}
