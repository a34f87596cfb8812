package pack

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

const guard = `name: probe
version: 1.2.3
kind: guard
hooks: [input, window]
lookahead: 40
fail: open
isolation: per_request
needs:
  text: [user, tool]
  headers: [x-tenant, accept-language]
  kv: 1024
  match: true
  upstreams:
    - name: judge
      url: https://judge.example:8443/v1
      env: {url: [JUDGE_URL], api_key: [JUDGE_KEY, OTHER_KEY]}
      auth: query:key
      timeout: 500
      max_bytes: 1000
limits: {memory: 16, fuel: 1000000, fuel_byte: 100, contexts: 10, calls: 2}
settings:
  type: object
  required: [words]
  properties:
    words: {type: array, items: {type: [string, "null"], minLength: 1}}
    deep: {anyOf: [{type: integer, maximum: 4}, true], not: {enum: [3]}}
  additionalProperties: false
`

func TestEveryKindOfPlugin(t *testing.T) {
	for _, text := range []string{
		guard,
		"name: a\nversion: 1.0.0\nkind: observer\nhooks: [record]\nneeds: {headers: [user-agent]}\n",
		"name: a\nversion: 1.0.0\nkind: router\nhooks: [route]\nfail: open\n",
		"name: a\nversion: 1.0.0\nkind: auth\nhooks: [auth]\nfail: closed\nisolation: shared\nneeds: {kv: 16777216}\n",
		"name: a\nversion: 1.0.0\nkind: guard\nhooks: [output]\nneeds: {text: [system, assistant]}\n",
	} {
		if _, err := ReadFolder(folder(t, map[string]string{ManifestFile: text})); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
}

func TestChecksNameTheMember(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"kind: guard", "kind: guards", `kind "guards" is not known: it must be one of provider, guard, observer, router, auth`},
		{"kind: guard", "kind: guard\nvendors: [{name: a, paths: {chat: /}}]", "vendors are for providers"},
		{"hooks: [input, window]", "hooks: [input, request]", `hook "request" is not known: a plugin of kind guard has input, output, window`},
		{"hooks: [input, window]", "hooks: []", "hooks are missing"},
		{"hooks: [input, window]", "hooks: [input]", "lookahead is for guards with the hook window"},
		{"lookahead: 40", "lookahead: 65537", "lookahead 65537 must be from 0 to 65536"},
		{"lookahead: 40", "lookahead: -1", "lookahead -1 must be"},
		{"fail: open", "fail: shut", `fail "shut" must be open or closed`},
		{"isolation: per_request", "isolation: full", `isolation "full" must be shared or per_request`},
		{"text: [user, tool]", "text: [user, model]", `needs.text: role "model" must be one of system, user, assistant, tool`},
		{"text: [user, tool]", "text: [user, user]", "needs.text: role user is there twice"},
		{"text: [user, tool]", "text: []", "needs.text is missing"},
		{"x-tenant", "X-Tenant", `needs.headers: "X-Tenant" must be the name of a header, in lower case`},
		{"x-tenant", "'x tenant'", `must be the name of a header`},
		{"x-tenant", "accept-language", "needs.headers: accept-language is there twice"},
		{"x-tenant", "authorization", "needs.headers: authorization is a credential"},
		{"x-tenant", "cookie", "is a credential"},
		{"x-tenant", "x-api-key", "is a credential"},
		{"x-tenant", "x-vendor-auth-token", "is a credential"},
		{"x-tenant", "x-litellm-key", "is a credential"},
		{"kv: 1024", "kv: 16777217", "needs.kv 16777217 must be from 0 to 16777216 bytes"},
		{"kv: 1024", "kv: -1", "needs.kv -1 must be"},
		{"name: judge", "name: Judge", `needs.upstreams: name "Judge" must be`},
		{"name: judge", "name: judge\n    - name: judge", "needs.upstreams: judge is there twice"},
		{"https://judge.example:8443/v1", "ftp://judge.example", "needs.upstreams: judge: url must begin with https:// or http://"},
		{"https://judge.example:8443/v1", "https:///v1", "url names no host"},
		{"https://judge.example:8443/v1", "https://user:hidden@judge.example", "url must not have a user or password in it"},
		{"https://judge.example:8443/v1", "https://judge.example/?key=1", "url must end with its path"},
		{"https://judge.example:8443/v1", "'https://judge .example/'", "url is not a URL"},
		{"auth: query:key", "auth: basic", `auth "basic" must be bearer, none, header:NAME or query:NAME`},
		{"auth: query:key", "auth: 'query:a b'", "must be bearer, none"},
		{"{url: [JUDGE_URL],", "{base: [JUDGE_URL],", `env: "base" must be url or api_key`},
		{"[JUDGE_KEY, OTHER_KEY]", "['']", "env: api_key: a variable needs a name"},
		{"timeout: 500", "timeout: 600001", "timeout 600001 must be from 0 to 600000 milliseconds"},
		{"max_bytes: 1000", "max_bytes: -1", "max_bytes -1 must be"},
		{"memory: 16", "memory: 65", "limits.memory 65 must be from 0 to 64"},
		{"fuel: 1000000", "fuel: 500000001", "limits.fuel 500000001 must be"},
		{"fuel_byte: 100", "fuel_byte: -1", "limits.fuel_byte -1 must be"},
		{"contexts: 10", "contexts: 4097", "limits.contexts 4097 must be"},
		{"calls: 2", "calls: 17", "limits.calls 17 must be"},
		{"  type: object", "  type: array", "settings.type array must be object"},
		{"{type: array, items", "{type: list, items", "settings.properties.words.type: list is not a type of JSON Schema"},
		{"items: {type: [string", "items: {type: [text", "settings.properties.words.items.type: text is not a type"},
		{"required: [words]", "required: words", "settings.required must be a list of names"},
		{"required: [words]", "required: [1]", "settings.required: 1 is not a name"},
		{"not: {enum: [3]}", "not: 3", "settings.properties.deep.not must be a schema"},
		{"anyOf: [{type: integer, maximum: 4}, true]", "anyOf: {type: integer}", "settings.properties.deep.anyOf must be a list of schemas"},
		{"anyOf: [{type: integer, maximum: 4}, true]", "anyOf: [1]", "settings.properties.deep.anyOf[0] must be a schema"},
		{"additionalProperties: false", "additionalProperties: no way", "settings.additionalProperties must be a schema"},
		{"additionalProperties: false", "patternProperties: [a]", "settings.patternProperties must be an object of schemas"},
		{"additionalProperties: false", "default: {1: .inf}", "settings can't be written as JSON"},
	} {
		if !strings.Contains(guard, c.old) {
			t.Fatalf("no %q in the good manifest", c.old)
		}
		_, err := ReadFolder(folder(t, map[string]string{ManifestFile: strings.Replace(guard, c.old, c.new, 1)}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.new, err, c.want)
		} else if !strings.HasPrefix(err.Error(), "manifest of probe: ") || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", c.new, err)
		}
	}
}

func TestProvidersNeedNoText(t *testing.T) {
	for _, c := range []struct{ add, want string }{
		{"needs: {text: [user]}\n", "needs.text is for guards"},
		{"needs: {upstreams: [{name: a}]}\n", "needs.upstreams are not for providers"},
		{"fail: open\n", "fail is not for providers"},
		{"lookahead: 4\n", "lookahead is for guards"},
	} {
		_, err := ReadFolder(folder(t, map[string]string{ManifestFile: good + c.add}))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.add, err, c.want)
		}
	}
}

func TestCasesTravelInTheModule(t *testing.T) {
	dir := folder(t, map[string]string{
		ManifestFile: guard, "cases/a.yaml": "- name: one\n  text: a\n  want: b\n", "cases/b.yaml": "- {name: two, text: c, block: no}\n",
	})
	m, err := ReadFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadCases(dir, m)
	if err != nil || len(list) != 2 || list[1].Place != "cases/b.yaml:1" {
		t.Fatalf("%+v, %v", list, err)
	}
	plain := []byte(wasmHeader)
	if none, err := AttachCases(plain, nil); err != nil || len(none) != len(plain) {
		t.Errorf("no cases: %d bytes, %v", len(none), err)
	}
	if none, err := Cases(plain, m); err != nil || none != nil {
		t.Errorf("no section: %v, %v", none, err)
	}
	wasm, err := AttachCases(plain, list)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Cases(wasm, m); err != nil || len(got) != 2 || got[1].Name != "two" || *got[1].Block != "no" || got[0].Place != list[0].Place {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := AttachCases(wasm, list); err == nil || err.Error() != "attach cases: module has one already" {
		t.Errorf("attached twice: %v", err)
	}
	if _, err := Cases([]byte("text"), m); err == nil {
		t.Error("cases of what is no module")
	}
	if _, err := Cases(wasm, &hostabi.Manifest{Kind: "router"}); err == nil || !strings.Contains(err.Error(), `cases/a.yaml:1: case "one": text is not for a plugin of kind router`) {
		t.Errorf("cases of another kind: %v", err)
	}
	bad := folder(t, map[string]string{ManifestFile: guard, "cases/a.yaml": "- name: one\n  texts: a\n"})
	if _, err := Build(t.Context(), bad); err == nil || err.Error() != "cases/a.yaml:2: unknown key texts" {
		t.Errorf("a bad case: %v", err)
	}
}
