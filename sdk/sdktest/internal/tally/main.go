// Tally is an observer that counts: an example, and a test of stored values and timers.
package main

import "github.com/sluice-gateway/sluice/sdk"

var (
	status    = sdk.Name("status")
	exchanges = sdk.Counter("exchanges")
	failed    = sdk.Gauge("failed")
)

func init() { sdk.Observe(sdk.Observer{Record: record, Calls: true}) }

func record(r *sdk.Record) error {
	exchanges.Add(1)
	if r.Doc().Get(status).Int() < 400 {
		return nil
	}
	n, err := r.KV(sdk.ScopeGlobal).Add("failed", 1, 60_000)
	if err != nil {
		return err
	}
	failed.Set(n)
	o := r.Out().Object()
	o.Key("failed").Int(n)
	o.Key("record").Raw(r.Doc())
	request := sdk.FetchRequest{Upstream: "collector", Out: o.Close()}
	reply, err := r.Fetch(request)
	if err != nil {
		return err
	}
	if reply.Status == 503 {
		if err := r.Sleep(1); err != nil {
			return err
		}
		_, err = r.Fetch(request)
	}
	return err
}

func main() {}
