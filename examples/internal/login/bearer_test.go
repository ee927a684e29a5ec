package login_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func accessClaims(h *hostile) map[string]any {
	now := time.Now()
	return map[string]any{"iss": h.issuer, "aud": []string{"other", apiAudience}, "sub": "subject",
		"client_id": "desk", "jti": "1", "iat": now.Unix(),
		"exp": now.Add(time.Minute).Unix(), "acr": "https://www.spid.gov.it/SpidL2",
		"scope": "openid second-level"}
}

func newBearer(h *hostile) *login.Bearer {
	return &login.Bearer{Provider: &login.Provider{Issuer: h.issuer}, Audience: apiAudience,
		Scope: "second-level", Organisation: "ente"}
}

func call(token string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "https://qr.example.it/v1/second-level-challenges", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

func TestBearer(t *testing.T) {
	h := newHostile(t)
	b := newBearer(h)
	operator, err := b.Operator(call(h.jws("at+jwt", accessClaims(h))))
	require.NoError(t, err)
	assert.Equal(t, service.Operator{IdentityProvider: h.issuer, ID: "subject"}, operator,
		"without a codice fiscale it is the subject")

	c := accessClaims(h)
	c["fiscal_number"], c["ente"], c["aud"] = "TINIT-"+person, "Regione Lazio", apiAudience
	delete(c, "client_id")
	c["azp"] = "desk"
	r := call(h.jws("application/at+jwt", c))
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Bearer", "bearer", 1))
	operator, err = b.Operator(r)
	require.NoError(t, err)
	assert.Equal(t, service.Operator{IdentityProvider: login.ByPerson, ID: person,
		Organisation: "Regione Lazio"}, operator)
}

func TestBearerNeedsScopeOrRole(t *testing.T) {
	h := newHostile(t)
	type roles map[string]any
	held := []string{"reader", "operator"}
	for name, test := range map[string]struct {
		scope, role string
		claims      roles
		accepted    bool
	}{
		"none configured":      {"", "", nil, false},
		"scope":                {"second-level", "", nil, true},
		"role":                 {"", "operator", roles{"roles": held}, true},
		"Keycloak's role":      {"", "operator", roles{"realm_access": roles{"roles": held}}, true},
		"another role":         {"", "operators", roles{"roles": held}, false},
		"no role":              {"", "operator", nil, false},
		"role that is no list": {"", "operator", roles{"roles": "operator"}, false},
		"scope, but not role":  {"second-level", "operator", nil, false},
		"role, but not scope":  {"other", "operator", roles{"roles": held}, false},
		"both":                 {"second-level", "operator", roles{"roles": held}, true},
	} {
		b := newBearer(h)
		b.Scope, b.Role = test.scope, test.role
		c := accessClaims(h)
		maps.Copy(c, test.claims)
		_, err := b.Operator(call(h.jws("at+jwt", c)))
		if test.accepted {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorIs(t, err, service.ErrUnauthenticated, name)
		}
	}
}

func TestBearerRefuses(t *testing.T) {
	h := newHostile(t)
	b := newBearer(h)
	changed := func(name string, value any) string {
		c := accessClaims(h)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return h.jws("at+jwt", c)
	}
	good := changed("x", 1)
	tests := map[string]string{
		"nothing":                   "",
		"no token":                  "abc",
		"too long":                  strings.Repeat("a", 9000),
		"another typ":               h.jws("JWT", accessClaims(h)),
		"typ of a receipt":          h.jws("attesta-receipt+jwt", accessClaims(h)),
		"alg none":                  unsigned(accessClaims(h)),
		"alg of a shared secret":    symmetric(accessClaims(h)),
		"changed signature":         good[:len(good)-4] + "AAAA",
		"expired":                   changed("exp", time.Now().Unix()-1),
		"no expiry":                 changed("exp", nil),
		"from the future":           changed("iat", time.Now().Unix()+300),
		"not valid yet":             changed("nbf", time.Now().Unix()+300),
		"no time of issue":          changed("iat", nil),
		"another audience":          changed("aud", "other"),
		"part of the audience":      changed("aud", apiAudience+"/x"),
		"no audience":               changed("aud", nil),
		"another issuer":            changed("iss", "https://idp.example.it"),
		"no issuer":                 changed("iss", nil),
		"no subject":                changed("sub", nil),
		"no client":                 changed("client_id", nil),
		"no id":                     changed("jti", nil),
		"another scope":             changed("scope", "second-level-x openid"),
		"no scope":                  changed("scope", nil),
		"level 1":                   changed("acr", "https://www.spid.gov.it/SpidL1"),
		"unknown level":             changed("acr", "high"),
		"no level":                  changed("acr", nil),
		"malformed codice fiscale":  changed("fiscal_number", "TINIT-X"),
		"two codici fiscali":        changed("fiscal_number", []string{"TINIT-" + person, "TINIT-" + person}),
		"two organisations":         changed("ente", []string{"Regione Lazio", "Comune di Roma"}),
		"bound to a certificate":    changed("cnf", map[string]string{"x5t#S256": "AAAA"}),
		"bound to something else":   changed("cnf", map[string]string{"jkt": "AAAA"}),
		"claims of the wrong types": changed("scope", []int{1}),
	}
	for name, token := range tests {
		_, err := b.Operator(call(token))
		assert.ErrorIs(t, err, service.ErrUnauthenticated, name)
		assert.NotContains(t, err.Error(), "TINIT", name)
	}
	for name, change := range map[string]func(http.Header){
		"none":       func(h http.Header) { h.Del("Authorization") },
		"two":        func(h http.Header) { h.Add("Authorization", "Bearer "+good) },
		"DPoP":       func(h http.Header) { h.Set("Authorization", "DPoP "+good) },
		"only token": func(h http.Header) { h.Set("Authorization", good) },
	} {
		r := call(good)
		change(r.Header)
		_, err := b.Operator(r)
		assert.ErrorIs(t, err, service.ErrUnauthenticated, name)
	}
	r := httptest.NewRequest(http.MethodPost, "https://qr.example.it/?access_token="+good, nil)
	_, err := b.Operator(r)
	assert.ErrorIs(t, err, service.ErrUnauthenticated, "in the address")

	_, err = (&login.Bearer{}).Operator(call(good))
	assert.ErrorIs(t, err, login.ErrConfiguration)
	h.down.Store(true)
	_, err = newBearer(h).Operator(call(good))
	assert.ErrorIs(t, err, login.ErrUnavailable)
	assert.NotErrorIs(t, err, service.ErrUnauthenticated, "the token could not be checked")
}

func TestBearerBoundToCertificate(t *testing.T) {
	h := newHostile(t)
	certificate := &x509.Certificate{Raw: []byte("a certificate")}
	sum := sha256.Sum256(certificate.Raw)
	c := accessClaims(h)
	c["cnf"] = map[string]string{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
	r := call(h.jws("at+jwt", c))
	_, err := newBearer(h).Operator(r)
	assert.ErrorIs(t, err, service.ErrUnauthenticated)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{certificate}}
	_, err = newBearer(h).Operator(r)
	assert.NoError(t, err)
	c["cnf"].(map[string]string)["jkt"] = "AAAA"
	r.Header.Set("Authorization", "Bearer "+h.jws("at+jwt", c))
	_, err = newBearer(h).Operator(r)
	assert.ErrorIs(t, err, service.ErrUnauthenticated, "bound to a second key that cannot be checked")
	delete(c["cnf"].(map[string]string), "jkt")
	r.Header.Set("Authorization", "Bearer "+h.jws("at+jwt", c))
	b := newBearer(h)
	b.Certificate = func(*http.Request) *x509.Certificate { return &x509.Certificate{Raw: []byte("another")} }
	_, err = b.Operator(r)
	assert.ErrorIs(t, err, service.ErrUnauthenticated)
}

// Forged tokens must not make the server ask the provider each time, and a withdrawn key must be refused in
// time.
func TestKeys(t *testing.T) {
	h := newHostile(t)
	var mu sync.Mutex
	now := time.Now()
	forward := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	b := newBearer(h)
	b.Provider.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	token := func() string {
		c := accessClaims(h)
		c["exp"] = time.Now().Add(24 * time.Hour).Unix()
		return h.jws("at+jwt", c)
	}
	old := token()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := b.Operator(call(old))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.EqualValues(t, 1, h.fetches.Load(), "one asks for all")
	other := &hostile{issuer: h.issuer, key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	forged := other.jws("at+jwt", accessClaims(h))
	_, err := b.Operator(call(old[:len(old)-8] + "AAAAAAAA"))
	assert.ErrorIs(t, err, service.ErrUnauthenticated, "a signature counts for its own token alone")
	for range 100 {
		_, err := b.Operator(call(forged))
		assert.ErrorIs(t, err, service.ErrUnauthenticated)
	}
	assert.EqualValues(t, 1, h.fetches.Load(), "a known kid with a bad signature asks nobody")
	stranger := &hostile{issuer: h.issuer, key: other.key, kid: "unknown"}
	forward(time.Minute)
	for range 100 {
		_, err := b.Operator(call(stranger.jws("at+jwt", accessClaims(h))))
		assert.ErrorIs(t, err, service.ErrUnauthenticated)
	}
	assert.EqualValues(t, 2, h.fetches.Load(), "an unknown kid asks once in a while")

	h.keys = func() any { return other.jwks() } // the same kid: the old key has been withdrawn
	_, err = b.Operator(call(old))
	assert.NoError(t, err, "keys are fresh for a while")
	forward(11 * time.Minute)
	_, err = b.Operator(call(old))
	assert.ErrorIs(t, err, service.ErrUnauthenticated)
	_, err = b.Operator(call(forged))
	assert.ErrorIs(t, err, service.ErrUnauthenticated, "expired meanwhile by the moved clock")
	assert.EqualValues(t, 3, h.fetches.Load())

	h.down.Store(true)
	forward(50 * time.Minute)
	_, err = b.Operator(call(old))
	assert.ErrorIs(t, err, service.ErrUnauthenticated,
		"keys that cannot be fetched again are believed for an hour")
	forward(20 * time.Minute)
	_, err = b.Operator(call(old))
	assert.ErrorIs(t, err, login.ErrUnavailable)
	h.down.Store(false)
	forward(time.Minute)
	h.keys = nil
	_, err = b.Operator(call(old))
	assert.NoError(t, err)
}
