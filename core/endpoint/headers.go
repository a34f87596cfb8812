package endpoint

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// readHeaders takes what request headers say about the call; they win over the body.
func readHeaders(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *core.Error {
	h := &ctx.Request.Header
	for _, l := range []struct {
		name string
		into *time.Duration
	}{{"x-litellm-timeout", &f.Timeout}, {"x-litellm-stream-timeout", &f.StreamTimeout}} {
		v := h.Peek(l.name)
		if len(v) == 0 {
			continue
		}
		d, ok := pipeline.Seconds(string(v))
		if !ok {
			return invalid(l.name, "must be a number of seconds above 0")
		}
		*l.into = d
	}
	if v := h.Peek("x-litellm-num-retries"); len(v) > 0 {
		n, err := strconv.Atoi(string(v))
		if err != nil || n < 0 || n > 100 {
			return invalid("x-litellm-num-retries", "must be a whole number from 0 to 100")
		}
		f.Exchange.Retries = n
	}
	return nil
}

// headerWriter adds response headers and counts their bytes: all together must stay below what clients accept.
type headerWriter struct {
	h    *fasthttp.ResponseHeader
	size int
	num  [32]byte
	name []byte
}

// maxValueBytes is the most that is told of a name or an address.
const maxValueBytes = 512

// maxHeaderBytes is the most that the headers of one answer may take; upstream headers are left out beyond it.
const maxHeaderBytes = 3584

func (w *headerWriter) set(name, value string) {
	if value == "" {
		return
	}
	value = value[:min(len(value), maxValueBytes)]
	w.h.Set(name, value)
	w.size += len(name) + len(value) + 4
}

func (w *headerWriter) number(name string, v float64, decimals int) {
	b := strconv.AppendFloat(w.num[:0], v, 'f', decimals, 64)
	w.h.SetBytesV(name, b)
	w.size += len(name) + len(b) + 4
}

// providerPrefix marks headers that the upstream sent.
const providerPrefix = "llm_provider-"

func (w *headerWriter) upstream(name, value []byte) {
	if w.size+len(providerPrefix)+len(name)+len(value)+4 > maxHeaderBytes || private(name) {
		return
	}
	w.name = append(w.name[:0], providerPrefix...)
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		w.name = append(w.name, c)
	}
	w.h.AddBytesKV(w.name, value)
	w.size += len(w.name) + len(value) + 4
	if own := w.name[len(providerPrefix):]; bytes.HasPrefix(own, []byte("x-ratelimit-")) {
		w.h.AddBytesKV(own, value)
		w.size += len(own) + len(value) + 4
	}
}

// private headers of an upstream are none of the client's business, or would be taken for the gateway's own.
func private(name []byte) bool {
	for _, p := range [...]string{"set-cookie", "connection", "transfer-encoding", "content-length", "keep-alive", "trailer", "upgrade"} {
		if len(p) == len(name) && strings.EqualFold(p, string(name)) {
			return true
		}
	}
	return false
}

// writeHeaders adds the headers of an answer that came from a model.
func writeHeaders(ctx *fasthttp.RequestCtx, f *pipeline.Flight) {
	w := commonHeaders(ctx, f)
	d := f.Attempt.Deployment
	w.set("x-litellm-model-id", d.ID)
	w.set("x-litellm-model-api-base", withoutQuery(f.Attempt.APIBase))
	w.set("x-litellm-model-group", f.Group)
	w.number("x-litellm-attempted-retries", float64(f.Attempt.Retries), 0)
	if f.Attempt.Retries > 0 {
		w.number("x-litellm-max-retries", float64(f.Attempt.MaxRetries), 0)
	}
	w.number("x-litellm-attempted-fallbacks", 0, 0)
	if !f.Stream {
		total := time.Since(f.Start)
		w.number("x-litellm-response-duration-ms", milliseconds(total), 3)
		w.number("x-litellm-overhead-duration-ms", milliseconds(max(0, total-f.Attempt.Upstream)), 3)
		if cost, ok := costOf(f); ok {
			w.number("x-litellm-response-cost", cost, -1)
		}
	}
	f.Call().Headers(func(name, value []byte) bool {
		w.upstream(name, value)
		return true
	})
}

func commonHeaders(ctx *fasthttp.RequestCtx, f *pipeline.Flight) *headerWriter {
	w := &headerWriter{h: &ctx.Response.Header, name: make([]byte, 0, 64)}
	w.set("x-litellm-call-id", f.CallID)
	w.set("x-litellm-version", core.CompatibleWith)
	w.set(appliedHeader, f.Applied())
	return w
}

// writeErrorHeaders adds the headers of an error.
func writeErrorHeaders(ctx *fasthttp.RequestCtx, f *pipeline.Flight, e *core.Error) {
	w := commonHeaders(ctx, f)
	if d := f.Attempt.Deployment; d != nil {
		w.set("x-litellm-model-id", d.ID)
		w.set("x-litellm-model-group", f.Group)
		w.number("x-litellm-attempted-retries", float64(f.Attempt.Retries), 0)
	}
	if f.Attempt.Retries > 0 {
		w.number("x-litellm-max-retries", float64(f.Attempt.MaxRetries), 0)
	}
	if e.Timeout > 0 {
		w.set("x-litellm-timeout", decimal(e.Timeout.Seconds()))
	}
}

// decimal writes a number as Python does: with at least one decimal.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func withoutQuery(url string) string {
	base, _, _ := strings.Cut(url, "?")
	return base
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// costOf is what the exchange cost in USD; false when the model's price is not known or nothing was used.
func costOf(f *pipeline.Flight) (float64, bool) {
	d, u := f.Attempt.Deployment, f.Usage
	if d == nil || !u.Counted && u.Prompt+u.Completion == 0 {
		return 0, false
	}
	if d.InputCost != nil || d.OutputCost != nil {
		return rate(d.InputCost)*float64(u.Prompt) + rate(d.OutputCost)*float64(u.Completion), true
	}
	m, ok := priced(d, &f.Exchange)
	if !ok {
		return 0, false
	}
	return m.Cost(catalog.Tokens{Prompt: u.Prompt, Completion: u.Completion, CacheRead: u.CacheRead, CacheWrite: u.CacheWrite}), true
}

// priced finds the price: of base_model, else of the model that says it answered, else of the one that was asked.
func priced(d *core.Deployment, x *core.Exchange) (catalog.Model, bool) {
	if d.BaseModel != "" {
		return catalog.Lookup("", d.BaseModel)
	}
	if x.Answer.Model != "" && x.Answer.Model != x.Attempt.Model {
		if m, ok := catalog.Lookup(x.Attempt.Provider, x.Answer.Model); ok {
			return m, true
		}
	}
	return catalog.Lookup(x.Attempt.Provider, x.Attempt.Model)
}

func rate(r *float64) float64 {
	if r == nil {
		return 0
	}
	return *r
}
