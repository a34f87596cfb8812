package auth

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

const master = "sk-1234"

// headers looks names up without regard to case, as the server's do.
type headers http.Header

func (h headers) Peek(name string) []byte { return []byte(http.Header(h).Get(name)) }

func with(pairs ...string) headers {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return headers(h)
}

func basic(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

func TestEveryHeaderThatCarriesAKey(t *testing.T) {
	k := New(master, "")
	for _, h := range []headers{
		with("Authorization", "Bearer sk-1234"),
		with("Authorization", "bearer sk-1234"),
		with("authorization", "BEARER  sk-1234"),
		with("Authorization", basic("x:sk-1234")),
		with("Authorization", basic(":sk-1234")),
		with("Authorization", strings.Replace(basic("user:sk-1234"), "Basic", "basic", 1)),
		with("API-Key", "sk-1234"),
		with("api-key", "Bearer sk-1234"),
		with("x-api-key", "sk-1234"),
		with("x-goog-api-key", "sk-1234"),
		with("Ocp-Apim-Subscription-Key", "sk-1234"),
		with("x-litellm-api-key", "Bearer sk-1234"),
		with("x-litellm-api-key", "sk-1234"),
	} {
		if p, e := k.Check(h); e != nil || !p.Admin {
			t.Errorf("%v: %v, %v", h, p, e)
		}
	}
}

func TestFirstHeaderWins(t *testing.T) {
	k := New(master, "")
	order := []string{"Authorization", "API-Key", "x-api-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key", "x-litellm-api-key"}
	for i := range order {
		for j := i + 1; j < len(order); j++ {
			if _, e := k.Check(with(order[i], "Bearer sk-1234", order[j], "sk-wrong")); e != nil {
				t.Errorf("%s does not come before %s: %v", order[i], order[j], e)
			}
			if _, e := k.Check(with(order[i], "Bearer sk-wrong", order[j], "sk-1234")); e == nil {
				t.Errorf("%s is used although there is %s", order[j], order[i])
			}
		}
	}
}

func TestKeyHeaderName(t *testing.T) {
	k := New(master, "X-My-Key")
	for value, ok := range map[string]bool{"sk-1234": true, "Bearer sk-1234": true, "bearer sk-1234": true, "sk-12345": false} {
		if _, e := k.Check(with("X-My-Key", value)); (e == nil) != ok {
			t.Errorf("%q: %v", value, e)
		}
	}
	_, e := k.Check(with("Authorization", "Bearer sk-1234", "api-key", "sk-1234"))
	if e == nil || e.Message != "Authentication Error, No api key passed in." {
		t.Errorf("the usual headers still count: %v", e)
	}
	if _, e := New(master, "Authorization").Check(with("Authorization", "sk-1234")); e != nil {
		t.Errorf("the prefix is not optional: %v", e)
	}
}

func TestMessages(t *testing.T) {
	const foreign = "AIzaSyD-very-secret-foreign-key-9876"
	k := New(master, "")
	for name, c := range map[string]struct {
		header headers
		want   string
	}{
		"none":             {with(), "No api key passed in."},
		"empty":            {with("Authorization", ""), "No api key passed in."},
		"not Bearer":       {with("Authorization", foreign), "Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: ****9876"},
		"right, no Bearer": {with("Authorization", "sk-1234"), "Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: ****"},
		"Bearer alone":     {with("Authorization", "Bearer "), "Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: ****"},
		"Basic, not code":  {with("Authorization", "Basic ???"), "Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: ****"},
		"Basic, no pair":   {with("Authorization", basic("a")), "Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: ****"},
		"foreign":          {with("Authorization", "Bearer "+foreign), "LiteLLM Virtual Key expected. Received=****9876, expected to start with 'sk-'."},
		"foreign, short":   {with("x-api-key", "hunter2"), "LiteLLM Virtual Key expected. Received=****, expected to start with 'sk-'."},
		"foreign, Basic":   {with("Authorization", basic("u:hunter2")), "LiteLLM Virtual Key expected. Received=****, expected to start with 'sk-'."},
		"unknown": {with("Authorization", "Bearer sk-unknown"), "Invalid proxy server token passed. Received API Key (hashed)=" +
			hash([]byte("sk-unknown")) + ". Unable to find token in cache or `LiteLLM_VerificationTokenTable`"},
	} {
		p, e := k.Check(c.header)
		if e == nil || p.Admin {
			t.Errorf("%s: admitted", name)
			continue
		}
		if want := "Authentication Error, " + c.want; e.Message != want {
			t.Errorf("%s:\n got %s\nwant %s", name, e.Message, want)
		}
		if e.Code() != 401 || e.Kind != "auth_error" || e.Param != "" || e.Upstream {
			t.Errorf("%s: %+v", name, e)
		}
		if strings.Contains(e.Error(), foreign) || strings.Contains(e.Error(), "hunter2") {
			t.Errorf("%s: the secret is echoed: %s", name, e)
		}
	}
}

// What tests of LiteLLM rely on.
func TestHash(t *testing.T) {
	if got := hash([]byte("sk-1234")); got != "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b" {
		t.Errorf("got %s", got)
	}
}

func TestAlmostTheMasterKey(t *testing.T) {
	k := New(master, "")
	for _, key := range []string{"sk-123", "sk-12345", "sk-1235", "SK-1234", " ", "sk-1234\x00", hash([]byte(master))} {
		if p, e := k.Check(with("x-api-key", key)); e == nil || p.Admin {
			t.Errorf("%q is admitted", key)
		}
	}
}

func TestOpen(t *testing.T) {
	k := New("", "")
	for _, h := range []headers{with(), with("Authorization", "anything"), with("x-api-key", "sk-1")} {
		if p, e := k.Check(h); e != nil || !p.Admin {
			t.Errorf("%v: %v, %v", h, p, e)
		}
	}
}

// fixed is a header map that does not allocate.
type fixed map[string][]byte

func (f fixed) Peek(name string) []byte { return f[name] }

func TestCheckDoesNotAllocate(t *testing.T) {
	k := New(master, "")
	var h Header = fixed{"Authorization": []byte("Bearer sk-1234")}
	if n := testing.AllocsPerRun(100, func() { k.Check(h) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Authorization", "Bearer sk-1234")
	f.Add("Authorization", "Basic eDpzay0xMjM0")
	f.Add("x-api-key", "\xff")
	k := New(master, "")
	f.Fuzz(func(t *testing.T, name, value string) {
		p, e := k.Check(fixed{name: []byte(value)})
		if p.Admin != (e == nil) {
			t.Fatalf("%v, %v", p, e)
		}
		if e != nil && (e.Class != core.Authentication || len(value) > 24 && strings.Contains(e.Message, value)) {
			t.Errorf("%q: %v", value, e)
		}
		if e == nil && !strings.Contains(value, "sk-1234") && !strings.HasPrefix(strings.ToLower(value), "basic ") {
			t.Errorf("%q is admitted", value)
		}
	})
}
