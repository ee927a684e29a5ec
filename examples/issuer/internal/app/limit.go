package app

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// defaultAddressLimit is how many requests an address may make in a minute, pages and what they load: some
// ten pages a minute for each of six desks behind one address.
const defaultAddressLimit = 600

// limitAddresses answers 429 if an address makes too many requests. It does not count what a load balancer
// asks, nor the requests of this process to itself.
func (a *App) limitAddresses(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RemoteAddr == "" || forBalancers(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if wait := a.addresses.Take(r); wait > 0 {
			w.Header().Set("Retry-After", callers.Seconds(wait))
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
