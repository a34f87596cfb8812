package auth

import (
	"github.com/sluice-gateway/sluice/core"
)

// everything are names that stand for all models in a principal's list.
var everything = [...]string{"*", "all-proxy-models"}

// MayUse reports whether a principal may use a model that has these names; "" is no name.
func MayUse(p *core.Principal, names ...string) bool {
	if p.Models == nil {
		return true
	}
	for _, m := range p.Models {
		for _, all := range everything {
			if m == all {
				return true
			}
		}
		for _, name := range names {
			if name != "" && core.Match(m, name) {
				return true
			}
		}
	}
	return false
}

// Denied is the error for a model that a principal may not use.
func Denied(p *core.Principal, model string) *core.Error {
	if len(model) > longestName {
		model = model[:longestName] + "…"
	}
	return &core.Error{Class: core.Authentication, Kind: "key_model_access_denied", Param: "model",
		Message: "key not allowed to access model. This key can only access models=" + pyList(p.Models) + ". Tried to access " + model}
}
