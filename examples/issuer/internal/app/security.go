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
