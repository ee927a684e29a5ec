// Package cardstest has for tests what a body needs to ask wallets, an issuer of cards, and wallets on
// phones.
package cardstest

import (
	"bytes"
	"compress/zlib"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
)

// Address is that of the body's program for phones, and Name what wallets show.
const (
	Address = "https://desk.example.it/wallet"
	Name    = "Museo Civico"
)

// picture is the smallest file that begins as a JPEG does.
const picture = "\xff\xd8\xff\xd9"

var b64 = base64.RawURLEncoding

// World is an issuer of cards, and the settings of a body that trusts it.
type World struct {
	Settings cards.Settings
	// Down makes the issuer's status list unreachable.
	Down atomic.Bool
	// Late is how much later it is for the body, a time.Duration.
	Late   atomic.Int64
	t      testing.TB
	issuer authority
	holder *ecdsa.PrivateKey
	list   string
}

type authority struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

// New writes the files of the settings and starts the issuer's status list.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, holder: newKey(t)}
	root := certify(t, nil, "Card authority")
	w.issuer = certify(t, &root, "issuer.example")
	registrar := certify(t, nil, "Access authority")
	access := certify(t, &registrar, "museum.example")
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if w.Down.Load() {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(rw, w.statusList())
	}))
	t.Cleanup(server.Close)
	w.list = server.URL + "/lists/1"
	folder := t.TempDir()
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(folder, name)
		if kind != "" {
			data = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
		}
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	private := func(name string, key *ecdsa.PrivateKey) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		require.NoError(t, err)
		return write(name, "PRIVATE KEY", der)
	}
	anchors := encode(t, []map[string]any{{"certificate": root.Raw,
		"issuers": []string{"https://issuer.example"}}})
	w.Settings = cards.Settings{Chain: write("access.pem", "CERTIFICATE", access.Raw),
		Key: private("access.key", access.key), Anchors: write("anchors.json", "", anchors),
		ReceiptKey: private("receipts.key", newKey(t)), Address: Address, Name: Name,
		Logo: "https://desk.example.it/logo.png", HTTP: server.Client(),
		Now: func() time.Time { return time.Now().Add(time.Duration(w.Late.Load())) }}
	return w
}

// Flags returns the settings as arguments of a program.
func (w *World) Flags() []string {
	s := w.Settings
	return []string{"-wallet-cert", s.Chain, "-wallet-key", s.Key, "-wallet-anchors", s.Anchors,
		"-wallet-url", s.Address, "-wallet-name", s.Name, "-wallet-logo", s.Logo}
}

// List returns the address of the issuer's status list.
func (w *World) List() string { return w.list }

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func certify(t testing.TB, by *authority, name string) authority {
	key := newKey(t)
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: by == nil,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.Certificate, by.key
		c.KeyUsage, c.DNSNames = x509.KeyUsageDigitalSignature, []string{name}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	c, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{c, key}
}

func encode(t testing.TB, v any) []byte {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return b64.EncodeToString(sum[:])
}

// sign makes a JWS, with the issuer's chain unless it is the holder's.
func (w *World) sign(key *ecdsa.PrivateKey, kind string, claims map[string]any) string {
	options := (&jose.SignerOptions{}).WithType(jose.ContentType(kind))
	if key != w.holder {
		options.WithHeader("x5c", []string{base64.StdEncoding.EncodeToString(w.issuer.Raw)})
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	require.NoError(w.t, err)
	signed, err := signer.Sign(encode(w.t, claims))
	require.NoError(w.t, err)
	text, err := signed.CompactSerialize()
	require.NoError(w.t, err)
	return text
}

// statusList is a list in which the entry 6 is revoked.
func (w *World) statusList() string {
	var list bytes.Buffer
	z := zlib.NewWriter(&list)
	_, err := z.Write([]byte{1 << 6, 0})
	require.NoError(w.t, err)
	require.NoError(w.t, z.Close())
	now := time.Now()
	return w.sign(w.issuer.key, "statuslist+jwt", map[string]any{"sub": w.list,
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(), "ttl": 1,
		"status_list": map[string]any{"bits": 1, "lst": b64.EncodeToString(list.Bytes())}})
}

// Request is the question that a phone has got.
type Request struct {
	ClientID    string `json:"client_id"`
	ResponseURI string `json:"response_uri"`
	Nonce       string `json:"nonce"`
	State       string `json:"state"`
	Metadata    struct {
		Name string             `json:"client_name"`
		JWKS jose.JSONWebKeySet `json:"jwks"`
	} `json:"client_metadata"`
	world *World
	body  http.Handler
}

// Scan does what a phone does with a link: it gets the question from the body's program.
func (w *World) Scan(body http.Handler, link string) *Request {
	w.t.Helper()
	_, query, found := strings.Cut(link, "://?")
	require.True(w.t, found, link)
	values, err := url.ParseQuery(query)
	require.NoError(w.t, err)
	rw := httptest.NewRecorder()
	body.ServeHTTP(rw, httptest.NewRequest(http.MethodPost, values.Get("request_uri"), nil))
	require.Equal(w.t, http.StatusOK, rw.Code, rw.Body)
	signed, err := jose.ParseSignedCompact(rw.Body.String(), []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(w.t, err)
	r := &Request{world: w, body: body}
	require.NoError(w.t, json.Unmarshal(signed.UnsafePayloadWithoutVerification(), r))
	return r
}

// Card is what differs from a good card. A claim that is nil is not shown.
type Card map[string]any

// Approve shows a card, with the claims changed, and returns the HTTP status and the address to which the
// phone sends the browser, if any.
func (r *Request) Approve(change Card) (code int, back string) {
	r.world.t.Helper()
	return r.Send(r.Presentation(change))
}

// Presentation makes a presentation for the question.
func (r *Request) Presentation(change Card) string {
	w, now := r.world, time.Now()
	key, err := json.Marshal(jose.JSONWebKey{Key: &w.holder.PublicKey})
	require.NoError(w.t, err)
	claims := map[string]any{"constant_attendance_allowance": true,
		"picture": "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString([]byte(picture))}
	payload := map[string]any{"iss": "https://issuer.example",
		"vct": "urn:it-wallet:EuropeanDisabilityCard:1", "nbf": now.Add(-time.Hour).Unix(),
		"exp": now.AddDate(0, 1, 0).Unix(), "_sd_alg": "sha-256",
		"cnf":    map[string]any{"jwk": json.RawMessage(key)},
		"status": map[string]any{"status_list": map[string]any{"idx": 5, "uri": w.list}}}
	for name, value := range change {
		switch _, there := claims[name]; {
		case value == nil:
			delete(claims, name)
		case there, strings.HasSuffix(name, "_name"):
			claims[name] = value
		default:
			payload[name] = value
		}
	}
	var digests, shown []string
	for name, value := range claims {
		one := b64.EncodeToString(encode(w.t, []any{rand.Text(), name, value}))
		digests, shown = append(digests, digest(one)), append(shown, one)
	}
	payload["_sd"] = digests
	front := strings.Join(append([]string{w.sign(w.issuer.key, "dc+sd-jwt", payload)}, shown...), "~") + "~"
	return front + w.sign(w.holder, "kb+jwt", map[string]any{"aud": r.ClientID, "nonce": r.Nonce,
		"iat": now.Unix(), "sd_hash": digest(front)})
}

// Send sends a presentation.
func (r *Request) Send(presentation string) (code int, back string) {
	r.world.t.Helper()
	t := r.world.t
	e, err := jose.NewEncrypter(jose.A256GCM,
		jose.Recipient{Algorithm: jose.ECDH_ES, Key: r.Metadata.JWKS.Keys[0]}, nil)
	require.NoError(t, err)
	sealed, err := e.Encrypt(encode(t, map[string]any{"state": r.State,
		"vp_token": map[string]any{"card": []string{presentation}}}))
	require.NoError(t, err)
	text, err := sealed.CompactSerialize()
	require.NoError(t, err)
	return r.post(url.Values{"response": {text}})
}

// Decline sends that the person does not want.
func (r *Request) Decline() (code int, back string) {
	return r.post(url.Values{"error": {"access_denied"}, "state": {r.State}})
}

func (r *Request) post(form url.Values) (code int, back string) {
	request := httptest.NewRequest(http.MethodPost, r.ResponseURI, strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	rw := httptest.NewRecorder()
	r.body.ServeHTTP(rw, request)
	var answer struct {
		Back string `json:"redirect_uri"`
	}
	_ = json.Unmarshal(rw.Body.Bytes(), &answer)
	return rw.Code, answer.Back
}
