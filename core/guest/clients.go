package guest

import "github.com/sluice-gateway/sluice/core/upstream"

// Clients send the calls of plugins. They are safe for concurrent use.
type Clients struct {
	any    *upstream.Client // to addresses that an operator chose
	public *upstream.Client // to addresses that a plugin's author chose
}

// NewClients returns clients, of which any calls the addresses that an operator wrote; it stays the caller's to close.
func NewClients(any *upstream.Client) *Clients {
	return &Clients{any: any, public: upstream.New(upstream.Options{Dial: dialPublic})}
}

// Close closes the unused connections of what NewClients made.
func (c *Clients) Close() { c.public.Close() }

func (c *Clients) of(operator bool) *upstream.Client {
	if operator {
		return c.any
	}
	return c.public
}
