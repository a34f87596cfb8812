package pipeline

import (
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Enforced is what requests to models must bring along. Parameters are members of the body; dots lead into objects.
type Enforced struct {
	Params          []string
	ServiceAccounts []string // likewise, of requests with keys of service accounts
	User            bool     // whom the request is made for
	UserHeader      string   // where that may stand, besides the body; "" = nowhere
}

// NameUser takes whom the request is made for from the header that the configuration names; it wins over the body.
func (f *Flight) NameUser(h auth.Header) {
	if name := f.State.Enforced.UserHeader; name != "" {
		if user := h.Peek(name); len(user) > 0 {
			f.EndUser, f.userNamed = string(user), true
		}
	}
}

// Enforce refuses a request that lacks what the configuration or its key demands.
func (f *Flight) Enforce() *core.Error {
	rules := &f.State.Enforced
	if rules.User && !f.userNamed && !f.brings("user") {
		return unauthorized("'user' param not passed in. 'enforce_user_param'=True")
	}
	if e := f.demand(rules.Params); e != nil {
		return e
	}
	a := f.Principal.Account
	if a == nil {
		return nil
	}
	if _, ok := a.Key.Metadata["service_account_id"]; ok {
		if e := f.demand(rules.ServiceAccounts); e != nil {
			return e
		}
	}
	own, _ := a.Key.Metadata["enforced_params"].([]any)
	for _, p := range own {
		if param, ok := p.(string); ok && !f.brings(param) {
			return missing(param)
		}
	}
	return nil
}

func (f *Flight) demand(params []string) *core.Error {
	for _, p := range params {
		if !f.brings(p) {
			return missing(p)
		}
	}
	return nil
}

// brings reports whether the request has a parameter. What is null or an empty text is not there: it says nothing.
func (f *Flight) brings(param string) bool {
	switch {
	case param == "model" && f.URLModel != "", param == "user" && f.userNamed:
		return true
	}
	at := 0
	for name := range strings.SplitSeq(param, ".") {
		if at = f.Doc.Named(at, name); at < 0 {
			return false
		}
	}
	n := &f.Doc.Nodes[at]
	return n.Kind != tape.Null && (n.Kind != tape.String || n.Len > 0)
}

func missing(param string) *core.Error {
	if strings.Contains(param, ".") {
		param = "[" + strings.ReplaceAll(param, ".", "][") + "]"
	}
	return unauthorized("BadRequest please pass param=" + param + " in request body. This is a required param")
}

func unauthorized(text string) *core.Error {
	return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, " + text}
}
