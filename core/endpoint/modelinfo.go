package endpoint

import (
	"encoding/json"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
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
	p := principal(ctx)
	s := a.Pipeline.State()
	id := string(ctx.QueryArgs().Peek("litellm_model_id"))
	list := []json.RawMessage{}
	for _, g := range s.Table.Groups() {
		for _, d := range g.Deployments {
			if (id == "" || id == d.ID) && s.MayUse(p, g.Name) {
				list = append(list, describe(s, d))
			}
		}
	}
	if id != "" && len(list) == 0 {
		return detail(ctx, fasthttp.StatusBadRequest, map[string]string{"error": "Model id = " + clip(id) + " not found on litellm proxy"})
	}
	return writeJSON(ctx, map[string]any{"data": list})
}

func describe(s *pipeline.State, d *core.Deployment) json.RawMessage {
	shown, _ := s.Routes[d].Info.(Described)
	out, _ := json.Marshal(struct {
		ModelName string          `json:"model_name"`
		Params    json.RawMessage `json:"litellm_params"`
		Info      map[string]any  `json:"model_info"`
	}{d.Group, object(shown.Params), modelInfo(s, d)})
	return out
}

// modelInfo is what is known of a deployment's model: the catalogue's facts, over them what the configuration says.
func modelInfo(s *pipeline.State, d *core.Deployment) map[string]any {
	info := facts(s, d)
	info["id"], info["db_model"] = d.ID, false
	shown, _ := s.Routes[d].Info.(Described)
	for k, v := range shown.Info {
		info[k] = v
	}
	if info["max_tokens"] == nil { // an older name for the same
		info["max_tokens"] = info["max_output_tokens"]
	}
	return info
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

// facts are what the catalogue knows of a deployment's model, nil for what it does not. Prices of the deployment's own
// come before its.
func facts(s *pipeline.State, d *core.Deployment) map[string]any {
	vendor, key := vendorOf(s, d), d.Model
	if t := s.Routes[d].Target; t != nil {
		key = t.Model
	}
	f := map[string]any{"key": key, "litellm_provider": vendor, "mode": nil, "max_tokens": nil, "max_input_tokens": nil,
		"max_output_tokens": nil, "input_cost_per_token": nil, "output_cost_per_token": nil}
	if m, ok := priced(d, &core.Exchange{Attempt: core.Attempt{Provider: vendor, Model: key}}); ok {
		if m.Mode != "" {
			f["mode"] = m.Mode
		}
		if m.MaxInput > 0 {
			f["max_input_tokens"] = m.MaxInput
		}
		f["input_cost_per_token"], f["output_cost_per_token"] = m.InputPerToken, m.OutputPerToken
	}
	if d.InputCost != nil {
		f["input_cost_per_token"] = *d.InputCost
	}
	if d.OutputCost != nil {
		f["output_cost_per_token"] = *d.OutputCost
	}
	return f
}

// vendorOf is the name of the vendor that a deployment calls, "" when that depends on the model asked for.
func vendorOf(s *pipeline.State, d *core.Deployment) string {
	r := s.Routes[d]
	if r.Target != nil {
		return r.Target.Vendor.Name
	}
	v, _, e := s.Builder.Registry.Resolve(r.Spec.Model, r.Spec.CustomProvider, r.Spec.APIBase)
	if e != nil {
		return ""
	}
	return v.Name
}
