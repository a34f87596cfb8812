// Command searcher is a plugin that searches texts and lets them pass, for the benchmarks of package host.
package main

import "github.com/sluice-gateway/sluice/sdk"

var words, rules sdk.Set

func init() { sdk.Protect(sdk.Guard{Configure: configure, Check: check}) }

func configure(settings sdk.Value) error {
	words = sdk.Words(sdk.WordSet{Words: settings.Named("words").Strings()})
	var list []sdk.Rule
	for r := settings.Named("rules").First(); r.Exists(); r = r.Next() {
		list = append(list, sdk.Rule{Name: r.Named("name").Text(), Pattern: r.Named("pattern").Text(),
			Keywords: r.Named("keywords").Strings(), Group: int(r.Named("group").Int())})
	}
	rules = sdk.Rules(list...)
	return nil
}

func check(t *sdk.Text) error {
	if len(t.Match(words))+len(t.Match(rules)) > 0 {
		t.Flag("found")
	}
	return nil
}

func main() {}
