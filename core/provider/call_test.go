package provider

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// seen is a request as it reached the upstream.
type seen struct {
	path, body string
	header     http.Header
}

// recorder answers with body and keeps what it was sent.
func recorder(got *seen, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		*got = seen{r.URL.String(), string(text), r.Header}
		reply(200, "application/json", body)(w, r)
	}
}

func TestPass(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, ` {"ok":true,"usage":{"prompt_tokens":7}} `))
	for range 3 {
		b.mustDo(`{"model":"group","x":[1,2],"metadata":{"a":1}}`)
		if body := string(b.call.Body()); body != ` {"ok":true,"usage":{"prompt_tokens":7}} ` {
			t.Errorf("answer %s", body)
		}
		if u := b.call.Usage(); u != (core.Usage{Prompt: 7, Counted: true}) {
			t.Errorf("usage %+v", u)
		}
		if got.path != "/v1/chat/completions" || got.body != `{"model":"m","x":[1,2]}` {
			t.Errorf("sent to %s: %s", got.path, got.body)
		}
		if h := got.header; h.Get("Authorization") != "Bearer sk-secret-key" || h.Get("Probe-Version") != "1" || h.Get("Content-Type") != "application/json" {
			t.Errorf("header %v", h)
		}
		var names []string
		b.call.Headers(func(name, _ []byte) bool { names = append(names, string(name)); return true })
		if !slices.Contains(names, "Content-Length") {
			t.Errorf("headers %q", names)
		}
		b.call.End()
		if u := b.call.Usage(); u != (core.Usage{}) || b.call.Body() != nil {
			t.Errorf("something is left after the end: %+v %s", u, b.call.Body())
		}
	}
	if b.exchange.Attempt.Upstream <= 0 {
		t.Error("the upstream's time is not noted")
	}
}

func TestEndpoints(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	for e, path := range map[core.Endpoint]string{
		core.Chat: "/v1/chat/completions", core.Completions: "/v1/completions", core.Embeddings: "/v1/embeddings",
	} {
		b.exchange.Endpoint = e
		b.mustDo(`{"model":"m"}`)
		if got.path != path {
			t.Errorf("%s is sent to %s", e, got.path)
		}
		b.call.End()
	}
	b.exchange.Endpoint, got = core.Moderations, seen{}
	e := b.do(`{"model":"m"}`)
	if e == nil || e.Code() != 400 || e.Upstream || e.Message != "litellm.BadRequestError: ProbeException - this provider has no moderations endpoint" {
		t.Errorf("got %v", e)
	}
	if got.path != "" {
		t.Error("it was sent all the same")
	}
}

func TestGuestSettings(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.mustDo(`{"do":"path"}`)
	if got.path != "/v1/elsewhere?a=b" {
		t.Errorf("path %s", got.path)
	}
	b.call.End()
	b.mustDo(`{"do":"headers"}`)
	if got.path != "/v1/chat/completions" {
		t.Errorf("the path of the exchange before: %s", got.path)
	}
	if h := got.header; h.Get("X-Guest") != "yes" || !slices.Equal(h["Authorization"], []string{"Bearer sk-secret-key"}) {
		t.Errorf("header %v", h)
	}
	b.call.End()
	b.mustDo(`{}`)
	if got.header.Get("X-Guest") != "" {
		t.Error("the header of the exchange before")
	}
	b.call.End()
	got = seen{}
	if e := b.do(`{"do":"credential"}`); e == nil || e.Code() != 500 || got.path != "" {
		t.Errorf("a credential of the guest's: %v", e)
	}
	e := b.do(`{"do":"bad path"}`)
	if e == nil || e.Code() != 500 || e.Upstream || !errors.Is(e, upstream.ErrCall) {
		t.Errorf("bad path: %v", e)
	}
}

// A guest gets what it needs and never a credential.
func TestWhatTheGuestIsTold(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.spec.Params = map[string]string{"region": "eu", "api_key": "sk-params"}
	b.spec.APIVersion, b.spec.NoSystem = "v7", true
	b.mustDo(`{"do":"tell","api_key":"sk-own"}`)
	x := decode[told](t, []byte(got.body))
	want := []string{"m", "group", "probe", "id-1", "v7", "/v1", "eu", ""}
	if !slices.Equal(x.Attributes, want) || x.Flags != "nosystem " || x.Index != 0 {
		t.Errorf("got %+v", x)
	}
	if strings.Contains(got.body, "sk-") {
		t.Errorf("a key in %s", got.body)
	}
	b.call.End()
	b.exchange.Stream, b.exchange.IncludeUsage = true, true
	b.spec = Spec{Model: "free/m", APIBase: b.spec.APIBase, DropParams: true}
	b.do(`{"do":"tell"}`)
	if x := decode[told](t, []byte(got.body)); x.Flags != "stream drop usage " || x.Index != 2 {
		t.Errorf("got %+v", x)
	}
}

func TestDropParams(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	e := b.do(`{"seed":1}`)
	want := "litellm.UnsupportedParamsError: probe does not support parameters: ['seed'], for model=m. To drop these, set " +
		"`litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n drop_params: true`\n"
	if e == nil || e.Message != want || e.Code() != 400 || e.Upstream {
		t.Errorf("got %v", e)
	}
	b.mustDo(`{"seed":1,"drop_params":true,"a":1}`)
	if got.body != `{"a":1,"model":"m"}` {
		t.Errorf("asked for in the request: %s", got.body)
	}
	b.call.End()
	b.mustDo(`{"do":"tell","drop_params":true}`)
	if string(b.call.Body()) != `{"drop":true}` {
		t.Errorf("the reply's event does not know of it: %s", b.call.Body())
	}
	b.call.End()
	b.spec.DropParams = true
	b.mustDo(`{"seed":1,"a":1}`)
	if got.body != `{"a":1,"model":"m"}` {
		t.Errorf("configured: %s", got.body)
	}
}

func TestKeyOfTheCaller(t *testing.T) {
	var got seen
	b := newBench(t, recorder(&got, `{}`))
	b.key = "sk-own"
	b.mustDo(`{}`)
	if a := got.header["Authorization"]; !slices.Equal(a, []string{"Bearer sk-own"}) {
		t.Errorf("got %q", a)
	}
	b.call.End()
	b.spec.Headers = []Header{{"Authorization", "Basic operator"}}
	b.mustDo(`{}`)
	if a := got.header["Authorization"]; !slices.Equal(a, []string{"Bearer sk-own"}) {
		t.Errorf("beside the operator's header: %q", a)
	}
	b.call.End()
	b.spec = Spec{Model: "probe/m", APIBase: b.spec.APIBase}
	b.mustDo(`{}`)
	b.call.End()
	b.key = "sk\nown"
	if e := b.do(`{}`); e == nil || e.Code() != 400 || strings.Contains(e.Error(), "own") {
		t.Errorf("a key that is no header: %v", e)
	}
	b.key = ""
	if e := b.do(`{}`); e == nil || e.Code() != 401 || !e.Upstream {
		t.Errorf("no key at all: %v", e)
	}
}

func TestAnswersByItself(t *testing.T) {
	b := newBench(t, nil)
	b.spec = Spec{Model: "self/m"}
	b.mustDo(`{"do":"tell"}`)
	if x := decode[told](t, b.call.Body()); x.Attributes[2] != "self" {
		t.Errorf("got %s", b.call.Body())
	}
	if !b.call.Finished() {
		t.Error("not finished")
	}
	b.call.Headers(func(_, _ []byte) bool { t.Error("a header of nobody"); return false })
}

func TestGuestRefusesAndTraps(t *testing.T) {
	b := newBench(t, reply(200, "application/json", `{}`, "Retry-After", "9"))
	b.mustDo(`{}`)
	b.call.End()
	e := b.do(`{"do":"refuse"}`)
	if e == nil || e.Message != "litellm.BadRequestError: ProbeException - the guest says no" || e.Code() != 400 || e.RetryAfter != 0 {
		t.Errorf("got %+v", e)
	}
	e = b.do(`{"do":"trap"}`)
	if e == nil || e.Message != "litellm.InternalServerError: InternalServerError: ProbeException - the provider plugin failed" ||
		e.Code() != 500 || e.Upstream || e.Cause == nil {
		t.Errorf("got %+v", e)
	}
	b.mustDo(`{}`) // the next exchange gets another instance
}
