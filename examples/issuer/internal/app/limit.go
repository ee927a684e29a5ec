package app

import (
	"hash/maphash"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	// defaultAddressLimit is how many requests an address may make in a minute, pages and what they load:
	// some ten pages a minute for each of six desks behind one address.
	defaultAddressLimit = 600
	// maxAddresses bounds the addresses that are counted, at 200 bytes each.
	maxAddresses = 100_000
	// othersShare is the limit of all further addresses together, in limits of one address.
	othersShare = 10
)

// addressLimit limits the requests of an address, and of an IPv6 /64. It counts for this process alone. While
// it counts as many addresses as it may, further ones share one limit.
type addressLimit struct {
	perMinute         int
	seed              maphash.Seed
	addresses, others otp.MemoryLimiter
}

func newAddressLimit(perMinute int) *addressLimit {
	return &addressLimit{perMinute: perMinute, seed: maphash.MakeSeed(),
		addresses: otp.MemoryLimiter{Max: maxAddresses}}
}

func bucket(key string, perMinute int) []otp.Bucket {
	return []otp.Bucket{{Key: key, Burst: perMinute, Interval: time.Minute / time.Duration(perMinute)}}
}

// maxAddressLimit is the greatest limit: a bucket counts whole milliseconds.
const maxAddressLimit = 60_000

// take counts a request and returns how long to wait; 0 means not at all.
func (l *addressLimit) take(r *http.Request) time.Duration {
	caller, _ := netip.ParseAddrPort(r.RemoteAddr)
	key := strconv.FormatUint(maphash.Bytes(l.seed, netaddr.Customer(caller.Addr())), 36)
	d, err := l.addresses.Take(r.Context(), bucket(key, l.perMinute))
	if err != nil {
		d, err = l.others.Take(r.Context(), bucket("others", min(othersShare*l.perMinute, maxAddressLimit)))
	}
	if err != nil || d.OK { // the only other error is that nobody waits for the answer
		return 0
	}
	return d.RetryAfter
}

// limitAddresses answers 429 if an address makes too many requests. It does not count what a load balancer
// asks, nor the requests of this process to itself.
func (a *App) limitAddresses(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RemoteAddr == "" || forBalancers(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if wait := a.addresses.take(r); wait > 0 {
			seconds := int((wait + time.Second - 1) / time.Second)
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
			a.site.Secure(http.HandlerFunc(a.tooMany)).ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limitCards is limitAddresses for the card's listener, whose handler has to see the proxy's own address.
func (a *App) limitCards(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pass := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { next.ServeHTTP(w, r) })
		trustProxies(a.proxies, a.limitAddresses(pass)).ServeHTTP(w, r)
	})
}

// tooMany tells a browser in a page, and a program in a problem, to wait.
func (a *App) tooMany(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		a.site.Say(w, r, http.StatusTooManyRequests, web.Message{Title: "app.many_title",
			Text: "app.many", Next: a.URL() + "/"}) // the card's listener has no pages
		return
	}
	problem := api.NewProblem(api.RateLimited)
	problem.RetryAfter, _ = strconv.Atoi(w.Header().Get("Retry-After"))
	writeProblem(w, problem)
}
