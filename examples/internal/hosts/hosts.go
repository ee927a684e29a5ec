// Package hosts refuses requests for names that a listener does not have.
//
// It stops DNS rebinding. A site can let its own name point to the loopback address or to an address of the
// local network. For a browser the answers then belong to that site, whose scripts can read them. But the
// browser also sends that name in the Host header.
//
// What is not checked: the port of the Host header, and whether the caller is a browser. A program can send
// any Host.
package hosts

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// Allow returns a handler that passes on requests for localhost, for a loopback address and for the names,
// which are host names in lower case or addresses, without a port. It answers others with the status 421
// (RFC 9110, 15.5.20).
func Allow(next http.Handler, names ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := hostname(r.Host)
		if !netaddr.IsLoopback(name) && !slices.Contains(names, name) {
			w.Header().Set("Cache-Control", "no-store")
			text := http.StatusText(http.StatusMisdirectedRequest)
			http.Error(w, text, http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname returns a Host header without its port, in lower case. It returns an address as netip.Addr writes
// it.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String()
	}
	return host
}
