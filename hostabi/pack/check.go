package pack

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

var (
	kinds     = []string{"provider"}
	hooks     = []string{"request", "response", "chunk", "end", "error", "cancel"}
	endpoints = []string{"chat", "completions", "embeddings", "moderations"}

	// secrets are litellm_params that no guest gets to see.
	secrets = []string{
		"api_key", "azure_ad_token", "azure_password", "client_secret", "aws_access_key_id", "aws_secret_access_key",
		"aws_session_token", "aws_web_identity_token", "vertex_credentials", "vertex_ai_credentials", "extra_headers",
	}

	nameForm    = regexp.MustCompile(`^[a-z0-9_]{1,48}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$`)
	headerForm  = regexp.MustCompile(`^header:[A-Za-z0-9-]+$`)
)

// check refuses a manifest that says what nobody would act on, or act on rightly.
func check(m *hostabi.Manifest) error {
	switch {
	case m.Name == "" || m.Version == "":
		return errors.New("manifest: name and version are required")
	case !nameForm.MatchString(m.Name):
		return fmt.Errorf("manifest: name %q must be of small letters, digits and underscores", m.Name)
	case !versionForm.MatchString(m.Version):
		return fmt.Errorf("manifest of %s: version %q is not like 1.2.3", m.Name, m.Version)
	case !slices.Contains(kinds, m.Kind):
		return fmt.Errorf("manifest of %s: kind %q is not known", m.Name, m.Kind)
	case len(m.Vendors) == 0:
		return fmt.Errorf("manifest of %s: a provider needs vendors", m.Name)
	}
	for i, h := range m.Hooks {
		if !slices.Contains(hooks, h) {
			return fmt.Errorf("manifest of %s: hook %q is not known", m.Name, h)
		}
		if slices.Contains(m.Hooks[:i], h) {
			return fmt.Errorf("manifest of %s: hook %q is there twice", m.Name, h)
		}
	}
	return checkVendors(m)
}

func checkVendors(m *hostabi.Manifest) error {
	seen := map[string]bool{}
	for i := range m.Vendors {
		v := &m.Vendors[i]
		for _, name := range append([]string{v.Name}, v.Aliases...) {
			if name == "" || strings.Contains(name, "/") {
				return fmt.Errorf("manifest of %s: vendor name %q can't be a prefix of models", m.Name, name)
			}
			if seen[name] {
				return fmt.Errorf("manifest of %s: vendor %q is there twice", m.Name, name)
			}
			seen[name] = true
		}
		if err := checkVendor(v); err != nil {
			return fmt.Errorf("manifest of %s: vendor %s: %w", m.Name, v.Name, err)
		}
	}
	return nil
}

func checkVendor(v *hostabi.Vendor) error {
	if !isAuth(v.Auth) {
		return fmt.Errorf("auth %q must be bearer, none or header:NAME", v.Auth)
	}
	if !isAuth(v.TokenAuth) {
		return fmt.Errorf("token_auth %q must be bearer, none or header:NAME", v.TokenAuth)
	}
	if len(v.Paths) == 0 {
		return errors.New("paths are required")
	}
	for endpoint, path := range v.Paths {
		if !slices.Contains(endpoints, endpoint) {
			return fmt.Errorf("paths: endpoint %q is not known", endpoint)
		}
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("paths: %s: %q must begin with a slash", endpoint, path)
		}
	}
	for _, p := range v.Params {
		if slices.Contains(secrets, p) {
			return fmt.Errorf("params: %s is a credential", p)
		}
	}
	return nil
}

func isAuth(a string) bool {
	return a == "" || a == "bearer" || a == "none" || headerForm.MatchString(a)
}
