package app

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// securityFor is how long a copy of security.txt may be used: less than a year, as RFC 9116 section 2.5.5
// recommends.
const securityFor = 90 * 24 * time.Hour

func (s *settled) securityContact() error {
	if s.Security == "" {
		return nil
	}
	u, err := url.Parse(s.Security)
	if err != nil || !slices.Contains([]string{"https", "mailto", "tel"}, u.Scheme) ||
		u.Opaque+u.Host == "" || strings.ContainsAny(s.Security, "\r\n \t") {
		return wrong("security-contact", "is not a URL that begins with https:, mailto: or tel:")
	}
	return nil
}

// securityText serves security.txt (RFC 9116): where to report a fault of this service.
func (a *App) securityText(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "Contact: %s\nExpires: %s\nPreferred-Languages: %s\nCanonical: %s\n", a.Security,
		time.Now().Add(securityFor).UTC().Format(time.RFC3339), strings.Join(web.Languages(), ", "),
		a.public.JoinPath("/.well-known/security.txt"))
}

// hardenAnswers sets the headers that every answer of the listeners for the public and for cards has. Pages
// and the contract's handler replace them by their own.
func (a *App) hardenAnswers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		if a.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}
