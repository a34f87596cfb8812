package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
)

// The plugins that plans are made of. None of them is ever loaded.
func testModules(t *testing.T) modules {
	t.Helper()
	bundled := func(m hostabi.Manifest) *module { return &module{manifest: &m} }
	file := func(m hostabi.Manifest) *module {
		return &module{manifest: &m, path: filepath.Join("plugins", m.Name+moduleSuffix), sum: sumOf([]byte(m.Name))}
	}
	words := map[string]any{"type": "object", "additionalProperties": false, "required": []any{"words"}, "properties": map[string]any{
		"words": map[string]any{"type": "array", "items": map[string]any{"type": "string"}}, "limit": map[string]any{"type": "integer", "maximum": 9}}}
	all := modules{}
	for _, m := range []*module{
		bundled(hostabi.Manifest{Name: "vendor", Kind: "provider", Vendors: []hostabi.Vendor{{Name: "vendor", Paths: map[string]string{"chat": "/"}}}}),
		file(hostabi.Manifest{Name: "word_guard", Kind: "guard", Hooks: []string{"input"}, Settings: words,
			Needs:  hostabi.Needs{Text: []string{"user", "tool"}, Headers: []string{"x-trace"}, KV: 1024, Match: true},
			Limits: hostabi.Limits{Memory: 32}}),
		bundled(hostabi.Manifest{Name: "plain_guard", Kind: "guard", Hooks: []string{"input", "output", "window"}, Needs: hostabi.Needs{Text: []string{"user"}}}),
		file(hostabi.Manifest{Name: "caller", Kind: "guard", Hooks: []string{"output"}, Needs: hostabi.Needs{Upstreams: []hostabi.Upstream{
			{Name: "judge", URL: "https://judge.example", Env: map[string][]string{"api_key": {"JUDGE_KEY"}}, Timeout: 2000}}}}),
		bundled(hostabi.Manifest{Name: "asker", Kind: "guard", Hooks: []string{"input"}, Needs: hostabi.Needs{Upstreams: []hostabi.Upstream{
			{Name: "oracle", Env: map[string][]string{"url": {"ORACLE_URL"}, "api_key": {"ORACLE_KEY"}}}}}}),
		bundled(hostabi.Manifest{Name: "recorder", Kind: "observer", Hooks: []string{"record"}}),
		bundled(hostabi.Manifest{Name: "nearest", Kind: "router", Hooks: []string{"route"}}),
		bundled(hostabi.Manifest{Name: "my_auth", Kind: "auth", Hooks: []string{"auth"}}),
	} {
		all[m.manifest.Name] = m
	}
	return all
}

func testPlan(t *testing.T, text string, env map[string]string, policy trust.Policy) *plan {
	t.Helper()
	getenv := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	c, err := config.Parse("c.yaml", []byte(text), config.Options{Getenv: getenv})
	if err != nil {
		t.Fatal(err)
	}
	client := upstream.New(upstream.Options{})
	clients := guest.NewClients(client)
	t.Cleanup(func() { clients.Close(); client.Close() })
	return (&planner{getenv: getenv, clients: clients, policy: policy}).make(c, testModules(t))
}

// TestFindings plans configurations with one mistake each.
func TestFindings(t *testing.T) {
	const guards = "guardrails:\n  - guardrail_name: g\n    litellm_params: "
	const words = "plugins: {word_guard: {settings: {words: [a]}}}\n"
	for name, c := range map[string]struct{ text, want string }{
		"plugin":             {"plugins:\n  word_gard: {kv: 0}\n", `c.yaml:2:3: error: plugins.word_gard: no plugin is called "word_gard" (did you mean "word_guard"?)`},
		"plugin disabled":    {"plugins:\n  gone: {enabled: false}\n", `c.yaml:2:3: warning: plugins.gone: no plugin is called "gone"`},
		"header":             {"plugins:\n  word_guard: {headers: [x-trace, x-trac]}\n", `c.yaml:2:35: error: plugins.word_guard.headers[1]: plugin word_guard does not ask for "x-trac" (did you mean "x-trace"?)`},
		"text":               {"plugins:\n  word_guard: {text: system}\n", `c.yaml:2:22: error: plugins.word_guard.text: plugin word_guard does not ask for "system"`},
		"kv":                 {"plugins:\n  word_guard: {kv: 2048}\n", `c.yaml:2:20: error: plugins.word_guard.kv: 2048 is more than the 1024 that plugin word_guard asks for`},
		"match":              {"plugins:\n  recorder: {match: true}\n", `c.yaml:2:21: error: plugins.recorder.match: plugin recorder does not ask for it`},
		"memory":             {"plugins:\n  word_guard: {limits: {memory: 33}}\n", `c.yaml:2:33: error: plugins.word_guard.limits.memory: 33 is more than the 32 that plugin word_guard asks for`},
		"calls":              {"plugins:\n  recorder: {limits: {calls: 17}}\n", `c.yaml:2:30: error: plugins.recorder.limits.calls: 17 is more than the 16 that plugin recorder asks for`},
		"fail":               {"plugins:\n  vendor: {fail: open}\n", `c.yaml:2:18: error: plugins.vendor.fail: plugin vendor is a provider: a request fails with it`},
		"hash":               {"plugins:\n  word_guard: {sha256: " + strings.Repeat("0", 64) + "}\n", `c.yaml:2:24: error: plugins.word_guard.sha256: plugin word_guard is another module: ` + sumOf([]byte("word_guard")).text()},
		"upstream":           {"plugins:\n  caller: {upstreams: {jugde: {url: https://a.example}}}\n", "c.yaml:2:3: warning: plugins.caller: plugin caller: upstream judge is not granted: plugins.caller.upstreams.judge would grant it\n" + `c.yaml:2:24: error: plugins.caller.upstreams.jugde: plugin caller does not ask for an upstream "jugde" (did you mean "judge"?)`},
		"timeout":            {"plugins:\n  caller: {upstreams: {judge: {timeout: 3}}}\n", `c.yaml:2:41: error: plugins.caller.upstreams.judge.timeout: 3s is more than the 2s that plugin caller asks for`},
		"max_bytes":          {"plugins:\n  caller: {upstreams: {judge: {max_bytes: 2000000}}}\n", `c.yaml:2:43: error: plugins.caller.upstreams.judge.max_bytes: 2000000 is more than the 1048576 that plugin caller asks for`},
		"setting":            {"plugins:\n  word_guard:\n    settings:\n      words: [a]\n      limt: 3\n", `c.yaml:5:7: error: plugins.word_guard.settings.limt: plugin word_guard has no such setting (did you mean "limit"?)`},
		"setting's type":     {"plugins:\n  word_guard:\n    settings: {words: [a, 7]}\n", `c.yaml:3:27: error: plugins.word_guard.settings.words[1]: plugin word_guard: got number, want string`},
		"setting's bound":    {"plugins:\n  word_guard: {settings: {words: [], limit: 10}}\n", `c.yaml:2:45: error: plugins.word_guard.settings.limit: plugin word_guard: maximum: got 10, want 9`},
		"setting missing":    {"plugins:\n  word_guard: {settings: {limit: 1}}\n", `c.yaml:2:26: error: plugins.word_guard.settings: plugin word_guard: settings lack words`},
		"no settings":        {"plugins:\n  recorder: {settings: {a: 1}}\n", `c.yaml:2:14: error: plugins.recorder.settings: plugin recorder has no settings`},
		"idle":               {"plugins:\n  caller: {fail: open}\n", `c.yaml:2:3: warning: plugins.caller: plugin caller: upstream judge is not granted: plugins.caller.upstreams.judge would grant it`},
		"guard":              {guards + "{guardrail: word_gaurd, mode: pre_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: no guard plugin is called "word_gaurd" (did you mean "word_guard"?)`},
		"Python guard":       {guards + "{guardrail: file.Class, mode: pre_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: no guard plugin is called "file.Class": Python code does not run here`},
		"guard's kind":       {guards + "{guardrail: recorder, mode: pre_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: plugin recorder is of kind observer, not guard`},
		"guard's mode":       {words + guards + "{guardrail: word_guard, mode: [pre_call, post_call]}\n", `c.yaml:4:51: error: guardrails[0].litellm_params.mode: mode post_call: plugin word_guard does not look at responses`},
		"guard's settings":   {guards + "{guardrail: word_guard, mode: pre_call, settings: {words: {}}}\n", `c.yaml:3:79: error: guardrails[0].litellm_params.settings.words: plugin word_guard: got object, want array`},
		"guard unset":        {guards + "{guardrail: word_guard, mode: pre_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: plugin word_guard: settings lack words`},
		"guard off":          {"plugins: {word_guard: {enabled: false}}\n" + guards + "{guardrail: word_guard, mode: pre_call}\n", `c.yaml:4:33: error: guardrails[0].litellm_params.guardrail: plugin word_guard is disabled on line 1`},
		"guard not granted":  {guards + "{guardrail: caller, mode: post_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: plugin caller can't be used: upstream judge is not granted: plugins.caller.upstreams.judge would grant it`},
		"guard without url":  {guards + "{guardrail: asker, mode: pre_call}\n", `c.yaml:3:33: error: guardrails[0].litellm_params.guardrail: plugin asker can't be used: upstream oracle has no url: set plugins.asker.upstreams.oracle.url or the variable ORACLE_URL`},
		"callback twice":     {"litellm_settings:\n  callbacks: [plain_guard, plain_guard]\n", `c.yaml:2:28: error: litellm_settings.callbacks[1]: a guard is called "plain_guard" already`},
		"callback":           {"litellm_settings:\n  callbacks: [plain_gaurd]\n", `c.yaml:2:15: error: litellm_settings.callbacks[0]: no plugin is called "plain_gaurd" (did you mean "plain_guard"?)`},
		"callback's kind":    {"litellm_settings:\n  callbacks: nearest\n", `c.yaml:2:14: error: litellm_settings.callbacks: plugin nearest is of kind router, not guard or observer`},
		"foreign guard":      {"litellm_settings:\n  callbacks: [hide_secrets]\n", `c.yaml:2:15: warning: litellm_settings.callbacks[0]: there is no plugin hide_secrets yet: this guard does NOT run`},
		"foreign logger":     {"litellm_settings:\n  callbacks: [langfuse]\n", ""},
		"metrics":            {"litellm_settings:\n  success_callback: [prometheus]\n", ""},
		"metrics misspelt":   {"litellm_settings:\n  callbacks: [promethus]\n", `c.yaml:2:15: warning: litellm_settings.callbacks[0]: no plugin is called "promethus": if it is a guard, it does NOT run (did you mean "prometheus"?)`},
		"Python callback":    {"litellm_settings:\n  callbacks: [custom.handler]\n", `c.yaml:2:15: warning: litellm_settings.callbacks[0]: no plugin is called "custom.handler": if it is a guard, it does NOT run`},
		"success callback":   {"litellm_settings:\n  success_callback: [record]\n", `c.yaml:2:22: warning: litellm_settings.success_callback[0]: no observer plugin is called "record" (did you mean "recorder"?)`},
		"observer's kind":    {"litellm_settings:\n  failure_callback: [plain_guard]\n", `c.yaml:2:22: error: litellm_settings.failure_callback[0]: plugin plain_guard is of kind guard, not observer`},
		"strategy":           {"router_settings:\n  routing_strategy: simple-shufle\n", `c.yaml:2:21: error: router_settings.routing_strategy: expected one of simple-shuffle, least-busy, usage-based-routing, usage-based-routing-v2, latency-based-routing, cost-based-routing, or the name of a router plugin, found "simple-shufle" (did you mean "simple-shuffle"?)`},
		"strategy's kind":    {"router_settings:\n  routing_strategy: recorder\n", `c.yaml:2:21: error: router_settings.routing_strategy: plugin recorder is of kind observer, not router`},
		"custom_auth":        {"general_settings:\n  custom_auth: custom_auth.user_api_key_auth\n", `c.yaml:2:16: error: general_settings.custom_auth: no auth plugin is called "custom_auth.user_api_key_auth": Python code does not run here`},
		"all in order":       {words + "litellm_settings: {callbacks: [plain_guard, recorder]}\nrouter_settings: {routing_strategy: nearest}\ngeneral_settings: {custom_auth: my_auth}\n", ""},
		"url of an upstream": {"plugins:\n  asker: {upstreams: {oracle: {url: \"http://a.example/?q=1\"}}}\n", `c.yaml:2:31: error: plugins.asker.upstreams.oracle: url of upstream oracle: invalid base URL: query in it`},
	} {
		p := testPlan(t, c.text, nil, trust.Policy{})
		var got []string
		for _, f := range p.findings {
			if f.Level != config.Notice {
				got = append(got, f.String())
			}
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, text, c.want)
		}
		if wrong := strings.Contains(c.want, ": error: "); wrong != (p.err() != nil) {
			t.Errorf("%s: the plan fails with %v", name, p.err())
		}
	}
}

func TestNarrowing(t *testing.T) {
	p := testPlan(t, `
plugins:
  word_guard: {settings: {words: [a]}, headers: [], text: [user], kv: 0, match: false, limits: {memory: 8, fuel: 5, fuel_byte: 6, contexts: 7, calls: 1}, fail: open}
guardrails:
  - {guardrail_name: one, litellm_params: {guardrail: word_guard, mode: pre_call, default_on: true}}
  - {guardrail_name: two, litellm_params: {guardrail: word_guard, mode: pre_call, settings: {words: [b]}}}
`, nil, trust.Policy{})
	if p.err() != nil || len(p.guards) != 2 {
		t.Fatal(p.err(), len(p.guards))
	}
	t1, t2 := p.guards[0].terms, p.guards[1].terms
	g := t1.grants
	if len(g.Headers) != 0 || t1.kv != 0 || g.Match || g.Memory != 8 || g.Fuel != 5 || g.FuelByte != 6 || g.Contexts != 7 || g.Calls != 1 || !t1.failOpen {
		t.Errorf("narrowed to %+v, kv %d, open %t", g, t1.kv, t1.failOpen)
	}
	if role := t1.plugin(nil).Roles; !role[hostabi.RoleUser] || role[hostabi.RoleTool] {
		t.Errorf("roles %v", role)
	}
	if t1 != p.terms["word_guard"] || t1.key() == t2.key() || string(t2.settings) != `{"words":["b"]}` {
		t.Errorf("settings %s and %s", t1.settings, t2.settings)
	}
	wide := testPlan(t, "litellm_settings: {callbacks: [plain_guard]}", nil, trust.Policy{})
	if g := wide.guards[0]; !g.DefaultOn || strings.Join(g.Modes.Names(), " ") != "pre_call post_call" || g.terms.failOpen {
		t.Errorf("callback %+v", g.Guard)
	}
}

func TestObserversHearOfWhatTheyAskFor(t *testing.T) {
	p := testPlan(t, "litellm_settings: {success_callback: [recorder]}", nil, trust.Policy{})
	if o := p.observers; len(o) != 1 || !o[0].success || o[0].failure {
		t.Errorf("%+v", o)
	}
	p = testPlan(t, "litellm_settings: {success_callback: [recorder], failure_callback: [recorder]}", nil, trust.Policy{})
	if o := p.observers; len(o) != 1 || !o[0].success || !o[0].failure {
		t.Errorf("%+v", o)
	}
}

// TestUpstreamsAreGranted checks who may be called, and with which credential.
func TestUpstreamsAreGranted(t *testing.T) {
	env := map[string]string{"JUDGE_KEY": "sk-judge", "ORACLE_URL": "http://oracle.internal/v1", "ORACLE_KEY": "sk-oracle"}
	locked := filepath.Join(t.TempDir(), "plugins")
	caller := testModules(t)["caller"]
	lock, err := trust.ReadLock(locked + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	lock.Put(trust.Entry{Name: "caller", Version: "1.0.0", SHA256: caller.sum.text(), Grants: trust.Asks(caller.manifest)})
	if err := os.WriteFile(locked+".lock", lock.Text(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text, plugin, host string
		policy             trust.Policy
		granted            bool
	}{
		"bundled":        {"x-nothing: 1", "asker", "oracle.internal", trust.Policy{}, true},
		"stranger":       {"x-nothing: 1", "caller", "", trust.Policy{}, false},
		"named":          {"plugins: {caller: {upstreams: {judge: }}}", "caller", "judge.example", trust.Policy{}, true},
		"elsewhere":      {"plugins: {caller: {upstreams: {judge: {url: http://10.0.0.1:80/x}}}}", "caller", "10.0.0.1:80", trust.Policy{}, true},
		"lock":           {"x-nothing: 1", "caller", "judge.example", trust.For(locked, false, false), true},
		"narrowed after": {"plugins: {asker: {upstreams: {oracle: {url: https://other.example}}}}", "asker", "other.example", trust.Policy{}, true},
	} {
		terms := testPlan(t, c.text, env, c.policy).terms[c.plugin]
		if s := terms.services[0]; s.host != c.host || (s.problem == "") != c.granted {
			t.Errorf("%s: %+v", name, s)
		}
		if got := slices.Equal(terms.grants.Upstreams, []string{terms.services[0].name}) && len(terms.upstreams) == 1; got != c.granted {
			t.Errorf("%s: granted %v", name, terms.grants.Upstreams)
		}
	}
}

func TestSchemas(t *testing.T) {
	for name, c := range map[string]struct {
		schema map[string]any
		want   string
	}{
		"a reference to a file":  {map[string]any{"$ref": "file:///etc/passwd"}, "may not refer to file:///etc/passwd"},
		"a reference elsewhere":  {map[string]any{"$ref": "http://a.example/s.json"}, "may not refer to http://a.example/s.json"},
		"no schema":              {map[string]any{"type": 7}, "schema of plugin x"},
		"a choice":               {map[string]any{"properties": map[string]any{"a": map[string]any{"anyOf": []any{map[string]any{"type": "string"}, map[string]any{"type": "null"}}}}}, "'anyOf' failed"},
		"a reference within":     {map[string]any{"$ref": "#/$defs/all", "$defs": map[string]any{"all": map[string]any{"required": []any{"b"}}}}, "settings lack b"},
		"a format":               {map[string]any{"properties": map[string]any{"a": map[string]any{"type": "integer"}, "b": map[string]any{"format": "uri"}}}, ""},
		"an integer of YAML":     {map[string]any{"properties": map[string]any{"a": map[string]any{"minimum": 1, "maximum": 1}}}, ""},
		"what is no JSON object": {map[string]any{"type": "array"}, "got object, want array"},
	} {
		found := checkSettings(&hostabi.Manifest{Name: "x", Settings: c.schema}, []byte(`{"a":1}`), config.Ref{})
		if c.want == "" && len(found) > 0 || c.want != "" && (len(found) != 1 || !strings.Contains(found[0].Message, c.want)) {
			t.Errorf("%s: %v", name, found)
		}
	}
}
