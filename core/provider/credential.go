package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// headers writes the lines of every request. Of two with one name the operator's counts, and takes the credential's
// place when it has its name.
func (b *Builder) headers(t *Target) error {
	s, v := &t.spec, t.Vendor
	lines := []Header{{"Content-Type", "application/json"}, {"User-Agent", "sluice/" + core.Version}}
	for name, value := range v.Headers {
		lines = append(lines, Header{name, value})
	}
	if v.OrganizationHeader != "" && s.Organization != "" {
		lines = append(lines, Header{v.OrganizationHeader, s.Organization})
	}
	lines = append(lines, s.Headers...)
	auth := b.credential(t)
	var own []byte
	for i, l := range lines {
		if slices.ContainsFunc(lines[i+1:], func(later Header) bool { return strings.EqualFold(later.Name, l.Name) }) {
			continue
		}
		into := &t.bare
		if strings.EqualFold(l.Name, credentialHeader(auth)) {
			into = &own
		}
		var err error
		if *into, err = upstream.AppendHeader(*into, l.Name, l.Value); err != nil {
			return fmt.Errorf("header %s of %s: %w", l.Name, s.Model, err)
		}
	}
	if own != nil {
		t.header, t.missing = slices.Concat(t.bare, own), nil
		return nil
	}
	var err error
	if t.header, err = appendCredential(slices.Clone(t.bare), auth, t.key); err != nil {
		return fmt.Errorf("api_key of %s: %w", s.Model, err)
	}
	return nil
}

// credential finds the key, and returns how it is sent. A target that needs one and has none is missing it.
func (b *Builder) credential(t *Target) (auth string) {
	s, v := &t.spec, t.Vendor
	t.key = s.APIKey
	if !s.APIKeySet {
		t.key = b.setting(v, "api_key", s.APIKey)
	}
	if t.key == "" && v.TokenAuth != "" {
		if t.key = b.setting(v, "azure_ad_token", s.AzureADToken); t.key != "" {
			return v.TokenAuth
		}
	}
	if t.key == "" && !s.APIKeySet && !v.KeyOptional && v.Auth != "none" {
		t.missing = missingKey(v)
	}
	return v.Auth
}

// credentialHeader is the header that a key is sent in as the manifest says: "bearer" or "", "none", "header:NAME".
func credentialHeader(auth string) string {
	if name, ok := strings.CutPrefix(auth, "header:"); ok {
		return name
	}
	if auth == "none" {
		return ""
	}
	return "Authorization"
}

func appendCredential(dst []byte, auth, key string) ([]byte, error) {
	name := credentialHeader(auth)
	switch {
	case key == "" || name == "":
		return dst, nil
	case !strings.HasPrefix(auth, "header:"):
		key = "Bearer " + key
	}
	return upstream.AppendHeader(dst, name, key)
}

func missingKey(v *Vendor) *core.Error {
	hint := "api_key"
	if env := v.Env["api_key"]; len(env) > 0 {
		hint = "api_key or the environment variable " + env[0]
	}
	return &core.Error{Class: core.Authentication, Upstream: true, Message: message(core.Authentication, v,
		"no credential for this provider: set "+hint)}
}
