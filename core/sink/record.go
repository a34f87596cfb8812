package sink

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// writer appends the members of an object that have a value.
type writer struct {
	json  []byte
	first bool // nothing follows the last opening bracket yet
}

func (w *writer) open(bracket byte) {
	w.json, w.first = append(w.json, bracket), true
}

func (w *writer) close(bracket byte) {
	w.json, w.first = append(w.json, bracket), false
}

func (w *writer) comma() {
	if !w.first {
		w.json = append(w.json, ',')
	}
	w.first = false
}

func (w *writer) key(name string) {
	w.comma()
	w.json = append(append(append(w.json, '"'), name...), `":`...)
}

// maxText is how much of a text is told, in bytes: messages may quote an upstream at length.
const maxText = 2 << 10

func (w *writer) string(s string) {
	if len(s) > maxText {
		s = s[:maxText] + "…"
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	w.json = append(tape.AppendQuoted(append(w.json, '"'), []byte(s)), '"')
}

func (w *writer) text(name, s string) {
	if s != "" {
		w.key(name)
		w.string(s)
	}
}

func (w *writer) count(name string, n int) {
	if n != 0 {
		w.key(name)
		w.json = strconv.AppendInt(w.json, int64(n), 10)
	}
}

func (w *writer) milliseconds(name string, d time.Duration) {
	w.key(name)
	w.json = strconv.AppendFloat(w.json, float64(d)/float64(time.Millisecond), 'f', 3, 64)
}

// appendRecord appends what observers are told of an exchange: no text of it, no headers, no credential.
func appendRecord(dst []byte, x *core.Exchange, end End) []byte {
	w := writer{json: dst}
	w.open('{')
	w.text("call_id", x.CallID)
	w.text("endpoint", x.Endpoint.String())
	w.text("model", x.Model)
	w.text("group", x.Group)
	w.attempt(&x.Attempt)
	w.key("stream")
	w.json = strconv.AppendBool(w.json, x.Stream)
	w.outcome(x, end)
	w.usage(&x.Usage)
	if end.Priced {
		w.key("cost")
		w.json = strconv.AppendFloat(w.json, end.Cost, 'g', -1, 64)
	}
	w.principal(x)
	w.verdicts(x.Verdicts)
	w.close('}')
	return w.json
}

func (w *writer) attempt(a *core.Attempt) {
	if a.Deployment == nil {
		return
	}
	w.text("deployment_id", a.Deployment.ID)
	w.text("provider", a.Provider)
	w.text("upstream_model", a.Model)
	w.text("why", a.Why)
	w.count("retries", a.Retries)
	w.milliseconds("upstream_ms", a.Upstream)
}

func (w *writer) outcome(x *core.Exchange, end End) {
	status := 200
	if e := end.Error; e != nil {
		status = e.Code()
		w.key("error")
		w.open('{')
		w.text("class", e.Class.String())
		w.text("message", e.Message)
		w.close('}')
	}
	w.count("status", status)
	w.key("start")
	w.json = append(x.Start.UTC().AppendFormat(append(w.json, '"'), "2006-01-02T15:04:05.000000Z07:00"), '"')
	w.milliseconds("duration_ms", end.Duration)
}

func (w *writer) usage(u *core.Usage) {
	if *u == (core.Usage{}) {
		return
	}
	w.key("usage")
	w.open('{')
	w.count("prompt_tokens", u.Prompt)
	w.count("completion_tokens", u.Completion)
	w.count("total_tokens", u.Prompt+u.Completion)
	w.count("cache_read_tokens", u.CacheRead)
	w.count("cache_write_tokens", u.CacheWrite)
	w.count("reasoning_tokens", u.Reasoning)
	if !u.Counted {
		w.key("estimated")
		w.json = append(w.json, "true"...)
	}
	w.close('}')
}

func (w *writer) principal(x *core.Exchange) {
	p := &x.Principal
	w.text("key_hash", p.KeyHash)
	w.text("key_alias", p.KeyAlias)
	w.text("user_id", p.UserID)
	w.text("team_id", p.TeamID)
	w.text("organization_id", p.OrganizationID)
	w.text("end_user", x.EndUser)
}

func (w *writer) verdicts(list []core.Verdict) {
	if len(list) == 0 {
		return
	}
	w.key("verdicts")
	w.open('[')
	for i := range list {
		v := &list[i]
		w.comma()
		w.open('{')
		w.text("guard", v.Guard)
		w.text("mode", v.Mode)
		w.text("outcome", v.Outcome.String())
		w.text("why", v.Why)
		w.count("edits", v.Edits)
		w.flags(v.Flags)
		w.close('}')
	}
	w.close(']')
}

func (w *writer) flags(list []string) {
	if len(list) == 0 {
		return
	}
	w.key("flags")
	w.open('[')
	for _, f := range list {
		w.comma()
		w.string(f)
	}
	w.close(']')
}
