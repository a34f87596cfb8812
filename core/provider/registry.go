package provider

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
)

// Vendor is a provider name and the plugin that speaks its format.
type Vendor struct {
	*hostabi.Vendor
	Plugin string
	Index  int // in the plugin's manifest

	hooks [hostabi.EventCancel + 1]bool // by event: what the plugin wants to hear of
}

var hookEvents = map[string]hostabi.Event{
	"request": hostabi.EventRequest, "response": hostabi.EventResponse, "chunk": hostabi.EventChunk,
	"end": hostabi.EventEnd, "error": hostabi.EventError, "cancel": hostabi.EventCancel,
}

// Registry knows every vendor of the plugins at hand. It is immutable.
type Registry struct {
	byName map[string]*Vendor
	order  []*Vendor
}

// NewRegistry collects the vendors of the manifests, whose order decides where a model name fits two vendors alike. A
// name that two claim is an error.
func NewRegistry(manifests []*hostabi.Manifest) (*Registry, error) {
	r := &Registry{byName: map[string]*Vendor{}}
	for _, m := range manifests {
		for i := range m.Vendors {
			v := &Vendor{Vendor: &m.Vendors[i], Plugin: m.Name, Index: i}
			for _, hook := range m.Hooks {
				v.hooks[hookEvents[hook]] = true
			}
			r.order = append(r.order, v)
			for _, name := range append([]string{v.Name}, v.Aliases...) {
				if other := r.byName[name]; other != nil {
					return nil, fmt.Errorf("plugins %s and %s both serve the provider %q", other.Plugin, m.Name, name)
				}
				r.byName[name] = v
			}
		}
	}
	return r, nil
}

// Resolve finds the vendor of a model string and the name that the vendor knows the model by: by custom_llm_provider,
// else by the model's prefix, else by the host of api_base, else by the model's name.
func (r *Registry) Resolve(model, custom, apiBase string) (*Vendor, string, *core.Error) {
	if custom != "" {
		if v := r.byName[custom]; v != nil {
			return v, strings.TrimPrefix(model, custom+"/"), nil
		}
		return nil, "", unknownProvider(model)
	}
	if prefix, rest, ok := strings.Cut(model, "/"); ok {
		if v := r.byName[prefix]; v != nil {
			return v, rest, nil
		}
	}
	if v := r.byHost(apiBase); v != nil {
		return v, model, nil
	}
	if v := r.byModel(model); v != nil {
		return v, model, nil
	}
	return nil, "", unknownProvider(model)
}

func unknownProvider(model string) *core.Error {
	return &core.Error{Class: core.BadRequest, Kind: "None", Message: "litellm.BadRequestError: LLM Provider NOT provided. " +
		"Pass in the LLM provider you are trying to call. You passed model=" + model +
		"\n Pass model as E.g. For 'Huggingface' inference endpoints pass in `completion(model='huggingface/starcoder',..)`"}
}

func (r *Registry) byHost(apiBase string) *Vendor {
	u, err := url.Parse(apiBase)
	if err != nil || u.Host == "" {
		return nil
	}
	host := strings.ToLower(u.Hostname())
	for _, v := range r.order {
		for _, h := range v.Hosts {
			if h == host || strings.HasSuffix(host, "."+h) {
				return v
			}
		}
	}
	return nil
}

// byModel prefers the longest pattern: gpt-3.5-turbo-instruct is another vendor's than gpt-*.
func (r *Registry) byModel(model string) *Vendor {
	var found *Vendor
	longest := -1
	for _, v := range r.order {
		for _, p := range v.Models {
			if len(p) > longest && core.Match(p, model) {
				found, longest = v, len(p)
			}
		}
	}
	return found
}
