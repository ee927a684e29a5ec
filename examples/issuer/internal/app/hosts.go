package app

import (
	"net"
	"net/http"

	"github.com/qr-invalidita/attesta/examples/internal/hosts"
	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// loopback reports whether an address to listen on is one of this machine only.
func (s *settled) loopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	return netaddr.IsLoopback(host)
}

// knownHosts refuses requests for names that are not the service's; see package hosts. It does so on the
// loopback interface and in a local network, and wherever there are development pages. Health is excepted,
// since a process manager asks by an address of its own.
func (a *App) knownHosts(next http.Handler) http.Handler {
	if !a.LAN && !a.loopback(a.Addr) && !a.demo() && !a.DevPhone {
		return next
	}
	names := []string{a.public.Hostname()}
	for _, address := range a.network {
		names = append(names, address.String())
	}
	known := hosts.Allow(next, names...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if forBalancers(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		known.ServeHTTP(w, r)
	})
}
