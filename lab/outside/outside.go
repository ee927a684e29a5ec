// Package outside simulates what is outside an issuer that is put under load: an identity provider, which
// only publishes its keys, a message gateway, and the addresses and names of those who call.
package outside

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Services are both, on one server: the identity provider at its URL, and the gateway at the path /sms.
type Services struct {
	*httptest.Server
	signer jose.Signer
	mu     sync.Mutex
	codes  map[string]string // by phone
}

// The audience and the scope of access tokens.
const (
	Audience = "https://api.example.it"
	scope    = "second-level"
)

// New starts the services. The caller closes them.
func New() (*Services, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	o := &Services{codes: make(map[string]string)}
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
		Audience: jwt.Audience{Audience}, ID: operator,
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(time.Hour))}).
		Claims(map[string]any{"client_id": "desk", "acr": "https://www.spid.gov.it/SpidL2",
			"scope": scope}).Serialize()
}

// Flags are those of "issuer serve" with which it depends on the services.
func (o *Services) Flags() []string {
	return []string{"-oidc-issuer", o.URL, "-oidc-client-id", "load", "-oidc-audience", Audience,
		"-oidc-scope", scope, "-sms", "webhook"}
}

// Env are the variables that belong to Flags.
func (o *Services) Env() []string {
	return []string{"WEBHOOK_URL=" + o.URL + "/sms", "WEBHOOK_KEY=" + strings.Repeat("k", 32)}
}

// Main runs an instrument until it ends or is interrupted. An error ends the process with exit code 1.
func Main(run func(context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Address returns the n-th address for callers (RFC 6598). The load divides its calls so that none
// exceeds the limit of an address.
func Address(n int) string {
	return netip.AddrFrom4([4]byte{100, byte(64 + n>>16&63), byte(n >> 8), byte(n)}).String()
}

// Organisation returns the n-th name without digits. The limits allow each name a thousand requests a day.
func Organisation(n int) string {
	return "COMUNE " + string([]byte{'A' + byte(n/26%26), 'A' + byte(n%26)})
}

// Ready returns when the URL answers 200, or the error after a minute without it.
func Ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := http.Client{Timeout: 2 * time.Second}
	for {
		answer, err := client.Get(url)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s does not become ready: %w", url, ctx.Err())
		}
	}
}
