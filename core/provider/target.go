package provider

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Spec is what the configuration says about reaching a deployment.
type Spec struct {
	Model, CustomProvider             string
	APIKey, AzureADToken              string
	APIKeySet                         bool // api_key was given, though it may be empty: call without a credential
	APIBase, APIVersion, Organization string
	Headers                           []Header // extra_headers
	Defaults                          []byte   // JSON object of request parameters, or nil
	DropParams, NoSystem              bool
	AdditionalDrop, Allowed           []string
	Params                            map[string]string // further litellm_params, for plugins that name them
}

// Header is a header line.
type Header struct{ Name, Value string }

// Target is a deployment made ready: everything that can be worked out before a request comes. It is immutable.
type Target struct {
	Vendor  *Vendor
	Model   string // as the vendor knows it
	APIBase string

	spec    Spec
	plugin  *host.Plugin
	host    *upstream.Host
	header  []byte      // complete header lines, the credential among them
	bare    []byte      // the same without the credential
	key     string      // the credential
	missing *core.Error // why it can't be called: no credential
	keep    tape.Patch  // of requests when unsupported parameters are refused
	drop    tape.Patch  // … when they are dropped
	refuse  []tape.Atom // unsupported parameters
	attrs   map[tape.Atom]string
	paths   [core.Moderations + 1]string
}

// Builder makes targets.
type Builder struct {
	Registry *Registry
	Client   *upstream.Client
	Plugin   func(name string) (*host.Plugin, error)
	Getenv   func(name string) (string, bool)
}

// Build makes the target of a deployment. It fails when the provider is unknown, the base URL is missing or malformed,
// the plugin can't be loaded, or a header is not allowed.
func (b *Builder) Build(s Spec) (*Target, error) {
	v, model, e := b.Registry.Resolve(s.Model, s.CustomProvider, s.APIBase)
	if e != nil {
		return nil, e
	}
	plugin, err := b.Plugin(v.Plugin)
	if err != nil {
		return nil, err
	}
	t := &Target{Vendor: v, Model: model, spec: s, plugin: plugin}
	if err := b.address(t); err != nil {
		return nil, err
	}
	if err := b.headers(t); err != nil {
		return nil, err
	}
	for _, e := range core.Endpoints {
		t.paths[e] = v.Paths[e.String()]
	}
	t.attributes()
	return t, t.patches()
}

// setting finds a value: the deployment's own, the environment's, the manifest's.
func (b *Builder) setting(v *Vendor, name, own string) string {
	if own != "" {
		return own
	}
	for _, env := range v.Env[name] {
		if value, ok := b.Getenv(env); ok && value != "" {
			return value
		}
	}
	return v.Defaults[name]
}

func (b *Builder) address(t *Target) error {
	s, v := &t.spec, t.Vendor
	s.APIBase = b.setting(v, "api_base", s.APIBase)
	s.APIVersion = b.setting(v, "api_version", s.APIVersion)
	s.Organization = b.setting(v, "organization", s.Organization)
	if s.APIBase == "" {
		s.APIBase = v.BaseURL
	}
	t.APIBase = s.APIBase
	if v.Answers {
		return nil
	}
	if s.APIBase == "" {
		return fmt.Errorf("provider %s needs an api_base", v.Name)
	}
	var err error
	if t.host, err = b.Client.Host(s.APIBase); err != nil {
		return fmt.Errorf("api_base of %s: %w", s.Model, err)
	}
	return nil
}

// Unusable says why calls without a credential of the caller's own can't succeed, nil when they can.
func (t *Target) Unusable() *core.Error { return t.missing }

// Attribute names that every plugin may ask for.
var (
	attrModel          = tape.MustIntern("model")
	attrRequestedModel = tape.MustIntern("requested_model")
	attrCallID         = tape.MustIntern("call_id")
	attrVendor         = tape.MustIntern("vendor")
	attrAPIVersion     = tape.MustIntern("api_version")
	attrBasePath       = tape.MustIntern("api_base_path")
)

func (t *Target) attributes() {
	t.attrs = map[tape.Atom]string{attrModel: t.Model, attrVendor: t.Vendor.Name}
	if t.spec.APIVersion != "" {
		t.attrs[attrAPIVersion] = t.spec.APIVersion
	}
	if u, err := url.Parse(t.APIBase); err == nil && u.Path != "" {
		t.attrs[attrBasePath] = strings.TrimSuffix(u.Path, "/")
	}
	for _, name := range t.Vendor.Params {
		a, err := tape.Intern(name)
		if value, ok := t.spec.Params[name]; ok && err == nil {
			t.attrs[a] = value
		}
	}
}

func (t *Target) flags(x *core.Exchange, drop bool) uint32 {
	var f uint32
	for _, bit := range []struct {
		on   bool
		flag uint32
	}{
		{x.Stream, hostabi.FlagStream}, {drop, hostabi.FlagDropParams},
		{t.spec.NoSystem, hostabi.FlagNoSystem}, {x.IncludeUsage, hostabi.FlagIncludeUsage},
	} {
		if bit.on {
			f |= bit.flag
		}
	}
	return f
}
