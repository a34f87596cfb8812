package pack

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

const (
	maxKV      = 16 << 20
	maxTimeout = 10 * 60 * 1000 // milliseconds
	maxReply   = 64 << 20
)

var (
	roles = []string{"system", "user", "assistant", "tool"}

	// credentials are headers that no guest gets to see; what sounds like one is refused too.
	credentials = []string{
		"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "ocp-apim-subscription-key",
		"x-goog-api-key", "x-litellm-api-key", "x-litellm-key", "x-amz-security-token", "x-functions-key",
	}
	credentialWords = []string{"authorization", "api-key", "apikey", "token", "secret", "password", "cookie", "credential"}

	headerName = regexp.MustCompile(`^[a-z0-9!#$%&'*+.^_|~-]{1,128}$`)
	queryForm  = regexp.MustCompile(`^query:[A-Za-z0-9_.~-]+$`)
)

// checkNeeds refuses needs that the kind of plugin has no use for, or that nobody may have.
func checkNeeds(m *hostabi.Manifest) error {
	n := &m.Needs
	switch {
	case len(n.Text) > 0 && m.Kind != "guard":
		return fmt.Errorf("needs.text is for guards, not for a plugin of kind %s", m.Kind)
	case len(n.Text) == 0 && m.Kind == "guard":
		return errors.New("needs.text is missing: a guard says whose text it sees")
	case len(n.Upstreams) > 0 && m.Kind == "provider":
		return errors.New("needs.upstreams are not for providers")
	case n.KV < 0 || n.KV > maxKV:
		return fmt.Errorf("needs.kv %d must be from 0 to %d bytes", n.KV, maxKV)
	}
	for i, role := range n.Text {
		if !slices.Contains(roles, role) {
			return fmt.Errorf("needs.text: role %q must be one of %s", role, strings.Join(roles, ", "))
		}
		if slices.Contains(n.Text[:i], role) {
			return fmt.Errorf("needs.text: role %s is there twice", role)
		}
	}
	for i, name := range n.Headers {
		if err := checkHeader(name); err != nil {
			return fmt.Errorf("needs.headers: %w", err)
		}
		if slices.Contains(n.Headers[:i], name) {
			return fmt.Errorf("needs.headers: %s is there twice", name)
		}
	}
	return checkUpstreams(n.Upstreams)
}

func checkHeader(name string) error {
	if !headerName.MatchString(name) {
		return fmt.Errorf("%q must be the name of a header, in lower case", name)
	}
	if slices.Contains(credentials, name) || slices.ContainsFunc(credentialWords, func(w string) bool { return strings.Contains(name, w) }) {
		return fmt.Errorf("%s is a credential", name)
	}
	return nil
}

func checkUpstreams(list []hostabi.Upstream) error {
	for i := range list {
		u := &list[i]
		if !nameForm.MatchString(u.Name) {
			return fmt.Errorf("needs.upstreams: name %q must be of small letters, digits and underscores", u.Name)
		}
		if slices.ContainsFunc(list[:i], func(o hostabi.Upstream) bool { return o.Name == u.Name }) {
			return fmt.Errorf("needs.upstreams: %s is there twice", u.Name)
		}
		if err := checkUpstream(u); err != nil {
			return fmt.Errorf("needs.upstreams: %s: %w", u.Name, err)
		}
	}
	return nil
}

func checkUpstream(u *hostabi.Upstream) error {
	if u.URL != "" {
		if err := checkURL(u.URL); err != nil {
			return fmt.Errorf("url %w", err)
		}
	}
	if !isAuth(u.Auth) && !queryForm.MatchString(u.Auth) {
		return fmt.Errorf("auth %q must be bearer, none, header:NAME or query:NAME", u.Auth)
	}
	for param, names := range u.Env {
		if param != "url" && param != "api_key" {
			return fmt.Errorf("env: %q must be url or api_key", param)
		}
		if slices.Contains(names, "") {
			return fmt.Errorf("env: %s: a variable needs a name", param)
		}
	}
	if u.Timeout < 0 || u.Timeout > maxTimeout {
		return fmt.Errorf("timeout %d must be from 0 to %d milliseconds", u.Timeout, maxTimeout)
	}
	if u.MaxBytes < 0 || u.MaxBytes > maxReply {
		return fmt.Errorf("max_bytes %d must be from 0 to %d", u.MaxBytes, maxReply)
	}
	return nil
}

// checkURL refuses what is not the address of a web service. It does not repeat what it refuses: there may be a password in
// it.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("is not a URL")
	case u.User != nil:
		return errors.New("must not have a user or password in it")
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must begin with https:// or http://")
	case u.Hostname() == "":
		return errors.New("names no host")
	case u.Fragment != "" || u.RawQuery != "" || u.ForceQuery:
		return errors.New("must end with its path")
	}
	return nil
}
