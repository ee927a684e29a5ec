package service

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// OriginAllowed reports whether s can be in [Config.Origins]: https:// and a host in lower case, with a port
// unless it is 443, and nothing behind it. On this machine itself, http is allowed too.
func OriginAllowed(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || s != u.Scheme+"://"+u.Host || s != strings.ToLower(s) ||
		strings.ContainsAny(u.Host, "*@, ") || strings.HasSuffix(u.Host, ":") {
		return false
	}
	return u.Scheme == "https" && u.Port() != "443" || u.Scheme == "http" && netaddr.IsLoopback(u.Hostname())
}

// preflightAge is how many seconds a browser may keep the answer to a preflight request.
const preflightAge = "600"

// shareFirstLevel lets the web pages of Config.Origins read the answers at the first level (CORS). It reports
// whether the request was a preflight, which it has then answered. It sends no header to another origin,
// whose pages then cannot send a request: its Content-Type needs the preflight.
func (v *Service) shareFirstLevel(w http.ResponseWriter, r *http.Request) (preflight bool) {
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !slices.Contains(v.cfg.Origins, origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers",
		"RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", "Content-Type")
	h.Set("Access-Control-Max-Age", preflightAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
