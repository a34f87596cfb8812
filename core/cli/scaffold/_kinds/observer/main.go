// Package main is an observer that counts: exchanges, failures and tokens, and for each team what it used today.
package main

import "github.com/sluice-gateway/sluice/sdk"

func init() { sdk.Observe(sdk.Observer{Record: record}) }

func main() {}

// Counters appear among the gateway's metrics.
var (
	exchanges = sdk.Counter("exchanges")
	failures  = sdk.Counter("failures")
	tokens    = sdk.Counter("tokens")
)

var (
	keyError = sdk.Name("error")
	keyUsage = sdk.Name("usage")
	keyTotal = sdk.Name("total_tokens")
	keyTeam  = sdk.Name("team_id")
)

const day = 24 * 60 * 60 * 1000 // milliseconds

// record hears of one exchange that is over. It runs beside the requests and changes nothing.
func record(r *sdk.Record) error {
	doc := r.Doc()
	exchanges.Add(1)
	if doc.Get(keyError).Exists() {
		failures.Add(1)
	}
	used := doc.Get(keyUsage).Get(keyTotal).Int()
	tokens.Add(used)
	team := doc.Get(keyTeam).Text()
	if team == "" || used == 0 {
		return nil
	}
	total, err := r.KV(sdk.ScopeGlobal).Add("team:"+team, used, day)
	if err == nil && total-used < 1_000_000 && total >= 1_000_000 {
		sdk.Log(4, "team "+team+" has used a million tokens today")
	}
	return err
}
