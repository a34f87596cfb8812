// Shout is a guard that writes words in capital letters: an example, and a test of what guards are given.
package main

import (
	"strings"

	"github.com/sluice-gateway/sluice/sdk"
)

var words sdk.Set

func init() { sdk.Protect(sdk.Guard{Configure: configure, Check: check}) }

func configure(settings sdk.Value) error {
	words = sdk.Words(sdk.WordSet{Words: settings.Named("words").Strings()})
	return nil
}

func check(t *sdk.Text) error {
	for _, hit := range t.Match(words) {
		t.Edit(hit, strings.ToUpper(t.Found(hit)))
	}
	return nil
}

func main() {}
