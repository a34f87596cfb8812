package ledger

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// object writes the members of a JSON object. It does for one type, without reflection, what encoding/json would: each
// call pays for it.
type object struct {
	b     []byte
	first bool
}

func (o *object) key(name string) {
	if !o.first {
		o.b = append(o.b, ',')
	}
	o.first = false
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) text(name, value string) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = tape.AppendQuoted(o.b, []byte(value))
	o.b = append(o.b, '"')
}

func (o *object) number(name string, n int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, n, 10)
}

func (o *object) time(name string, t time.Time) {
	o.key(name)
	o.b = append(o.b, '"')
	o.b = t.UTC().AppendFormat(o.b, time.RFC3339Nano)
	o.b = append(o.b, '"')
}

// raw writes a value that is JSON already, null when there is none.
func (o *object) raw(name string, value json.RawMessage) {
	o.key(name)
	if len(value) == 0 {
		o.b = append(o.b, "null"...)
		return
	}
	o.b = append(o.b, value...)
}

// appendCall appends a call as encoding/json would write it. Metadata is the gateway's own work and taken for JSON.
func appendCall(b []byte, c *core.Spend) ([]byte, error) {
	for _, raw := range [...]json.RawMessage{c.Messages, c.Response} {
		if len(raw) > 0 && !json.Valid(raw) {
			return b, errNotJSON
		}
	}
	o := &object{append(b, '{'), true}
	o.text("request_id", c.RequestID)
	o.text("call_type", c.CallType)
	o.text("api_key", c.KeyHash)
	o.key("spend")
	o.b = c.Cost.AppendJSON(o.b)
	o.number("total_tokens", c.TotalTokens)
	o.number("prompt_tokens", c.PromptTokens)
	o.number("completion_tokens", c.OutputTokens)
	o.time("startTime", c.Start)
	o.time("endTime", c.End)
	if c.FirstToken == nil {
		o.raw("completionStartTime", nil)
	} else {
		o.time("completionStartTime", *c.FirstToken)
	}
	o.text("model", c.Model)
	o.text("model_id", c.ModelID)
	o.text("model_group", c.ModelGroup)
	o.text("custom_llm_provider", c.Provider)
	o.text("api_base", c.APIBase)
	o.text("user", c.UserID)
	o.text("team_id", c.TeamID)
	o.text("organization_id", c.OrganizationID)
	o.text("end_user", c.EndUser)
	o.text("cache_hit", c.CacheHit)
	o.text("cache_key", c.CacheKey)
	o.tags(c.Tags)
	o.text("requester_ip_address", c.RequesterIP)
	o.raw("metadata", c.Metadata)
	o.raw("messages", c.Messages)
	o.raw("response", c.Response)
	o.text("status", c.Status)
	return append(o.b, '}'), nil
}

func (o *object) tags(tags []string) {
	o.key("request_tags")
	o.b = append(o.b, '[')
	for i, tag := range tags {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(o.b, '"')
		o.b = tape.AppendQuoted(o.b, []byte(tag))
		o.b = append(o.b, '"')
	}
	o.b = append(o.b, ']')
}

func appendCharges(b []byte, charges []core.Charge) []byte {
	b = append(b, '[')
	for i, c := range charges {
		if i > 0 {
			b = append(b, ',')
		}
		o := &object{append(b, '{'), true}
		o.text("k", c.Kind)
		o.text("i", c.ID)
		if !c.Window.IsZero() {
			o.time("w", c.Window)
		}
		if c.Soft != 0 {
			o.key("s")
			o.b = c.Soft.AppendJSON(o.b)
		}
		b = append(o.b, '}')
	}
	return append(b, ']')
}
