package endpoint

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
)

// created is the fixed date that the LiteLLM proxy gives every model.
const created = 1677610602

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func entry(id string) modelEntry { return modelEntry{id, "model", created, "openai"} }

// Models lists the model names that can be asked for.
func (a *API) Models(ctx *fasthttp.RequestCtx) *core.Error {
	p := principal(ctx)
	s := a.Pipeline.State()
	list := []modelEntry{}
	for _, n := range modelNames(s, ctx.QueryArgs().GetBool("return_wildcard_routes")) {
		if s.MayUse(p, n) {
			list = append(list, entry(n))
		}
	}
	return writeJSON(ctx, map[string]any{"data": list, "object": "list"})
}

// Model describes one model name.
func (a *API) Model(ctx *fasthttp.RequestCtx) *core.Error {
	p := principal(ctx)
	id, _ := ctx.UserValue("id").(string)
	id = unescape(strings.TrimPrefix(id, "/"))
	if s := a.Pipeline.State(); !s.Known(id) || !s.MayUse(p, id) {
		return &core.Error{Class: core.NotFound, Kind: "invalid_request_error", Param: "model",
			Message: "The model '" + clip(id) + "' does not exist"}
	}
	return writeJSON(ctx, entry(id))
}

// modelNames lists groups and shown aliases. A wildcard stands for the models that its provider is known to have.
func modelNames(s *pipeline.State, wildcards bool) []string {
	seen := map[string]bool{}
	names := []string{}
	add := func(n string) {
		if !seen[n] {
			seen[n] = true
			names = append(names, n)
		}
	}
	for _, g := range s.Table.Groups() {
		if !strings.Contains(g.Name, "*") || wildcards {
			add(g.Name)
		}
		for _, n := range expand(g.Name) {
			add(n)
		}
	}
	for _, alias := range s.Table.Aliases() {
		add(alias.Name)
	}
	return names
}

// expand returns the known models that a group name like openai/* stands for.
func expand(pattern string) []string {
	vendor, rest, ok := strings.Cut(pattern, "/")
	if !ok || !strings.Contains(rest, "*") || strings.Contains(vendor, "*") {
		return nil
	}
	var names []string
	for _, id := range catalog.Names(vendor) {
		if core.Match(rest, id) {
			names = append(names, vendor+"/"+id)
		}
	}
	return names
}

// detail answers in the second shape of errors, {"detail": …}, as some management APIs of the LiteLLM proxy do.
func detail(ctx *fasthttp.RequestCtx, status int, what any) *core.Error {
	ctx.SetStatusCode(status)
	return writeJSON(ctx, map[string]any{"detail": what})
}

// writeJSON is for answers off the hot path.
func writeJSON(ctx *fasthttp.RequestCtx, v any) *core.Error {
	body, err := json.Marshal(v)
	if err != nil {
		return &core.Error{Class: core.InternalServer, Message: "Internal Server Error", Cause: err}
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(body)
	return nil
}
