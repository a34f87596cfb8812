package guest

import (
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
	Headers  []Header      // sent with each call
	Timeout  time.Duration // longest wait, 0 = the manifest's
	MaxBytes int           // largest reply, 0 = the manifest's
	// Operator is true when the operator wrote the URL: it may lead to a private address.
	Operator bool
}

// Clients send the calls of plugins. They are safe for concurrent use.
type Clients struct {
	any    *upstream.Client // to addresses that the operator chose
	public *upstream.Client // to addresses that a plugin's author chose
}

// NewClients returns clients of which any calls addresses that the operator wrote; it stays the caller's to close.
func NewClients(any *upstream.Client) *Clients {
	return &Clients{any: any, public: upstream.New(upstream.Options{})}
}

// Close closes the unused connections of what NewClients made.
func (c *Clients) Close() { c.public.Close() }

// Upstream is a service that a plugin calls by name. It is safe for concurrent use.
type Upstream struct {
	host *upstream.Host
}

// NewUpstream prepares calls to a service that a manifest names. Errors don't repeat URLs, keys or header values.
func NewUpstream(c *Clients, u hostabi.Upstream, g Granted) (*Upstream, error) {
	h, err := c.any.Host(u.URL)
	return &Upstream{host: h}, err
}
