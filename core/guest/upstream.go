package guest

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
)

// Header is a request header.
type Header struct{ Name, Value string }

// Granted is what the operator says about a service that a plugin calls.
type Granted struct {
	URL      string // "" = the manifest's
	APIKey   string
	Headers  []Header      // sent with each call, in the place of the plugin's own and of the credential
	Timeout  time.Duration // longest wait; 0 = the manifest's, else 10 s
	MaxBytes int           // largest reply; 0 = the manifest's, else 1 MiB
	// Operator is true when the operator wrote URL. Any other must lead to a public address.
	Operator bool
}

// Defaults of an upstream.
const (
	defaultTimeout  = 10 * time.Second
	defaultMaxBytes = 1 << 20
)

// Upstream is a service that a plugin calls by name. It is immutable.
type Upstream struct {
	client     *upstream.Client
	host       *upstream.Host
	timeout    time.Duration
	maxBytes   int
	header     []byte   // lines of every call
	own        []string // names of those lines, in lower case: the guest's are left out
	credential string   // header that carries the credential, in lower case; "" = none
	parameter  string   // query parameter that carries it; "" = none
	query      string   // that parameter, ready to be appended
	secrets    []string // what is taken out of replies
}

// NewUpstream prepares calls to a service that a manifest names. Errors repeat neither URLs nor values.
func NewUpstream(c *Clients, u hostabi.Upstream, g Granted) (*Upstream, error) {
	base := cmp.Or(g.URL, u.URL)
	if base == "" {
		return nil, fmt.Errorf("upstream %s has no url", u.Name)
	}
	up := &Upstream{client: c.of(g.Operator && g.URL != "")}
	var err error
	if up.host, err = up.client.Host(base); err != nil {
		return nil, fmt.Errorf("url of upstream %s: %w", u.Name, err)
	}
	up.timeout = cmp.Or(max(g.Timeout, 0), time.Duration(max(u.Timeout, 0))*time.Millisecond, defaultTimeout)
	up.maxBytes = cmp.Or(max(g.MaxBytes, 0), max(u.MaxBytes, 0), defaultMaxBytes)
	for _, h := range g.Headers {
		if err := up.add(h.Name, h.Value); err != nil {
			return nil, fmt.Errorf("header %s of upstream %s: %w", h.Name, u.Name, err)
		}
	}
	if err := up.authenticate(cmp.Or(u.Auth, "bearer"), g.APIKey); err != nil {
		return nil, fmt.Errorf("credential of upstream %s: %w", u.Name, err)
	}
	return up, nil
}

// add has a header sent with every call.
func (u *Upstream) add(name, value string) (err error) {
	u.header, err = upstream.AppendHeader(u.header, name, value)
	u.own = append(u.own, strings.ToLower(name))
	if isCredential(strings.ToLower(name)) {
		_, secret, found := strings.Cut(value, " ") // Bearer …
		if !found {
			secret = value
		}
		u.hide(secret)
	}
	return err
}

// authenticate says how the credential is sent: "bearer", "none", "header:NAME" or "query:NAME".
func (u *Upstream) authenticate(auth, key string) error {
	form, name, _ := strings.Cut(auth, ":")
	switch {
	case auth == "none":
		return nil
	case auth == "bearer":
		form, name = "header", "Authorization"
		if key != "" {
			key = "Bearer " + key
		}
	case name == "" || form != "header" && form != "query":
		return errors.New("unknown form of auth")
	}
	if form == "query" {
		u.parameter = name
		if key != "" {
			u.query = url.QueryEscape(name) + "=" + url.QueryEscape(key)
			u.hide(key)
			u.hide(url.QueryEscape(key))
		}
		return nil
	}
	u.credential = strings.ToLower(name)
	if key == "" || contains(u.own, u.credential) {
		return nil
	}
	if err := u.add(name, key); err != nil {
		return err
	}
	u.hide(strings.TrimPrefix(key, "Bearer "))
	return nil
}

// hide has a text taken out of replies. Short ones are placeholders.
func (u *Upstream) hide(secret string) {
	const shortest = 6
	if len(secret) >= shortest && !contains(u.secrets, secret) {
		u.secrets = append(u.secrets, secret)
	}
}
