package app

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// No listener on this machine or for development answers to a name that a stranger's site lets point to it.
// The page of the telephones would show that site each code.
func TestStrangeHosts(t *testing.T) {
	ask := func(s *http.Server, host, path string) int {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Host = host
		w := httptest.NewRecorder()
		s.Handler.ServeHTTP(w, request)
		return w.Code
	}
	for name, change := range map[string]func(*Config){
		"the demonstration": func(*Config) {},
		"the demonstration elsewhere": func(c *Config) {
			c.Addr, c.PublicURL, c.Dev = "0.0.0.0:0", "https://issuer.example.it", true
		},
		"the demonstration for phones": func(c *Config) {
			c.LAN, c.Addr, c.Dev = true, "0.0.0.0:0", true
		},
		"behind a proxy": func(c *Config) {
			c.PublicURL, c.Login.IdentityProvider, c.Login.ClientID = "https://issuer.example.it",
				"https://idp.example.it", "issuer"
			c.Footer = outside().Footer
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t, func(c *Config) {
				c.OpsAddr, c.Login.CardAddr = "127.0.0.1:0", "127.0.0.1:0"
				if change(c); c.Login.IdentityProvider != "" {
					c.Login.CardAddr = ""
				}
			})
			paths := map[string][]string{"ops": {"/metrics", "/healthz", "/debug/pprof/"},
				"cns": {cardPath}, "main": {"/", "/dev/phone", "/dev/mail", "/dev/phone/live", "/status"}}
			kinds := []string{"main", "ops", "cns"}
			if a.Login.CardAddr == "" {
				kinds = kinds[:2]
			}
			require.Len(t, a.servers, len(kinds))
			for i, kind := range kinds {
				for _, path := range paths[kind] {
					for _, host := range []string{"attacker.example", "127.0.0.1.attacker.example:8080", ""} {
						assert.Equal(t, http.StatusMisdirectedRequest, ask(a.servers[i], host, path), path)
					}
				}
			}
			main := a.servers[0]
			names := []string{"localhost:8080", "127.0.0.1:8080", a.public.Host}
			for _, address := range a.network {
				names = append(names, netip.AddrPortFrom(address, 8443).String())
			}
			for _, host := range names {
				assert.Equal(t, http.StatusOK, ask(main, host, "/status"), host)
			}
			for _, path := range []string{"/healthz", "/readyz", "/readyz/deep"} {
				assert.Equal(t, http.StatusOK, ask(main, "10.1.2.3:8080", path), "a probe by address")
			}
			assert.Equal(t, http.StatusOK, ask(a.servers[1], "localhost:9464", "/metrics"))
			assert.Equal(t, http.StatusNotFound, ask(a.servers[1], "localhost", "/debug/pprof/cmdline"),
				"the command line may hold a password")
		})
	}
}

// A service for everybody answers to every name, since its names may be many.
func TestPublicHosts(t *testing.T) {
	a := newApp(t, func(c *Config) {
		c.Addr, c.PublicURL, c.OpsAddr = "0.0.0.0:0", "https://issuer.example.it", "0.0.0.0:0"
		c.Footer = outside().Footer
		c.Login.IdentityProvider, c.Login.ClientID = "https://idp.example.it", "issuer"
	})
	for i, path := range []string{"/status", "/metrics"} {
		w := httptest.NewRecorder()
		a.servers[i].Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		assert.Equal(t, http.StatusOK, w.Code)
	}
}
