package endpoint

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/route"
)

// Described is what the configuration says of a deployment, fit to be shown: secrets are already out.
type Described struct {
	Params []Member // litellm_params in the order of the file
	Info   map[string]json.RawMessage
}

// Member is one key of a JSON object and its value.
type Member struct {
	Key   string
	Value json.RawMessage
}

// ModelInfo lists the deployments with what is known of their models.
func (a *API) ModelInfo(ctx *fasthttp.RequestCtx) *core.Error {
	if e := a.authorize(ctx); e != nil {
		return e
	}
	s := a.Pipeline.State()
	id := string(ctx.QueryArgs().Peek("litellm_model_id"))
	list := []json.RawMessage{}
	for _, g := range s.Table.Groups() {
		for _, d := range g.Deployments {
			if id == "" || id == d.ID {
				list = append(list, describe(s, d))
			}
		}
	}
	if id != "" && len(list) == 0 {
		ctx.SetStatusCode(fasthttp.StatusBadRequest)
		return writeJSON(ctx, map[string]any{"detail": map[string]string{"error": "Model id = " + clip(id) + " not found on litellm proxy"}})
	}
	return writeJSON(ctx, map[string]any{"data": list})
}

func describe(s *pipeline.State, d *core.Deployment) json.RawMessage {
	shown, _ := s.Routes[d].Info.(Described)
	info := map[string]any{"id": d.ID, "db_model": false}
	for k, v := range facts(s, d) {
		info[k] = v
	}
	for k, v := range shown.Info {
		info[k] = v
	}
	out, _ := json.Marshal(struct {
		ModelName string          `json:"model_name"`
		Params    json.RawMessage `json:"litellm_params"`
		Info      map[string]any  `json:"model_info"`
	}{d.Group, object(shown.Params), info})
	return out
}

func object(members []Member) json.RawMessage {
	out := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		key, _ := json.Marshal(m.Key)
		out = append(append(append(out, key...), ':'), m.Value...)
	}
	return append(out, '}')
}

// facts are what the catalogue knows of a deployment's model.
func facts(s *pipeline.State, d *core.Deployment) map[string]any {
	vendor, key := "", d.Model
	if t := s.Routes[d].Target; t != nil {
		vendor, key = t.Vendor.Name, t.Model
	}
	f := map[string]any{"key": key, "litellm_provider": vendor, "mode": nil, "max_tokens": nil, "max_input_tokens": nil,
		"max_output_tokens": nil, "input_cost_per_token": nil, "output_cost_per_token": nil}
	m, ok := priced(d, &core.Attempt{Provider: vendor, Model: key})
	if !ok {
		return f
	}
	if m.Mode != "" {
		f["mode"] = m.Mode
	}
	for name, n := range map[string]int{"max_tokens": m.MaxOutput, "max_input_tokens": m.MaxInput, "max_output_tokens": m.MaxOutput} {
		if n > 0 {
			f[name] = n
		}
	}
	f["input_cost_per_token"], f["output_cost_per_token"] = m.InputPerToken, m.OutputPerToken
	return f
}

// ModelGroupInfo sums up each model group.
func (a *API) ModelGroupInfo(ctx *fasthttp.RequestCtx) *core.Error {
	if e := a.authorize(ctx); e != nil {
		return e
	}
	s := a.Pipeline.State()
	only := string(ctx.QueryArgs().Peek("model_group"))
	list := []map[string]any{}
	for _, g := range s.Table.Groups() {
		names := []string{g.Name}
		if known := expand(g.Name); len(known) > 0 {
			names = known
		}
		for _, n := range names {
			if only == "" || only == n || only == g.Name {
				list = append(list, groupInfo(s, g, n))
			}
		}
	}
	return writeJSON(ctx, map[string]any{"data": list})
}

func groupInfo(s *pipeline.State, g *route.Group, name string) map[string]any {
	out := map[string]any{"model_group": name, "providers": providers(s, g), "mode": "chat", "tpm": nil, "rpm": nil,
		"max_input_tokens": nil, "max_output_tokens": nil, "input_cost_per_token": nil, "output_cost_per_token": nil,
		"configurable_clientside_auth_params": nil, "supported_openai_params": []string{},
		"supports_parallel_function_calling": false, "supports_vision": false, "supports_function_calling": false}
	for _, d := range g.Deployments {
		sum(out, "rpm", d.RPM)
		sum(out, "tpm", d.TPM)
		for k, v := range facts(s, d) {
			if _, shown := out[k]; shown && v != nil && (out[k] == nil || k == "mode") {
				out[k] = v
			}
		}
	}
	if vendor, model, ok := strings.Cut(name, "/"); ok && name != g.Name {
		if m, ok := catalog.Lookup(vendor, model); ok {
			out["max_input_tokens"], out["max_output_tokens"] = m.MaxInput, m.MaxOutput
			out["input_cost_per_token"], out["output_cost_per_token"] = m.InputPerToken, m.OutputPerToken
		}
	}
	return out
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
	seen := map[string]bool{}
	for _, d := range g.Deployments {
		t := s.Routes[d].Target
		if t != nil && !seen[t.Vendor.Name] {
			seen[t.Vendor.Name] = true
			names = append(names, t.Vendor.Name)
		}
	}
	return names
}
