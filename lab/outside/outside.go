// Package outside simulates the services that an issuer depends on, for measurements: an identity provider,
// which only publishes its keys, and a message gateway.
package outside

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Services are both, on one server: the identity provider at its URL, and the gateway at the path /sms.
type Services struct {
	*httptest.Server
	audience, scope string
	signer          jose.Signer
	mu              sync.Mutex
	codes           map[string]string // by phone
}

// New starts the services. Access tokens are for the audience and have the scope. The caller closes them.
func New(audience, scope string) (*Services, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	o := &Services{audience: audience, scope: scope, codes: make(map[string]string)}
	jwk := jose.JSONWebKey{Key: key, KeyID: "1", Algorithm: string(jose.ES256), Use: "sig"}
	o.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jwk},
		(&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	o.Server = httptest.NewServer(mux)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"issuer": o.URL,
			"authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token",
			"jwks_uri": o.URL + "/jwks", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{jwk.Public()}})
	})
	mux.HandleFunc("POST /sms", o.message)
	return o, nil
}

// message is what the gateway receives. The text begins with the code.
func (o *Services) message(w http.ResponseWriter, r *http.Request) {
	var m struct{ To, Text string }
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, "malformed", http.StatusBadRequest)
		return
	}
	code, _, _ := strings.Cut(m.Text, " ")
	o.mu.Lock()
	o.codes[m.To] = code
	o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"code":"ok","id":"1"}`)
}

// Code returns the last code that was sent to a phone, or an empty text.
func (o *Services) Code(phone string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.codes[phone]
}

// Bearer makes an access token (RFC 9068) for an operator, valid for an hour.
func (o *Services) Bearer(operator string) (string, error) {
	now := time.Now()
	return jwt.Signed(o.signer).Claims(jwt.Claims{Issuer: o.URL, Subject: operator,
		Audience: jwt.Audience{o.audience}, ID: operator,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour))}).
		Claims(map[string]any{"client_id": "desk", "acr": "https://www.spid.gov.it/SpidL2",
			"scope": o.scope}).Serialize()
}
