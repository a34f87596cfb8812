// Package main is a guard for the tests of package pipeline.
package main

import "github.com/sluice-gateway/sluice/sdk"

const (
	secret = iota
	forbidden
	wait
	crash
)

var words = sdk.Words(sdk.WordSet{Words: []string{"secret", "forbidden", "wait", "crash"}})

func init() { sdk.Protect(sdk.Guard{Check: check, Calls: true}) }

func check(t *sdk.Text) error {
	for _, hit := range t.Match(words) {
		switch hit.Rule {
		case secret:
			t.Edit(hit, `["`+t.Header("x-who")+`"]`)
		case forbidden:
			t.Block("Keyword banned. Keyword=" + t.Found(hit))
		case wait:
			t.Sleep(60_000)
		case crash:
			panic("as the text says")
		}
	}
	return nil
}

func main() {}
