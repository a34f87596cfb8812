// Command guard is a plugin that asks an upstream about texts, for the tests of package host.
package main

import "github.com/sluice-gateway/sluice/sdk"

var flagged = sdk.Name("flagged")

func init() { sdk.Protect(sdk.Guard{Check: check, Calls: true}) }

func check(t *sdk.Text) error {
	o := t.Out().Lit(`{"text":`).Segment(t.Segments()[0]).Lit(`}`)
	reply, err := t.Fetch(sdk.FetchRequest{Upstream: "up", Path: "/check", Out: o})
	if err != nil {
		return err
	}
	if reply.Doc().Get(flagged).True() {
		t.Block("flagged")
	}
	return nil
}

func main() {}
