package endpoint

import (
	"bytes"
	"log/slog"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/ledger"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// account charges those who pay with what an exchange that is over has used, and writes its row. It comes before the
// client has the last byte: what was answered is accounted for, even if the gateway is killed then.
func (a *API) account(f *pipeline.Flight, e *core.Error) {
	acc := f.State.Accounting
	if acc == nil || f.Principal.KeyHash == "" || f.Settled() {
		return
	}
	if f.Endpoint == core.Embeddings && e == nil && !f.Usage.Counted {
		f.Usage = core.Usage{Prompt: promptTokens(f)}
	}
	cost, priced := costOf(f)
	end := &ledger.End{At: time.Now(), Error: e, ResponseID: f.Answer.ID, ClientIP: f.ClientIP, Cost: core.Dollars(cost), Priced: priced}
	end.Unlogged, end.Anonymous = acc.Unlogged, acc.Anonymous
	if acc.Prompts && f.Served() {
		keep(f, end)
	}
	end.Charges = f.Settle(f.Served(), end.Cost)
	if !priced && e == nil {
		a.unpriced(f)
	}
	if acc.Spend == nil {
		return
	}
	if err := acc.Spend(ledger.Call(&f.Exchange, end)); err != nil {
		a.Log.Error("what a call cost could not be kept", "call_id", f.CallID, "cost", end.Cost.Float(), "error", err.Error())
	}
}

// keep takes what was asked and answered into the row.
func keep(f *pipeline.Flight, end *ledger.End) {
	if end.Messages = f.Kept.Request; end.Messages == nil {
		end.Messages = asked(f)
	}
	if end.Response = f.Kept.Response; end.Response == nil && end.Error == nil && !f.Stream {
		end.Response = kept(f.Body())
	}
}

// unpriced warns, once for each model, that calls of it cost nothing as far as budgets go.
func (a *API) unpriced(f *pipeline.Flight) {
	model := f.Attempt.Provider + "/" + f.Attempt.Model
	if _, known := a.warned.LoadOrStore(model, struct{}{}); !known {
		a.Log.Warn("the price of a model is not known: its calls are free as far as budgets go; set input_cost_per_token and output_cost_per_token",
			slog.String("model", clip(model)), slog.String("model_group", clip(f.Group)))
	}
}

// readAnswer takes the response's id and the model that answered from its beginning: what prices and the spend log go by.
func readAnswer(f *pipeline.Flight, body []byte) {
	f.Answer.ID, f.Answer.Model = outermost(body, `"id":`), outermost(body, `"model":`)
}

// outermost finds a text of an object that stands before anything that is nested; "" when there is none.
func outermost(body []byte, key string) string {
	const far = 512
	if len(body) > far {
		body = body[:far]
	}
	if start := bytes.IndexByte(body, '{'); start >= 0 {
		body = body[start+1:]
	}
	if end := bytes.IndexAny(body, "{["); end >= 0 {
		body = body[:end]
	}
	_, value, ok := bytes.Cut(body, []byte(key))
	value = bytes.TrimLeft(value, " ")
	if !ok || len(value) == 0 || value[0] != '"' {
		return ""
	}
	text, _, ok := bytes.Cut(value[1:], []byte{'"'})
	if !ok || bytes.IndexByte(text, '\\') >= 0 {
		return ""
	}
	return string(text)
}

// produced counts the usage of a stream for which the vendor reported none, of what there was of it.
func produced(f *pipeline.Flight, t *tally) {
	if f.Usage.Counted || t.events == 0 {
		return
	}
	f.Usage = core.Usage{Prompt: promptTokens(f), Completion: t.tokens(f.Attempt.Model)}
}
