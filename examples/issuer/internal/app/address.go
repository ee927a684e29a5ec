package app

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// trustProxies sets each request's RemoteAddr to the caller's own address if a trusted proxy reports it: the
// last address in X-Forwarded-For that is not a trusted proxy's. It ignores everything before that address,
// since the caller may have written it.
func trustProxies(proxies []netip.Prefix, next http.Handler) http.Handler {
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
			address, ok := hopAddress(strings.TrimSpace(hop))
			if !ok {
				break // the proxy reported no address, so the last known one counts
			}
			if caller = address; !trusted(address) {
				break
			}
		}
		r = r.WithContext(r.Context()) // a copy
		r.RemoteAddr = netip.AddrPortFrom(caller, 0).String()
		next.ServeHTTP(w, r)
	})
}

// hopAddress reads an entry of X-Forwarded-For: an address. Some proxies write its port behind it, others
// brackets around an IPv6 address.
func hopAddress(hop string) (netip.Addr, bool) {
	if withPort, err := netip.ParseAddrPort(hop); err == nil {
		return withPort.Addr(), true
	}
	if inside, found := strings.CutPrefix(hop, "["); found {
		hop = strings.TrimSuffix(inside, "]")
	}
	address, err := netip.ParseAddr(hop)
	return address, err == nil
}
