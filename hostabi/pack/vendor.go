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
	endpoints = []string{"chat", "completions", "embeddings", "moderations"}

	// secrets are litellm_params that no guest gets to see.
	secrets = []string{
		"api_key", "azure_ad_token", "azure_password", "client_secret", "aws_access_key_id", "aws_secret_access_key",
		"aws_session_token", "aws_web_identity_token", "vertex_credentials", "vertex_ai_credentials", "extra_headers",
	}

	headerForm = regexp.MustCompile(`^header:[A-Za-z0-9-]+$`)
)

func checkVendors(m *hostabi.Manifest) error {
	seen := map[string]bool{}
	for i := range m.Vendors {
		v := &m.Vendors[i]
		for _, name := range append([]string{v.Name}, v.Aliases...) {
			if name == "" || strings.Contains(name, "/") {
				return fmt.Errorf("vendor name %q can't be a prefix of models", name)
			}
			if seen[name] {
				return fmt.Errorf("vendor %q is there twice", name)
			}
			seen[name] = true
		}
		if err := checkVendor(v); err != nil {
			return fmt.Errorf("vendor %s: %w", v.Name, err)
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
