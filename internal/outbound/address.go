package outbound

import (
	"net/netip"
	"syscall"

	"github.com/qr-invalidita/attesta/internal/cause"
)

// ErrPrivateAddress means that a server's name resolves to an address that is not public, and that
// nothing was sent there: see Policy.AllowPrivate.
var ErrPrivateAddress = cause.New("address is not a public one")

// guard returns a check of the address that is about to be dialled. The check comes after name
// resolution, whose result may change from one time to the next. If the URL names the machine
// itself, only loopback addresses pass.
func guard(loopback bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrPrivateAddress
		}
		permitted := isPublic(at.Addr())
		if loopback {
			permitted = at.Addr().IsLoopback()
		}
		if !permitted {
			return ErrPrivateAddress
		}
		return nil
	}
}

// isPublic reports whether the address is a public Internet address: not one that the IANA
// registries of special-purpose addresses (RFC 6890) list as not globally reachable, nor one that
// stands for such an IPv4 address. Multicast is not public.
func isPublic(a netip.Addr) bool {
	a = a.Unmap()
	if prefix("64:ff9b::/96").Contains(a) { // NAT64 (RFC 6052)
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if a.Is6() && !prefix("2000::/3").Contains(a) { // all of IPv6 that IANA assigns for global unicast
		return false
	}
	for _, special := range []string{
		"0.0.0.0/8",       // this network
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // shared by a carrier's customers
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link-local, with the metadata servers of the clouds
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.88.99.0/24",  // 6to4 relays
		"192.168.0.0/16",  // private
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/3",     // multicast, reserved, broadcast
		"2001::/23",       // protocol assignments, with Teredo
		"2001:db8::/32",   // documentation
		"2002::/16",       // 6to4, which stands for an IPv4 address
		"3fff::/20",       // documentation
	} {
		if prefix(special).Contains(a) {
			return false
		}
	}
	return a.IsValid()
}

func prefix(text string) netip.Prefix { return netip.MustParsePrefix(text) }
