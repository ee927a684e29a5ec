package devidp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
)

const (
	idTokenFor  = 5 * time.Minute
	userInfoFor = 5 * time.Minute
	apiFor      = time.Hour
	accessType  = "at+jwt"
)

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, map[string]any{
		"issuer":                                p.Issuer,
		"authorization_endpoint":                p.Issuer + "/authorize",
		"token_endpoint":                        p.Issuer + "/token",
		"userinfo_endpoint":                     p.Issuer + "/userinfo",
		"jwks_uri":                              p.Issuer + "/jwks",
		"scopes_supported":                      []string{"openid", "profile", SecondLevel},
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic",
			"client_secret_post", "none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
		"acr_values_supported":                           levels(),
		"prompt_values_supported":                        []string{"none", "login"},
		"claims_supported": []string{"sub", "auth_time", "given_name", "family_name",
			ClaimPerson, ClaimOrganisation},
	})
}

func (p *provider) jwks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=300")
	reply(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.signing.Public()}})
}

func reply(w http.ResponseWriter, status int, body any) {
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, code string) {
	reply(w, status, map[string]string{"error": code})
}

// token exchanges a code. It first records the use of the code, so that each code gets one attempt.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request")
		return
	}
	client, ok := p.authenticate(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Basic")
		refuse(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	var g grant
	err := p.codes.Open(r.PostForm.Get("code"), &g)
	until := g.At.Add(codeFor)
	if err != nil || !p.Now().Before(until) || g.Client != client.ID {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	first, err := p.Once(r.Context(), "devidp/"+g.ID, until)
	if err != nil {
		p.Log.Error("code could not be marked as used", slog.String("kind", "devidp"))
		refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable")
		return
	}
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	who, known := p.persona(g.Persona)
	if !first || !known || g.Redirect != r.PostForm.Get("redirect_uri") || !equal(challenge, g.Challenge) {
		refuse(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	p.issue(w, client, g, who)
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// authenticate returns the client that asks. A client proves itself by its secret in the header or the form;
// a public client gives only its ID.
func (p *provider) authenticate(r *http.Request) (Client, bool) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		var err1, err2 error
		user, err1 = url.QueryUnescape(user) // RFC 6749, section 2.3.1
		password, err2 = url.QueryUnescape(password)
		if err1 != nil || err2 != nil || id != "" && id != user || secret != "" {
			return Client{}, false
		}
		id, secret = user, password
	}
	client, ok := p.client(id)
	return client, ok && equal(secret, client.Secret)
}

func (p *provider) issue(w http.ResponseWriter, client Client, g grant, who demo.Persona) {
	now := p.Now()
	scopes := strings.Fields(g.Scope)
	access := map[string]any{"iss": p.Issuer, "sub": p.sub(who), "client_id": client.ID, "iat": now.Unix(),
		"jti":   rand.Text(),
		"scope": g.Scope, "acr": g.ACR, "auth_time": g.At.Unix(), "aud": p.Issuer,
		"exp": now.Add(userInfoFor).Unix()}
	lives := userInfoFor
	if slices.Contains(scopes, SecondLevel) {
		lives = apiFor
		access["aud"], access["exp"] = client.Audience, now.Add(apiFor).Unix()
		access[ClaimPerson] = "TINIT-" + who.CF.Reveal()
		if who.Organisation != "" {
			access[ClaimOrganisation] = who.Organisation
		}
	}
	signed, err := p.sign(accessType, access)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "server_error")
		return
	}
	body := map[string]any{"access_token": signed, "token_type": "Bearer", "expires_in": int(lives.Seconds()),
		"scope": g.Scope}
	if slices.Contains(scopes, "openid") {
		sum := sha256.Sum256([]byte(signed))
		id, err := p.sign("JWT", map[string]any{"iss": p.Issuer, "sub": p.sub(who), "aud": client.ID,
			"iat": now.Unix(), "exp": now.Add(idTokenFor).Unix(), "auth_time": g.At.Unix(), "nonce": g.Nonce,
			"acr": g.ACR, "jti": rand.Text(), "at_hash": base64.RawURLEncoding.EncodeToString(sum[:16])})
		if err != nil {
			refuse(w, http.StatusInternalServerError, "server_error")
			return
		}
		body["id_token"] = id
	}
	reply(w, http.StatusOK, body)
}

func (p *provider) sign(typ string, claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.signing},
		(&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// userInfo returns the claims for an access token.
func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	who, valid := p.holder(raw)
	if !ok || !valid {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		refuse(w, http.StatusUnauthorized, "invalid_token")
		return
	}
	info := map[string]string{"sub": p.sub(who), "given_name": who.Given, "family_name": who.Family,
		ClaimPerson: "TINIT-" + who.CF.Reveal()}
	if who.Organisation != "" {
		info[ClaimOrganisation] = who.Organisation
	}
	reply(w, http.StatusOK, info)
}

func (p *provider) holder(raw string) (demo.Persona, bool) {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	var claims jwt.Claims
	if err != nil || token.Headers[0].ExtraHeaders[jose.HeaderType] != accessType ||
		token.Claims(p.signing.Public(), &claims) != nil ||
		claims.ValidateWithLeeway(jwt.Expected{Issuer: p.Issuer, AnyAudience: jwt.Audience{p.Issuer},
			Time: p.Now()}, 0) != nil {
		return demo.Persona{}, false
	}
	i := slices.IndexFunc(p.Personas, func(q demo.Persona) bool { return equal(p.sub(q), claims.Subject) })
	if i < 0 {
		return demo.Persona{}, false
	}
	return p.Personas[i], true
}
