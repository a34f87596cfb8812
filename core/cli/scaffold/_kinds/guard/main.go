// Package main is a guard that shouts: it writes the words that matter in capitals, in requests and in answers, streamed
// or not, and refuses requests that whisper.
package main

import (
	"strings"

	"github.com/sluice-gateway/sluice/sdk"
)

func init() { sdk.Protect(sdk.Guard{Configure: configure, Check: check}) }

func main() {}

var (
	loud    sdk.Set
	whisper = sdk.Words(sdk.WordSet{Words: []string{"psst"}})
	shouts  = sdk.Counter("shouts")
)

// configure reads plugins.__NAME__.settings. The gateway has checked them against the schema in plugin.yaml.
func configure(settings sdk.Value) error {
	words := settings.Named("words").Strings()
	if len(words) == 0 {
		words = []string{"important"}
	}
	loud = sdk.Words(sdk.WordSet{Words: words})
	return nil
}

func check(t *sdk.Text) error {
	if t.Stage() == sdk.StageInput && len(t.Match(whisper)) > 0 {
		t.Block("Speak up: there is no whispering here.")
		return nil
	}
	for _, hit := range t.Match(loud) {
		t.Edit(hit, strings.ToUpper(t.Found(hit)))
		shouts.Add(1)
	}
	return nil
}
