package endpoint_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestResponseHeaders(t *testing.T) {
	up := newAnswers(t)
	for name, value := range map[string]string{
		"X-Request-Id": "req-1", "X-Ratelimit-Remaining-Requests": "99", "Set-Cookie": "session=secret", "Keep-Alive": "timeout=5",
		"Openai-Version": "2020-10-01",
	} {
		up.header.Set(name, value)
	}
	up.header.Set("Content-Length", strconv.Itoa(len(completion)))
	g := start(t, up.Server, one)
	h := g.Post("/v1/chat/completions", hello).Header
	for name, want := range map[string]string{
		"x-litellm-model-id": "one", "x-litellm-model-group": "chat", "x-litellm-model-api-base": up.URL + "/v1",
		"x-litellm-version": "1.63.8", "x-litellm-attempted-retries": "0", "x-litellm-attempted-fallbacks": "0",
		"x-litellm-max-retries": "", "x-litellm-timeout": "",
		"llm_provider-x-request-id": "req-1", "llm_provider-openai-version": "2020-10-01",
		"llm_provider-x-ratelimit-remaining-requests": "99", "x-ratelimit-remaining-requests": "99",
		"set-cookie": "", "llm_provider-set-cookie": "", "llm_provider-keep-alive": "", "llm_provider-content-length": "",
		"openai-version": "", "x-request-id": "", "access-control-allow-origin": "*",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, form := range map[string]string{
		"x-litellm-call-id":              `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		"x-litellm-response-duration-ms": `^\d+\.\d{3}$`, "x-litellm-overhead-duration-ms": `^\d+\.\d{3}$`,
		"x-litellm-response-cost": `^0\.0000\d+$`,
	} {
		if got := h.Get(name); !regexp.MustCompile(form).MatchString(got) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestCallID(t *testing.T) {
	g := start(t, newAnswers(t).Server, one)
	for own, kept := range map[string]bool{"my-id_1": true, strings.Repeat("x", 128): true, strings.Repeat("x", 129): false, "a b": false, "ä": false} {
		got := g.Post("/v1/chat/completions", hello, "x-litellm-call-id", own).Header.Get("x-litellm-call-id")
		if (got == own) != kept || got == "" {
			t.Errorf("%.20q became %q", own, got)
		}
	}
	first, second := g.Post("/v1/chat/completions", hello), g.Post("/v1/chat/completions", hello)
	if a, b := first.Header.Get("x-litellm-call-id"), second.Header.Get("x-litellm-call-id"); a == b {
		t.Errorf("two calls have the id %s", a)
	}
}

// size is what headers take on the wire.
func size(h http.Header) int {
	n := len("HTTP/1.1 200 OK\r\n\r\n")
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(": \r\n") + len(v)
		}
	}
	return n
}

// All headers of an answer together stay under 4096 bytes; the upstream's go first.
func TestHeadersStaySmall(t *testing.T) {
	up := newAnswers(t)
	for i := range 100 {
		up.header.Set(fmt.Sprintf("X-Ratelimit-Big-%d", i), strings.Repeat("v", 100))
	}
	name := strings.Repeat("long-name-", 200)
	g := start(t, up.Server, strings.NewReplacer("model_name: chat", "model_name: "+name, "UP/v1", "UP/"+strings.Repeat("p", 2000)).Replace(one))
	r := g.Post("/v1/chat/completions", strings.Replace(hello, "chat", name, 1), "x-litellm-call-id", strings.Repeat("i", 128))
	if n := size(r.Header); r.Status != 200 || n >= 4096 || n < 2048 {
		t.Errorf("%d, %d bytes", r.Status, n)
	}
	if r.Header.Get("x-litellm-model-id") != "one" {
		t.Error("our own headers are missing")
	}
}

func TestCustomPrices(t *testing.T) {
	up := newAnswers(t)
	config := strings.Replace(one, "api_key: sk-secret", "api_key: k, input_cost_per_token: 0.5, output_cost_per_token: 2", 1)
	if cost := start(t, up.Server, config).Post("/v1/chat/completions", hello).Header.Get("x-litellm-response-cost"); cost != "8.5" {
		t.Errorf("custom prices: %s", cost)
	}
	config = strings.Replace(one, "gpt-4o", "unheard-of", 1)
	if cost := start(t, up.Server, config).Post("/v1/chat/completions", hello).Header.Get("x-litellm-response-cost"); cost != "" {
		t.Errorf("no price: %s", cost)
	}
	config = strings.Replace(config, "id: one", "id: one, base_model: gpt-4o", 1)
	if cost := start(t, up.Server, config).Post("/v1/chat/completions", hello).Header.Get("x-litellm-response-cost"); cost == "" {
		t.Error("base_model: no cost")
	}
}

func TestRetryHeaders(t *testing.T) {
	up := newAnswers(t)
	up.status, up.body = 503, `{}`
	g := start(t, up.Server, one+"  - {model_name: chat, litellm_params: {model: openai/x, api_key: k, api_base: UP/v1}}\nrouter_settings: {num_retries: 2}\n")
	h := g.Post("/v1/chat/completions", hello).Header
	if h.Get("x-litellm-attempted-retries") != "2" || h.Get("x-litellm-max-retries") != "2" {
		t.Errorf("got %v", h)
	}
	h = g.Post("/v1/chat/completions", hello, "x-litellm-num-retries", "1").Header
	if h.Get("x-litellm-attempted-retries") != "1" || h.Get("x-litellm-max-retries") != "1" {
		t.Errorf("asked for in the header: %v", h)
	}
}

func TestRequestHeadersAreChecked(t *testing.T) {
	g := start(t, newAnswers(t).Server, one)
	for _, c := range [][2]string{
		{"x-litellm-timeout", "0"}, {"x-litellm-timeout", "soon"}, {"x-litellm-stream-timeout", "-1"},
		{"x-litellm-num-retries", "-1"}, {"x-litellm-num-retries", "101"}, {"x-litellm-num-retries", "a"},
	} {
		r := g.Post("/v1/chat/completions", hello, c[0], c[1])
		if e := decode[failure](t, r.Body).Error; r.Status != 400 || e.Param != c[0] {
			t.Errorf("%s: %d %s", c, r.Status, r.Body)
		}
	}
}
