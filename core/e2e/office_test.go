package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// office is a gateway that hands out keys, in front of a model whose every call costs callCost.
type office struct {
	*gateway.Gateway
	t  *testing.T
	up *mock.Server
}

// callCost is what a chat costs, in dollars.
const callCost = 0.001*mock.PromptTokens + 0.002*mock.CompletionTokens

const officeModels = `
model_list:
  - model_name: gpt-3.5-turbo
    litellm_params: {model: openai/gpt-mock, api_base: $UP/v1, api_key: sk-secret-upstream, input_cost_per_token: 0.001, output_cost_per_token: 0.002}
  - model_name: gpt-4
    litellm_params: {model: openai/gpt-mock-4, api_base: $UP/v1, api_key: sk-secret-upstream, input_cost_per_token: 0.001, output_cost_per_token: 0.002}
  - model_name: text
    litellm_params: {model: text-completion-openai/babbage-mock, api_base: $UP/v1, api_key: sk-secret-upstream}
  - model_name: embed
    litellm_params: {model: openai/embedding-mock, api_base: $UP/v1, api_key: sk-secret-upstream, input_cost_per_token: 0.001}
  - model_name: moderate
    litellm_params: {model: openai/moderation-mock, api_base: $UP/v1, api_key: sk-secret-upstream}
  - model_name: fails
    litellm_params: {model: openai/fail-400, api_base: $UP/v1, api_key: sk-secret-upstream}
router_settings: {num_retries: 0}
`

// officeConfig is the configuration of an office; more goes into general_settings.
func officeConfig(up *mock.Server, more string) string {
	return strings.ReplaceAll(officeModels, "$UP", up.URL) + `
litellm_settings: {store_audit_logs: true}
general_settings:
  master_key: sk-secret-master
  proxy_batch_write_at: 0.2
` + more
}

// openOffice starts an office; more goes into general_settings, line by line.
func openOffice(t *testing.T, more ...string) *office {
	t.Helper()
	return openOfficeBefore(t, mock.Numbered(t), more...)
}

// openOfficeBefore starts an office in front of an upstream.
func openOfficeBefore(t *testing.T, up *mock.Server, more ...string) *office {
	t.Helper()
	o := gateway.Options{Config: officeConfig(up, lines(more))}
	return &office{gateway.Start(t, o), t, up}
}

func lines(settings []string) string {
	var b strings.Builder
	for _, s := range settings {
		b.WriteString("  " + s + "\n")
	}
	return b.String()
}

// bearer is the header that presents a key.
func bearer(key string) []string { return []string{"Authorization", "Bearer " + key} }

// doc is an answer of the management API.
type doc = map[string]any

// manage does what only the administrator may, and returns the answer.
func (o *office) manage(path, body string) doc {
	o.t.Helper()
	r := o.Post(path, body, bearer(masterKey)...)
	return o.read("POST "+path, r).(doc)
}

// look asks for something as the administrator.
func (o *office) look(path string) any {
	o.t.Helper()
	return o.read("GET "+path, o.Get(path, bearer(masterKey)...))
}

func (o *office) read(what string, r gateway.Reply) any {
	o.t.Helper()
	if r.Status != 200 {
		o.t.Fatalf("%s answered %d %s", what, r.Status, r.Body)
	}
	v, err := r.JSON()
	if err != nil {
		o.t.Fatalf("%s answered %s: %v", what, r.Body, err)
	}
	return v
}

// key makes a key of what a request body says.
func (o *office) key(body string) string {
	o.t.Helper()
	secret, _ := o.manage("/key/generate", body)["key"].(string)
	if !strings.HasPrefix(secret, "sk-") {
		o.t.Fatalf("no key was made, but %q", secret)
	}
	return secret
}

// request is a chat, with more members like `"user":"u"`.
func request(more ...string) string {
	return fmt.Sprintf(`{%s}`, strings.Join(append([]string{`"model":"gpt-3.5-turbo","max_tokens":9,"messages":[{"role":"user","content":"hi"}]`}, more...), ","))
}

// chat sends a chat with a key.
func (o *office) chat(key string, more ...string) gateway.Reply {
	o.t.Helper()
	return o.Post(chat, request(more...), bearer(key)...)
}

// refused checks an answer for the envelope of errors with a text in its message.
func refused(t *testing.T, r gateway.Reply, status int, kind, text string) gateway.Error {
	t.Helper()
	e, ok := r.Error()
	if r.Status != status || !ok || e.Type != kind || e.Code != fmt.Sprint(status) || !strings.Contains(e.Message, text) {
		t.Errorf("answered %d %s\nwant %d, type %q, with %q", r.Status, r.Body, status, kind, text)
	}
	return e
}

// admitted checks that a call was answered.
func admitted(t *testing.T, r gateway.Reply) {
	t.Helper()
	if r.Status != 200 {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
}

// eventually asks until the answer is there: what is written behind the scenes announces itself by nothing else.
func eventually(t *testing.T, what string, there func() bool) {
	t.Helper()
	for deadline := time.Now().Add(wait); !there(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("there is no %s", what)
		}
	}
}

// row waits for a call's row of the spend log.
func (o *office) row(id string) doc {
	o.t.Helper()
	var rows []any
	eventually(o.t, "row of "+id, func() bool {
		rows, _ = o.look("/spend/logs?request_id=" + id).([]any)
		return len(rows) > 0
	})
	if len(rows) > 1 {
		o.t.Errorf("%d rows of one call", len(rows))
	}
	return rows[0].(doc)
}

// member digs in documents: names of members and places in lists.
func member(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(doc)
			v = m[p]
		case int:
			list, _ := v.([]any)
			if p >= len(list) {
				return nil
			}
			v = list[p]
		}
	}
	return v
}

// number is an amount or a count of a document, -1 when it is none.
func number(v any) float64 {
	n, ok := v.(json.Number)
	if !ok {
		return -1
	}
	f, err := n.Float64()
	if err != nil {
		return -1
	}
	return f
}

// near compares amounts of money.
func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }
