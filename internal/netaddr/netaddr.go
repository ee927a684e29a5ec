// Package netaddr says who reaches an address and who shares one.
//
// What is not checked: names are not looked up, so no name but localhost counts as
// this machine.
package netaddr

import (
	"net/netip"
	"net/url"
)

// IsLoopback reports whether a host, as [url.URL.Hostname] returns it, is localhost or a
// loopback address, so that only this machine reaches it.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// IsSafe reports whether what is sent to the URL is protected on its way: the URL is https, or
// http on this machine, with a host and no user.
func IsSafe(u *url.URL) bool {
	return u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" &&
		IsLoopback(u.Hostname()))
}

// Customer returns the addresses of one customer of a provider, as bytes to count by: an IPv4
// address, or the /64 of an IPv6 address (RFC 6177 section 2: a site has one /64 or more). It
// returns no bytes for the zero Addr.
func Customer(a netip.Addr) []byte { return prefix(a, 32, 64) }

// Network returns the network around an address, as bytes to count by, of a size that one customer
// of a provider may have: the /24 of an IPv4 address, the smallest network that the internet
// routes, or the /48 of an IPv6 address, which sites used to get by default (RFC 6177 section 1).
// It returns no bytes for the zero Addr.
func Network(a netip.Addr) []byte { return prefix(a, 24, 48) }

func prefix(a netip.Addr, bits4, bits6 int) []byte {
	a = a.Unmap().WithZone("")
	bits := bits4
	if a.Is6() {
		bits = bits6
	}
	p, _ := a.Prefix(bits)           // of the zero Addr, the zero Prefix
	b, _ := p.Addr().MarshalBinary() // never fails
	return b
}
