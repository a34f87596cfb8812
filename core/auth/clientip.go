package auth

import (
	"bytes"
	"net/netip"
)

// ForwardedHeader is what proxies write a client's address into.
const ForwardedHeader = "X-Forwarded-For"

// ClientIP returns where a request comes from: the connection's other end or, where the configuration says that a proxy is
// in front, the last address in X-Forwarded-For. The proxy itself wrote that one; those before it are what the client
// claims. What is no address is returned as it is: nobody with it is allowed in.
func (r *Rules) ClientIP(forwarded [][]byte, peer netip.Addr) string {
	if !r.orNone().forwarded || len(forwarded) == 0 {
		return written(peer)
	}
	last := forwarded[len(forwarded)-1]
	last = bytes.TrimSpace(last[bytes.LastIndexByte(last, ',')+1:])
	if a, ok := address(string(last)); ok {
		return written(a)
	}
	return clip(string(last))
}

// Forwarded reports whether ClientIP looks at X-Forwarded-For.
func (r *Rules) Forwarded() bool { return r.orNone().forwarded }

func written(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.Unmap().WithZone("").String()
}

// address reads an address that may have a port, which some proxies write too.
func address(text string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(text); err == nil {
		return a, true
	}
	if p, err := netip.ParseAddrPort(text); err == nil {
		return p.Addr(), true
	}
	if len(text) > 2 && text[0] == '[' && text[len(text)-1] == ']' {
		a, err := netip.ParseAddr(text[1 : len(text)-1])
		return a, err == nil
	}
	return netip.Addr{}, false
}

// network reads an address or a CIDR range. The zero value contains nobody.
func network(text string) netip.Prefix {
	if p, err := netip.ParsePrefix(text); err == nil {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			return netip.PrefixFrom(a.Unmap(), p.Bits()-96).Masked()
		}
		return p.Masked()
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen())
}

// knows reports whether an address is one of those that are allowed.
func (r *Rules) knows(client string) bool {
	a, err := netip.ParseAddr(client)
	if err != nil {
		return false
	}
	for _, p := range r.addresses {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
