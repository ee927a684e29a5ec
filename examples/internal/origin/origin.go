// Package origin says who reaches an address.
package origin

import (
	"net"
	"net/url"
)

// IsLoopback reports whether only this machine reaches the address. A name other than localhost is not looked up.
func IsLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// IsSafe reports whether what goes to the address can be read by nobody on the way: https, or http on this machine.
func IsSafe(u *url.URL) bool {
	return u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && IsLoopback(u))
}
