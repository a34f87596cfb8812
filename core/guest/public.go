package guest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
)

// errPrivate is why a call to an address that only this network knows is not made.
var errPrivate = errors.New("the address is not a public one")

// dialPublic connects to public addresses only. It looks at the address that the socket is about to connect to: a name
// may lead to another one each time it is looked up.
func dialPublic(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		if at, err := netip.ParseAddrPort(address); err != nil || !isPublic(at.Addr()) {
			return errPrivate
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// isPublic reports whether an address means the same host everywhere: none of a private network, of this machine or its
// link, where clouds keep their metadata services, and none that wraps such an address.
func isPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	if a = a.Unmap(); a.Is4() {
		return a.IsGlobalUnicast() && !a.IsPrivate() && !within(a, special4)
	}
	if nat64.Contains(a) {
		b := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	return unicast6.Contains(a) && !within(a, special6)
}

func within(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Of the registries of special addresses (RFC 6890 and later) what the tests of net/netip leave in.
var (
	special4 = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4")
	// special6 lie within unicast6: among them Teredo and 6to4, which wrap IPv4 addresses.
	special6 = prefixes("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
	unicast6 = netip.MustParsePrefix("2000::/3")
	nat64    = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}
