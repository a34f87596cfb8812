package config

import (
	"regexp"
	"strings"
)

const environPrefix = "os.environ/"

// resolver replaces references to environment variables.
type resolver struct {
	*diagnosis
	getenv   func(string) (string, bool)
	declared map[string]string // environment_variables; the real environment wins
}

func (r *resolver) lookup(name string) (string, bool) {
	if value, ok := r.getenv(name); ok {
		return value, true
	}
	value, ok := r.declared[name]
	return value, ok
}

// declare reads the environment_variables section; its own references see only the real environment.
func (r *resolver) declare(n *node) {
	r.declared = map[string]string{}
	if n == nil || n.kind == null {
		return
	}
	if _, ok := pairs.read(r.diagnosis, n); !ok {
		return
	}
	r.resolve(n)
	for _, e := range n.entries {
		if e.value.kind == null {
			continue
		}
		e.value.secret = true
		if value, ok := words.read(r.diagnosis, e.value); ok {
			r.declared[e.key] = value
		}
	}
}

// resolve replaces every reference below n, list items included.
func (r *resolver) resolve(n *node) {
	for _, item := range n.items {
		r.resolve(item)
	}
	for _, e := range n.entries {
		r.resolve(e.value)
	}
	if n.kind != text || n.env != "" {
		return
	}
	if name, ok := strings.CutPrefix(n.text, environPrefix); ok {
		r.substitute(n, strings.TrimSpace(name))
	}
	r.refuseOIDC(n)
}

// needed are the keys that must not silently become null: a deployment calls nothing without them, and a server
// without its master key is open to everyone.
var needed = regexp.MustCompile(`^(?:model_list\[\d+\]\.(?:model_name|litellm_params|litellm_params\.model)|general_settings(?:\.master_key)?)$`)

func (r *resolver) substitute(n *node, name string) {
	if name == "" {
		r.errorf(n.place, "%s names no variable", environPrefix)
		n.kind, n.env = null, environPrefix
		return
	}
	if strings.HasPrefix(name, "oidc/") {
		n.text = name
		return
	}
	value, ok := r.lookup(name)
	n.env = name
	if ok {
		n.setVariable(value)
		return
	}
	n.kind, n.text = null, ""
	if needed.MatchString(n.path) {
		r.errorf(n.place, "environment variable %s is not set", name)
		return
	}
	r.warnf(n.place, "environment variable %s is not set: the value is null", name)
}

// setVariable gives n the value of a variable: true and false become booleans, all else stays text.
func (n *node) setVariable(value string) {
	n.text = value
	switch value {
	case "true", "True":
		n.kind, n.truth = boolean, true
	case "false", "False":
		n.kind = boolean
	}
}

var oidcReference = regexp.MustCompile(`^oidc/(google|circleci|circleci_v2|github|azure|file|env|env_path)(/|$)`)

func (r *resolver) refuseOIDC(n *node) {
	if m := oidcReference.FindStringSubmatch(n.text); m != nil && n.kind == text {
		r.errorf(n.place, "oidc/%s/ references are not supported yet", m[1])
	}
}
