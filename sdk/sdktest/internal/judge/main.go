// Judge is a guard that asks a service: an example, and a test of calls.
package main

import "github.com/sluice-gateway/sluice/sdk"

var flagged, reason = sdk.Name("flagged"), sdk.Name("reason")

func init() { sdk.Protect(sdk.Guard{Check: check, Calls: true}) }

func check(t *sdk.Text) error {
	var requests []sdk.FetchRequest
	for _, s := range t.Segments() {
		if s.Final() && s.Len() > 0 {
			requests = append(requests, ask(t, s))
		}
	}
	for _, reply := range t.FetchAll(requests...) {
		if reply.Err != nil {
			return reply.Err
		}
		if reply.Doc().Get(flagged).True() {
			t.Block("not allowed: " + reply.Doc().Get(reason).Text())
		}
		if reply.Status != 200 {
			t.Flag("odd answer " + reply.Text())
		}
	}
	return nil
}

func ask(t *sdk.Text, s sdk.Segment) sdk.FetchRequest {
	o := new(sdk.Out)
	w := o.Object()
	w.Key("text").Segment(s)
	w.Key("language").String(t.Header("x-language"))
	return sdk.FetchRequest{Upstream: "judge", Path: "/moderate", Out: w.Close()}
}

func main() {}
