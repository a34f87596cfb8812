package endpoint

import (
	"context"
	"log/slog"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/sink"
)

// done accounts for an exchange that is over, and tells metrics, observers and the log of it, and how it ended; e is nil when
// it ended well.
func (a *API) done(f *pipeline.Flight, e *core.Error) {
	a.account(f, e)
	a.count(f, e)
	if o := f.State.Observers; o.Wants(e != nil) {
		end := sink.End{Error: e, Duration: time.Since(f.Start)}
		end.Cost, end.Priced = costOf(f)
		o.Record(&f.Exchange, end)
	}
	a.logVerdicts(f)
	a.log(f, e)
}

// log writes failures always, successes when asked to. Bodies, headers and keys are never logged.
func (a *API) log(f *pipeline.Flight, e *core.Error) {
	level := slog.LevelInfo
	switch {
	case e == nil && !a.Verbose:
		return
	case e == nil, e.Class == core.Cancelled:
	case e.Code() >= 500:
		level = slog.LevelError
	case e.Upstream:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("route", f.Route), slog.String("call_id", f.CallID), slog.String("model", clip(f.Model)),
		slog.Float64("ms", milliseconds(time.Since(f.Start))), slog.Int("retries", f.Attempt.Retries),
	}
	if d := f.Attempt.Deployment; d != nil {
		attrs = append(attrs, slog.String("deployment", d.ID))
	}
	if f.Attempt.Why != "" {
		attrs = append(attrs, slog.String("routed", f.Attempt.Why))
	}
	if e == nil {
		attrs = append(attrs, slog.Int("prompt_tokens", f.Usage.Prompt), slog.Int("completion_tokens", f.Usage.Completion))
		a.Log.LogAttrs(context.Background(), level, "served", attrs...)
		return
	}
	attrs = append(attrs, slog.Int("status", e.Code()), slog.String("class", e.Class.String()))
	if e.Cause != nil {
		attrs = append(attrs, slog.String("cause", e.Cause.Error()))
	}
	a.Log.LogAttrs(context.Background(), level, "request failed", attrs...)
}

// clip keeps a client's text from filling the log.
func clip(s string) string {
	if len(s) > 128 {
		return s[:128] + "…"
	}
	return s
}
