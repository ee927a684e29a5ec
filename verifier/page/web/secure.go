package web

import (
	"net/http"
	"strings"
)

// Secure determines the language of each request, sets the security headers, and refuses forms sent by
// another site (http.CrossOriginProtection). It does not affect programs that are not browsers.
func (s *Site) Secure(next http.Handler) http.Handler {
	const policy = "default-src 'none'; " + scripts +
		"style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
		"connect-src 'self'; media-src 'self' blob:; worker-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'"
	foreign := http.NewCrossOriginProtection()
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Say(w, r, http.StatusForbidden, Message{Title: "frame.foreign_title", Text: "frame.foreign"})
	}))
	protected := foreign.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()")
		// With "no-referrer", browsers write "Origin: null" on this site's own forms. Over plain http there
		// is no Sec-Fetch-Site, so such a form would count as another site's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.config.HTTPS {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		protected.ServeHTTP(w, s.speak(w, r))
	})
}

// The directive for scripts, in the policy of every page and of one that compiles WebAssembly.
const (
	scripts     = "script-src 'self'; "
	scriptsWasm = "script-src 'self' 'wasm-unsafe-eval'; "
)

// AllowWebAssembly lets the scripts of one page compile WebAssembly. Call it before the page is rendered.
func AllowWebAssembly(w http.ResponseWriter) {
	const policy = "Content-Security-Policy"
	h := w.Header()
	h.Set(policy, strings.Replace(h.Get(policy), scripts, scriptsWasm, 1))
}
