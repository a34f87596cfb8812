package upstream

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Host is one base URL, parsed once, with the connection pool of its scheme and address.
type Host struct {
	pool   *pool
	path   string
	suffix string // what follows the target in every request head
}

// Name is the host, with its port unless that is the scheme's own; safe to log.
func (h *Host) Name() string { return h.pool.name }

// BasePath is the base URL's path without a trailing slash, as sent.
func (h *Host) BasePath() string { return h.path }

// Host parses an http or https base URL. Hosts of equal scheme and address share their connections. Errors wrap
// ErrBaseURL and don't repeat the URL, which may hold a secret.
func (c *Client) Host(baseURL string) (*Host, error) {
	u, err := parseBase(baseURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBaseURL, err)
	}
	p := c.poolFor(addressOf(u))
	return &Host{
		pool:   p,
		path:   strings.TrimRight(u.EscapedPath(), "/"),
		suffix: " HTTP/1.1\r\nHost: " + p.name + "\r\nAccept-Encoding: identity\r\n",
	}, nil
}

func parseBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, errURLSyntax
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errURLScheme
	case u.User != nil:
		return nil, errURLUser
	case strings.Contains(s, "#"):
		return nil, errURLFragment
	case strings.Contains(s, "?"):
		return nil, errURLQuery
	case !validHostname(u.Hostname()):
		return nil, errURLHost
	case !validPort(u.Port()), strings.HasSuffix(u.Host, ":"):
		return nil, errURLPort
	}
	return u, nil
}

func validPort(s string) bool {
	if s == "" {
		return true
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// validHostname keeps out what has no place in a Host line; names in other scripts are expected in punycode.
func validHostname(s string) bool {
	literal, zone, _ := strings.Cut(s, "%")
	if strings.Contains(s, ":") {
		return net.ParseIP(literal) != nil && !strings.ContainsAny(zone, "%\r\n ")
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' && s[i] != '.' && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// address is what connections are shared by.
type address struct {
	tls  bool
	dial string // host:port
	host string // without port, brackets or zone: the TLS server name
	name string // the Host line
}

func addressOf(u *url.URL) address {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	own := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if port == "" {
		port = own
	}
	bare, _, _ := strings.Cut(host, "%")
	a := address{tls: u.Scheme == "https", dial: net.JoinHostPort(host, port), host: bare, name: bare}
	if strings.Contains(bare, ":") {
		a.name = "[" + bare + "]"
	}
	if port != own {
		a.name += ":" + port
	}
	return a
}

var (
	errURLSyntax   = errors.New("syntax")
	errURLScheme   = errors.New("the scheme is not http or https")
	errURLUser     = errors.New("user name or password in it")
	errURLFragment = errors.New("fragment in it")
	errURLQuery    = errors.New("query in it")
	errURLHost     = errors.New("host")
	errURLPort     = errors.New("port")
)
