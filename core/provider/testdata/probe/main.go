// Package main is a guest for the tests of package provider.
package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

func init() {
	sdk.Provide(sdk.Provider[state]{Request: request, Response: response, Chunk: chunk, End: end, Error: failure})
}

type state struct {
	do     sdk.Atom
	chunks int64
}

var (
	do           = sdk.Name("do")
	usage        = sdk.Name("usage")
	prompt       = sdk.Name("prompt_tokens")
	errorKey     = sdk.Name("error")
	message      = sdk.Name("message")
	doPath       = sdk.Name("path")
	doHeaders    = sdk.Name("headers")
	doCredential = sdk.Name("credential")
	doTell       = sdk.Name("tell")
	doRefuse     = sdk.Name("refuse")
	doTrap       = sdk.Name("trap")
	doBadPath    = sdk.Name("bad path")
	doSilent     = sdk.Name("silent")
	doDouble     = sdk.Name("double")
	doSummary    = sdk.Name("summary")
	doEndFail    = sdk.Name("fail at the end")
	named        = sdk.Name("probe_event")
)

func request(c *sdk.Call, s *state) error {
	s.do = c.Doc().Get(do).Atom()
	switch s.do {
	case doTell:
		tell(c)
		return nil
	case doRefuse:
		return sdk.BadRequest("the guest says no")
	case doTrap:
		panic("as asked")
	case doPath:
		c.Path("/elsewhere?a=b")
	case doBadPath:
		c.Path("/a b")
	case doHeaders:
		c.Header("X-Guest", "yes")
	case doCredential:
		c.Header("Authorization", "Bearer guest")
	}
	c.Pass()
	return nil
}

// attributes are what tell asks for.
var attributes = []sdk.Atom{
	sdk.Name("model"), sdk.Name("requested_model"), sdk.Name("vendor"), sdk.Name("call_id"), sdk.Name("api_version"),
	sdk.Name("api_base_path"), sdk.Name("region"), sdk.Name("api_key"),
}

// tell answers with what core says of the exchange.
func tell(c *sdk.Call) {
	o := c.Out()
	o.Lit(`{"attributes":[`)
	for i, name := range attributes {
		if i > 0 {
			o.Lit(",")
		}
		o.String(c.Attr(name))
	}
	o.Lit(`],"flags":"`)
	for _, f := range []struct {
		on   bool
		name string
	}{{c.Stream(), "stream "}, {c.DropParams(), "drop "}, {c.NoSystem(), "nosystem "}, {c.IncludeUsage(), "usage "}} {
		if f.on {
			o.Lit(f.name)
		}
	}
	o.Lit(`","vendor_index":`).Int(int64(c.Vendor())).Lit(`}`)
	c.Body(o)
}

func response(c *sdk.Call, s *state) error {
	count(c)
	if e := c.Doc().Get(errorKey); e.IsObject() {
		return sdk.Refuse(hostabi.RateLimit, e.Get(message).Text())
	}
	if s.do == doTell && c.DropParams() {
		c.Body(c.Out().Lit(`{"drop":true}`))
		return nil
	}
	c.Pass()
	return nil
}

func chunk(c *sdk.Call, s *state) error {
	s.chunks++
	count(c)
	if e := c.Doc().Get(errorKey); e.IsObject() {
		return sdk.Refuse(hostabi.ServiceUnavailable, e.Get(message).Text())
	}
	switch {
	case !c.Doc().Exists():
		return sdk.Refuse(hostabi.InternalServer, "not JSON: "+c.Bytes())
	case c.Event() == named:
		c.Emit(c.Out().Lit(`{"named":true}`))
	case s.do == doSilent:
	case s.do == doDouble:
		c.Emit(c.Out().Lit(`{"a":`).Raw(c.Doc()).Lit(`}`))
		c.Emit(c.Out().Lit(`{"b":`).Raw(c.Doc()).Lit(`}`))
	default:
		c.Pass()
	}
	return nil
}

func end(c *sdk.Call, s *state) error {
	switch s.do {
	case doSummary:
		c.Emit(c.Out().Lit(`{"chunks":`).Int(s.chunks).Lit(`}`))
	case doEndFail:
		return sdk.Refuse(hostabi.InternalServer, "incomplete")
	}
	return nil
}

func failure(c *sdk.Call, _ *state) error {
	if text := c.Doc().Get(errorKey).Get(message); text.IsString() {
		return &sdk.Error{Message: text.Text()}
	}
	c.Pass()
	return nil
}

func count(c *sdk.Call) {
	if u := c.Doc().Get(usage); u.IsObject() {
		c.Usage(sdk.Usage{Prompt: u.Get(prompt).Int()})
	}
}

func main() {}
