package endpoint

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guard"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// appliedHeader names the guards that looked at an exchange, in the order in which they ran.
const appliedHeader = "x-litellm-applied-guardrails"

// guardrail is what GET /guardrails/list shows of one. Settings are not shown: they may be secret.
type guardrail struct {
	Name   string          `json:"guardrail_name"`
	Params guardrailParams `json:"litellm_params"`
	Info   json.RawMessage `json:"guardrail_info"`
}

type guardrailParams struct {
	Plugin    string `json:"guardrail"`
	Mode      any    `json:"mode"` // a name, or a list of them
	DefaultOn bool   `json:"default_on"`
}

// Guardrails lists the guards that requests can ask for, and those that always run.
func (a *API) Guardrails(ctx *fasthttp.RequestCtx) *core.Error {
	list := []guardrail{}
	for _, g := range a.Pipeline.State().Guards.All() {
		list = append(list, shown(g))
	}
	return writeJSON(ctx, map[string]any{"guardrails": list})
}

func shown(g *guard.Guard) guardrail {
	names := g.Modes.Names()
	p := guardrailParams{Plugin: g.Plugin.Name, Mode: names, DefaultOn: g.DefaultOn}
	if len(names) == 1 {
		p.Mode = names[0]
	}
	return guardrail{g.Name, p, g.Info}
}

// logVerdicts writes what nobody would hear of otherwise: guards that could not run, and what those found that only record.
func (a *API) logVerdicts(f *pipeline.Flight) {
	for i := range f.Verdicts {
		v := &f.Verdicts[i]
		level, text := slog.LevelInfo, "guardrail found something"
		switch recorded := v.Mode == guard.LoggingOnly.String(); {
		case v.Err != nil:
			level, text = slog.LevelWarn, "guardrail could not run"
		case !recorded || v.Outcome != core.Blocked && v.Refused == 0 && len(v.Flags) == 0:
			continue
		}
		attrs := []slog.Attr{slog.String("guardrail", v.Guard), slog.String("mode", v.Mode), slog.String("call_id", f.CallID),
			slog.String("verdict", v.Outcome.String()), slog.Int("edits", v.Refused), slog.Any("flags", v.Flags)}
		if v.Err != nil {
			attrs = append(attrs, slog.String("cause", v.Err.Error()))
		}
		a.Log.LogAttrs(context.Background(), level, text, attrs...)
	}
}

// clientHeader reads a request's headers one at a time: reading one is no constant operation.
func clientHeader(h *fasthttp.RequestHeader) func(name []byte) (string, bool) {
	var one sync.Mutex
	return func(name []byte) (string, bool) {
		one.Lock()
		defer one.Unlock()
		value := h.PeekBytes(name)
		return string(value), value != nil
	}
}

// allApplied joins the lists of a batch's members, each name once.
func allApplied(lists []string) string {
	var all []string
	for _, l := range lists {
		for name := range strings.SplitSeq(l, ",") {
			if name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return strings.Join(all, ",")
}
