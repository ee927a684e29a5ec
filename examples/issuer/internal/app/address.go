package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// behind puts the caller's own address into each request's RemoteAddr, where a proxy that is trusted brought it: the last
// address in X-Forwarded-For that is not itself such a proxy. What others wrote into the header counts for nothing.
func behind(proxies []netip.Prefix, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !trusted(peer.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		caller := peer.Addr()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, hop := range slices.Backward(hops) {
			address, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil {
				break // a proxy that writes no address: it is the last that is known
			}
			if caller = address; !trusted(address) {
				break
			}
		}
		r = r.Clone(r.Context())
		r.RemoteAddr = netip.AddrPortFrom(caller, 0).String()
		next.ServeHTTP(w, r)
	})
}
