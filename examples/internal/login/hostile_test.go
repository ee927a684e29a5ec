package login_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
)

// hostile is a provider whose answers a test can falsify.
type hostile struct {
	issuer   string
	key      *ecdsa.PrivateKey
	keys     func() any                    // returns the key set; nil means the right one
	meta     func(m map[string]any)        // changes the metadata
	claims   func(c map[string]any)        // changes the ID token
	sign     func(c map[string]any) string // signs the ID token; nil means correctly
	answer   func(a map[string]any)        // changes the answer of the token endpoint
	userInfo map[string]any                // nil means that the endpoint fails
	down     atomic.Bool
	fetches  atomic.Int32 // counts the requests for the key set
	nonce    string
	kid      string // the key ID in signatures; empty means the published one
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	h := &hostile{key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.issuer = server.URL
	return h
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.down.Load() {
		http.Error(w, "down, and "+person+" is to blame", http.StatusServiceUnavailable)
		return
	}
	var body any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		m := map[string]any{"issuer": h.issuer, "authorization_endpoint": h.issuer + "/authorize",
			"token_endpoint":    h.issuer + "/token",
			"userinfo_endpoint": h.issuer + "/userinfo", "jwks_uri": h.issuer + "/jwks",
			"id_token_signing_alg_values_supported": []string{"ES256"}}
		if h.meta != nil {
			h.meta(m)
		}
		body = m
	case "/jwks":
		h.fetches.Add(1)
		if body = h.jwks(); h.keys != nil {
			body = h.keys()
		}
	case "/token":
		a := map[string]any{"access_token": "access", "token_type": "Bearer"}
		sum := sha256.Sum256([]byte("access"))
		now := time.Now()
		c := map[string]any{"iss": h.issuer, "aud": "web", "sub": "subject", "nonce": h.nonce,
			"iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
			"acr": "https://www.spid.gov.it/SpidL2", "fiscal_number": "TINIT-" + person,
			"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16])}
		if h.claims != nil {
			h.claims(c)
		}
		sign := h.sign
		if sign == nil {
			sign = func(c map[string]any) string { return h.jws("JWT", c) }
		}
		a["id_token"] = sign(c)
		if h.answer != nil {
			h.answer(a)
		}
		body = a
	case "/userinfo":
		if h.userInfo == nil {
			http.Error(w, "no "+person+" here", http.StatusInternalServerError)
			return
		}
		body = h.userInfo
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(body)
}

func (h *hostile) jwks() any {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
		{Key: h.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
}

func (h *hostile) jws(typ string, claims map[string]any) string {
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256,
		Key: jose.JSONWebKey{Key: h.key, KeyID: cmp.Or(h.kid, "k")}},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ))))
	return must(jwt.Signed(signer).Claims(claims).Serialize())
}

// finish runs a login of level 2 at the provider.
func (h *hostile) finish(t *testing.T, rp *login.OIDC) (login.Identity, error) {
	t.Helper()
	rp.Provider, rp.ClientID, rp.ClientSecret, rp.RedirectURL = &login.Provider{Issuer: h.issuer}, "web",
		"secret", "https://rp.example.it/cb"
	_, pending, err := rp.Begin(t.Context(), 2, "spid")
	if err != nil {
		return login.Identity{}, err
	}
	h.nonce = pending.Nonce
	return rp.Finish(t.Context(), httptest.NewRequest(http.MethodGet, "/cb?code=c&state="+pending.State, nil),
		pending)
}

func unsigned(c map[string]any) string {
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(must(json.Marshal(v))) }
	return part(map[string]string{"alg": "none"}) + "." + part(c) + "."
}

func symmetric(c map[string]any) string {
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256,
		Key: []byte("secret secret secret secret secret")}, nil))
	return must(jwt.Signed(signer).Claims(c).Serialize())
}

func TestHostileProvider(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(m map[string]any) {
			if m[name] = value; value == nil {
				delete(m, name)
			}
		}
	}
	tests := []struct {
		name  string
		alter func(h *hostile)
		want  error
	}{
		{"as it should be", func(*hostile) {}, nil},
		{"other issuer in the token", func(h *hostile) { h.claims = set("iss", "https://idp.example.it") },
			login.ErrToken},
		{"other audience", func(h *hostile) { h.claims = set("aud", "other") }, login.ErrToken},
		{"two audiences", func(h *hostile) { h.claims = set("aud", []string{"web", "other"}) },
			login.ErrToken},
		{"other authorised party", func(h *hostile) { h.claims = set("azp", "other") }, login.ErrToken},
		{"expired", func(h *hostile) { h.claims = set("exp", time.Now().Unix()-1) }, login.ErrToken},
		{"no expiry", func(h *hostile) { h.claims = set("exp", nil) }, login.ErrToken},
		{"no subject", func(h *hostile) { h.claims = set("sub", nil) }, login.ErrToken},
		{"no nonce", func(h *hostile) { h.claims = set("nonce", nil) }, login.ErrNonce},
		{"nonce of another login", func(h *hostile) { h.claims = set("nonce", strings.Repeat("a", 52)) },
			login.ErrNonce},
		{"hash of another access token", func(h *hostile) { h.answer = set("access_token", "other") },
			login.ErrToken},
		{"no hash", func(h *hostile) { h.claims = set("at_hash", nil) }, nil}, // optional in the code flow
		{"no token", func(h *hostile) { h.answer = set("id_token", nil) }, login.ErrToken},
		{"alg none", func(h *hostile) { h.sign = unsigned }, login.ErrToken},
		{"alg of a shared secret", func(h *hostile) { h.sign = symmetric }, login.ErrToken},
		{"key that is not published", func(h *hostile) {
			h.sign = func(c map[string]any) string {
				other := hostile{key: must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
				return other.jws("JWT", c)
			}
		}, login.ErrToken},
		{"no keys", func(h *hostile) { h.keys = func() any { return map[string]any{"keys": []any{}} } },
			login.ErrUnavailable},

		{"no acr", func(h *hostile) { h.claims = set("acr", nil) }, login.ErrLevel},
		{"unknown acr", func(h *hostile) {
			h.claims = set("acr", "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword")
		}, login.ErrLevel},
		{"acr in other case", func(h *hostile) { h.claims = set("acr", "https://www.spid.gov.it/spidl2") },
			login.ErrLevel},
		{"weaker acr", func(h *hostile) { h.claims = set("acr", "https://www.spid.gov.it/SpidL1") },
			login.ErrLevel},
		{"acr that is no text", func(h *hostile) { h.claims = set("acr", 2) }, login.ErrLevel},

		{"small letters", func(h *hostile) { h.claims = set("fiscal_number", "tinit-rssmra80a01h501u") },
			nil},
		{"mixed letters", func(h *hostile) { h.claims = set("fiscal_number", "TinIt-RSSmra80A01H501U") },
			nil},
		{"no prefix", func(h *hostile) { h.claims = set("fiscal_number", person) }, nil},
		{"other country", func(h *hostile) { h.claims = set("fiscal_number", "TINDE-"+person) },
			login.ErrPerson},
		{"wrong check letter", func(h *hostile) { h.claims = set("fiscal_number", "TINIT-RSSMRA80A01H501X") },
			login.ErrPerson},
		{"provisional", func(h *hostile) { h.claims = set("fiscal_number", "TINIT-12345671510") },
			login.ErrPerson},
		{"provisional, without prefix", func(h *hostile) { h.claims = set("fiscal_number", "12345671510") },
			login.ErrPerson},
		{"a list of one", func(h *hostile) { h.claims = set("fiscal_number", []string{"TINIT-" + person}) },
			nil},
		{"a list of two", func(h *hostile) {
			h.claims = set("fiscal_number", []string{"TINIT-" + person, "TINIT-" + person})
		}, login.ErrClaim},
		{"an empty list", func(h *hostile) { h.claims = set("fiscal_number", []string{}) }, login.ErrPerson},
		{"a list of a list", func(h *hostile) {
			h.claims = set("fiscal_number", [][]string{{"TINIT-" + person}})
		}, login.ErrPerson},
		{"two names", func(h *hostile) { h.claims = set("family_name", []string{"Rossi", "Bianchi"}) },
			login.ErrClaim},
		{"a list of levels", func(h *hostile) {
			h.claims = set("acr", []string{"https://www.spid.gov.it/SpidL2"})
		}, login.ErrLevel},
		{"empty", func(h *hostile) { h.claims = set("fiscal_number", "") }, login.ErrPerson},
		{"number", func(h *hostile) { h.claims = set("fiscal_number", 12345678903) }, login.ErrPerson},

		{"issuer of the metadata", func(h *hostile) { h.meta = set("issuer", "https://idp.example.it") },
			login.ErrUnavailable},
		{"keys over http", func(h *hostile) { h.meta = set("jwks_uri", "http://idp.example.it/jwks") },
			login.ErrUnavailable},
		{"endpoint over http", func(h *hostile) {
			h.meta = set("token_endpoint", "http://idp.example.it/token")
		}, login.ErrUnavailable},
		{"only secret keys", func(h *hostile) {
			h.meta = set("id_token_signing_alg_values_supported", []string{"HS256"})
		}, login.ErrUnavailable},
		{"promises an issuer and sends none", func(h *hostile) {
			h.meta = set("authorization_response_iss_parameter_supported", true)
		}, login.ErrIssuer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHostile(t)
			tt.alter(h)
			id, err := h.finish(t, &login.OIDC{})
			if tt.want == nil {
				require.NoError(t, err)
				assert.Equal(t, person, id.Person.Reveal())
				return
			}
			assert.Equal(t, tt.want, err)
			assert.Equal(t, login.Identity{}, id)
		})
	}
}

func TestUserInfo(t *testing.T) {
	for _, claim := range []string{"fiscal_number", "https://attributes.eid.gov.it/fiscal_number",
		"https://attributes.spid.gov.it/fiscalNumber",
		"https://attributes.spid.gov.it/fiscal_number", "codice_fiscale", "cf", "codiceFiscale",
		"fiscalNumber", "fiscalCode"} {
		h := newHostile(t)
		h.claims = func(c map[string]any) { delete(c, "fiscal_number") }
		h.userInfo = map[string]any{"sub": "subject", claim: "tinit-" + strings.ToLower(person),
			"name": "Mario Rossi"}
		id, err := h.finish(t, &login.OIDC{})
		require.NoError(t, err, claim)
		assert.Equal(t, person, id.Person.Reveal())
		assert.Equal(t, "Mario Rossi", id.Name)
	}
	tests := []struct {
		name string
		info map[string]any
		want error
	}{
		{"another subject", map[string]any{"sub": "other", "fiscal_number": person}, login.ErrSubject},
		{"no subject", map[string]any{"fiscal_number": person}, login.ErrSubject},
		{"no codice fiscale", map[string]any{"sub": "subject", "email": "mario@example.it"}, login.ErrPerson},
		{"malformed before good", map[string]any{"sub": "subject", "fiscal_number": "x", "cf": person},
			login.ErrPerson},
		{"fails", nil, login.ErrUnavailable},
	}
	for _, tt := range tests {
		h := newHostile(t)
		h.claims = func(c map[string]any) { delete(c, "fiscal_number") }
		h.userInfo = tt.info
		_, err := h.finish(t, &login.OIDC{})
		assert.Equal(t, tt.want, err, tt.name)
	}
}

// The names that a proxy uses are configuration.
func TestProxy(t *testing.T) {
	const password = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"
	h := newHostile(t)
	h.claims = func(c map[string]any) {
		delete(c, "fiscal_number")
		c["tax_id"], c["acr"], c["ente"] = person, password, "Regione Lazio"
	}
	rp := &login.OIDC{Claims: []string{"tax_id"}, ACR: login.Levels{password: 2, "weak": 1, "strong": 3},
		Organisation: "ente"}
	id, err := h.finish(t, rp)
	require.NoError(t, err)
	assert.Equal(t, 2, id.Level)
	assert.Equal(t, "Regione Lazio", id.Organisation)
	assert.Equal(t, []string{password, "strong"}, rp.ACR.AtLeast(2))
	_, _, err = rp.Begin(t.Context(), 4, "spid")
	assert.ErrorIs(t, err, login.ErrConfiguration, "a level that no value stands for")
	_, _, err = rp.Begin(t.Context(), 0, "spid")
	assert.ErrorIs(t, err, login.ErrConfiguration, "no level")
}

// The provider may start later, and the texts of its errors are never passed on.
func TestProviderStartsLater(t *testing.T) {
	h := newHostile(t)
	now := time.Now()
	rp := &login.OIDC{Provider: &login.Provider{Issuer: h.issuer, Now: func() time.Time { return now }},
		ClientID: "web", RedirectURL: "https://rp.example.it/cb"}
	h.down.Store(true)
	_, _, err := rp.Begin(t.Context(), 2, "spid")
	assert.Equal(t, login.ErrUnavailable, err)
	h.down.Store(false)
	now = now.Add(2 * time.Second)
	_, p, err := rp.Begin(t.Context(), 2, "spid")
	require.NoError(t, err)
	h.down.Store(true)
	_, err = rp.Finish(t.Context(), httptest.NewRequest(http.MethodGet, "/cb?code=c&state="+p.State, nil), p)
	assert.Equal(t, login.ErrUnavailable, err)
}
