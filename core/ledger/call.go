package ledger

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// End is what is known of a call once it is over, besides its exchange.
type End struct {
	At         time.Time
	Error      *core.Error // nil: it ended well
	ResponseID string      // "" = the response has none
	ClientIP   string      // "" = unknown
	Cost       core.USD
	Priced     bool // false: nobody knows what the model costs
	Charges    []core.Charge
	// Messages and Response, JSON, are kept in the row; nil = they are not to be.
	Messages, Response json.RawMessage
	Unlogged           bool // counted, but kept out of the log
	Anonymous          bool // for whom the call was made is not kept
}

var callTypes = [...]string{core.Chat: "acompletion", core.Completions: "atext_completion", core.Embeddings: "aembedding", core.Moderations: "amoderation"}

// Call makes the row of the spend log that tells of an exchange.
func Call(x *core.Exchange, end *End) *core.Spend {
	p, u := &x.Principal, &x.Usage
	c := &core.Spend{
		RequestID: end.ResponseID, CallType: callTypes[x.Endpoint], KeyHash: p.KeyHash, Start: x.Start.UTC(), End: end.At.UTC(),
		Model: x.Attempt.Model, ModelGroup: x.Group, Provider: x.Attempt.Provider, APIBase: x.Attempt.APIBase,
		UserID: p.UserID, TeamID: p.TeamID, OrganizationID: p.OrganizationID, EndUser: x.EndUser, CacheHit: "False", Tags: tags(x),
		RequesterIP: end.ClientIP, Status: "success", Charges: end.Charges, Cost: end.Cost,
		PromptTokens: int64(u.Prompt), OutputTokens: int64(u.Completion), TotalTokens: int64(u.Prompt + u.Completion),
		Messages: kept(end.Messages), Response: kept(end.Response), Unlogged: end.Unlogged,
	}
	if end.Anonymous {
		c.EndUser = ""
	}
	if d := x.Attempt.Deployment; d != nil {
		c.ModelID = d.ID
	}
	if !x.FirstToken.IsZero() {
		c.FirstToken = &x.FirstToken
	}
	if end.Error != nil {
		c.Status = "failure"
	}
	if c.RequestID == "" || end.Error != nil {
		c.RequestID = x.CallID
	}
	if c.Model == "" || end.Error != nil && c.TotalTokens == 0 { // no model has answered
		c.Model = x.Model
	}
	if c.ModelGroup == "" {
		c.ModelGroup = x.Model
	}
	c.Metadata = metadata(x, c, end)
	return c
}

var nothing = json.RawMessage("{}")

func kept(text json.RawMessage) json.RawMessage {
	if len(text) == 0 {
		return nothing
	}
	return text
}

// tags are those of the request, the key and the team, each once.
func tags(x *core.Exchange) []string {
	all := x.Tags
	if a := x.Principal.Account; a != nil {
		all = union(all, a.Key.Metadata["tags"])
		if a.Team != nil {
			all = union(all, a.Team.Metadata["tags"])
		}
	}
	return all
}

func union(all []string, more any) []string {
	list, _ := more.([]any)
	for _, v := range list {
		if tag, ok := v.(string); ok && !slices.Contains(all, tag) {
			all = append(slices.Clip(all), tag)
		}
	}
	return all
}

// metadata tells what the row has no columns for.
func metadata(x *core.Exchange, c *core.Spend, end *End) json.RawMessage {
	p := &x.Principal
	o := &object{append(make([]byte, 0, 512), '{'), true}
	o.text("user_api_key", p.KeyHash)
	for _, m := range []struct{ name, value string }{{"user_api_key_alias", p.KeyAlias}, {"user_api_key_user_id", p.UserID},
		{"user_api_key_team_id", p.TeamID}, {"user_api_key_org_id", p.OrganizationID}, {"requester_ip_address", c.RequesterIP}} {
		o.optional(m.name, m.value)
	}
	alias := ""
	if a := p.Account; a != nil && a.Team != nil && a.Team.Alias != nil {
		alias = *a.Team.Alias
	}
	o.optional("user_api_key_team_alias", alias)
	o.text("status", c.Status)
	o.raw("spend_logs_metadata", spendMetadata(x))
	o.guards(x)
	if !x.Usage.Counted && end.Error == nil {
		o.raw("usage_estimated", json.RawMessage("true"))
	}
	if !end.Priced && end.Error == nil {
		o.raw("cost_unknown", json.RawMessage("true"))
	}
	if e := end.Error; e != nil {
		o.failure(x, e)
	}
	return append(o.b, '}')
}

func (o *object) optional(name, value string) {
	if value == "" {
		o.raw(name, nil)
		return
	}
	o.text(name, value)
}

// spendMetadata joins what request, key and team want to see in the spend log; the request's members count first.
func spendMetadata(x *core.Exchange) json.RawMessage {
	a := x.Principal.Account
	if a == nil {
		return x.SpendMetadata
	}
	const name = "spend_logs_metadata"
	var team any
	if a.Team != nil {
		team = a.Team.Metadata[name]
	}
	if team == nil && a.Key.Metadata[name] == nil {
		return x.SpendMetadata
	}
	joined := map[string]any{}
	take(joined, team)
	take(joined, a.Key.Metadata[name])
	var own map[string]any
	if json.Unmarshal(x.SpendMetadata, &own) == nil {
		take(joined, own)
	}
	text, err := json.Marshal(joined)
	if err != nil {
		return x.SpendMetadata
	}
	return text
}

func take(into map[string]any, from any) {
	members, _ := from.(map[string]any)
	for name, v := range members {
		into[name] = v
	}
}

// guards tells what guards said, in the order in which they did.
func (o *object) guards(x *core.Exchange) {
	o.key("applied_guardrails")
	o.b = append(o.b, '[')
	for i := range x.Verdicts {
		v := &x.Verdicts[i]
		if i > 0 {
			o.b = append(o.b, ',')
		}
		one := &object{append(o.b, '{'), true}
		one.text("guardrail", v.Guard)
		one.text("mode", v.Mode)
		one.text("outcome", v.Outcome.String())
		if v.Why != "" {
			one.text("why", v.Why)
		}
		o.b = append(one.b, '}')
	}
	o.b = append(o.b, ']')
}

// failure tells why a call failed. There is no trace: it would tell of nothing but this program.
func (o *object) failure(x *core.Exchange, e *core.Error) {
	o.key("error_information")
	one := &object{append(o.b, '{'), true}
	one.text("error_code", strconv.Itoa(e.Code()))
	one.text("error_class", e.Class.String())
	one.text("error_message", e.Message)
	one.text("llm_provider", x.Attempt.Provider)
	one.text("traceback", "")
	o.b = append(one.b, '}')
}
