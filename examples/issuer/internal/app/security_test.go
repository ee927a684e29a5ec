package app

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSecurityContact(t *testing.T) {
	for contact, good := range map[string]bool{
		"": true, "https://ente.example/sicurezza": true, "mailto:security@ente.example": true,
		"tel:+39800000000":      true,
		"security@ente.example": false, "http://ente.example": false, "mailto:": false, "https://": false,
		"mailto:a@b.example\nContact: x": false, "javascript:alert(1)": false,
	} {
		s := &settled{Config: Config{Security: contact}}
		assert.Equal(t, good, s.securityContact() == nil, "%q", contact)
	}
}

func TestSecurityText(t *testing.T) {
	public, err := url.Parse("https://qr.ente.example")
	require.NoError(t, err)
	a := &App{settled: &settled{Config: Config{Security: "mailto:security@ente.example"}, public: public}}
	w := httptest.NewRecorder()
	a.securityText(w, nil)
	assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	text := regexp.MustCompile(`^Contact: mailto:security@ente\.example\nExpires: (\S+Z)\n` +
		`Preferred-Languages: it, en, de, fr, sl\n` +
		`Canonical: https://qr\.ente\.example/\.well-known/security\.txt\n$`)
	require.Regexp(t, text, w.Body.String())
	expires, err := time.Parse(time.RFC3339, text.FindStringSubmatch(w.Body.String())[1])
	require.NoError(t, err)
	assert.True(t, expires.After(time.Now()) && expires.Before(time.Now().AddDate(1, 0, 0)), expires)
}

// Every answer has the headers, for programs and cards too, and no method gives a request back. Every page
// has the links of the footer.
func TestEveryAnswerIsHardened(t *testing.T) {
	a := newApp(t, func(c *Config) {
		c.Addr, c.PublicURL = "0.0.0.0:0", "https://issuer.example.it"
		c.Footer = outside().Footer
		c.Login.IdentityProvider, c.Login.ClientID = "https://idp.example.it", "issuer"
		c.Security = "mailto:security@ente.example"
	})
	cards := newApp(t, func(c *Config) {
		c.Addr, c.PublicURL, c.Dev = "0.0.0.0:0", "https://issuer.example.it", true
		c.Login.CardAddr = "0.0.0.0:0"
	})
	answers := map[string]http.Handler{cardPath: cards.servers[1].Handler,
		"/starting": a.gate.starting}
	for _, path := range []string{"/", "/q", "/login", "/area", "/assets/x", "/nothing", "/status",
		"/healthz", "/readyz", "/v1/status", "/v1/benefits", "/v1/openapi.yaml", "/v1/first-level-checks",
		"/v1/nothing", "/.well-known/jwks.json", "/.well-known/security.txt", "/audit/key",
		"/audit/checkpoint", "/receipts/twilio"} {
		answers[path] = a.handler
	}
	for path, handler := range answers {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodTrace} {
			r := httptest.NewRequest(method, "https://localhost"+path, nil)
			r.Header.Set("X-Proxy-Secret", "7 Kilometer")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			h := w.Header()
			assert.Equal(t, "max-age=31536000; includeSubDomains", h.Get("Strict-Transport-Security"),
				path)
			assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
			assert.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'; ", path)
			assert.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
			assert.NotEmpty(t, h.Get("Referrer-Policy"), path)
			assert.NotContains(t, w.Body.String(), "7 Kilometer", "%s %s", method, path)
			if w.Body.Len() > 0 {
				assert.NotEmpty(t, h.Get("Content-Type"), "%s %s", method, path)
			}
			if path != cardPath && strings.HasPrefix(h.Get("Content-Type"), "text/html") && w.Code != 303 {
				assert.Contains(t, w.Body.String(), ">Informativa sulla privacy</a>", "%s %s", method, path)
			}
		}
	}
}
