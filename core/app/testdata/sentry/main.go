// Package main is a guard that hides a word. Asked to count, it tells how often it was asked.
package main

import (
	"strconv"

	"github.com/sluice-gateway/sluice/sdk"
)

const mark = "[alpha]"

var words sdk.Set

func init() { sdk.Protect(sdk.Guard{Configure: configure, Check: check}) }

func configure(settings sdk.Value) error {
	word := "secret"
	if w := settings.Named("word"); w.Exists() {
		word = w.Text()
	}
	words = sdk.Words(sdk.WordSet{Words: []string{word}})
	return nil
}

func check(t *sdk.Text) error {
	for _, s := range t.Segments() {
		if s.Text() == "count" {
			n, err := t.KV(sdk.ScopeGlobal).Add("n", 1, 0)
			if err != nil {
				return err
			}
			t.Block("asked " + strconv.FormatInt(n, 10) + " times")
		}
	}
	for _, hit := range t.Match(words) {
		t.Edit(hit, mark)
	}
	return nil
}

func main() {}
