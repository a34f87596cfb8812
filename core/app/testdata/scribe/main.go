// Package main is an observer that counts.
package main

import "github.com/sluice-gateway/sluice/sdk"

var records = sdk.Counter("records")

func init() {
	sdk.Observe(sdk.Observer{Record: func(*sdk.Record) error {
		records.Add(1)
		return nil
	}})
}

func main() {}
