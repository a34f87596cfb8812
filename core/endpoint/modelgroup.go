package endpoint

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/route"
)

// ModelGroupInfo sums up each model group.
func (a *API) ModelGroupInfo(ctx *fasthttp.RequestCtx) *core.Error {
	p := principal(ctx)
	s := a.Pipeline.State()
	only := string(ctx.QueryArgs().Peek("model_group"))
	list := []map[string]any{}
	for _, g := range s.Table.Groups() {
		names := []string{g.Name}
		if known := expand(g.Name); len(known) > 0 {
			names = known
		}
		for _, n := range names {
			if (only == "" || only == n || only == g.Name) && s.MayUse(p, n) {
				list = append(list, groupInfo(s, g, n))
			}
		}
	}
	return writeJSON(ctx, map[string]any{"data": list})
}

// groupInfo sums up a group under the name of one of the models it serves: limits add up, abilities are those of any
// deployment, all else is the first deployment's that has it.
func groupInfo(s *pipeline.State, g *route.Group, name string) map[string]any {
	out := map[string]any{"model_group": name, "providers": providers(s, g), "mode": nil, "tpm": nil, "rpm": nil,
		"max_input_tokens": nil, "max_output_tokens": nil, "input_cost_per_token": nil, "output_cost_per_token": nil,
		"configurable_clientside_auth_params": nil, "supported_openai_params": []string{},
		"supports_parallel_function_calling": false, "supports_vision": false, "supports_function_calling": false}
	for _, d := range g.Deployments {
		sum(out, "rpm", d.RPM)
		sum(out, "tpm", d.TPM)
		for k, v := range modelInfo(s, d) {
			known, shown := out[k]
			if shown && (known == nil || known == false && isTrue(v)) {
				out[k] = v
			}
		}
	}
	if vendor, model, ok := strings.Cut(name, "/"); ok && name != g.Name {
		if m, ok := catalog.Lookup(vendor, model); ok {
			out["max_input_tokens"], out["input_cost_per_token"], out["output_cost_per_token"] = m.MaxInput, m.InputPerToken, m.OutputPerToken
		}
	}
	if out["mode"] == nil {
		out["mode"] = "chat"
	}
	return out
}

func isTrue(v any) bool {
	raw, ok := v.(json.RawMessage)
	return ok && string(raw) == "true"
}

func sum(out map[string]any, key string, v *float64) {
	if v == nil {
		return
	}
	before, _ := out[key].(float64)
	out[key] = before + *v
}

func providers(s *pipeline.State, g *route.Group) []string {
	names := []string{}
	for _, d := range g.Deployments {
		if name := vendorOf(s, d); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
