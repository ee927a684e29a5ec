package cns_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const (
	back  = "http://127.0.0.1:8080/auth/cns/done"
	nonce = "0123456789abcdef0123456789abcdef"
)

func newEntrance(ca *cns.TestCA) cns.Entrance {
	return cns.Entrance{Rules: cns.Rules{Roots: ca.Roots()}, Tickets: cns.Tickets{Key: shared}, Return: back}
}

// listen starts the listener for cards.
func listen(t *testing.T, ca *cns.TestCA, e cns.Entrance) string {
	t.Helper()
	server := httptest.NewUnstartedServer(e)
	server.TLS = e.TLS()
	server.TLS.Certificates = []tls.Certificate{must(ca.Server("127.0.0.1"))}
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL + "/auth/cns?nonce="
}

// browser returns a client that holds the cards and follows no redirects.
func browser(ca *cns.TestCA, version uint16, cards ...tls.Certificate) *http.Client {
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.Roots(), Certificates: cards,
			MaxVersion: version}},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
}

func inserted(ca *cns.TestCA, key crypto.Signer, change func(*x509.Certificate)) tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{must(ca.Card(mario, key.Public(), change))}, PrivateKey: key}
}

func answer(t *testing.T, location string) url.Values {
	t.Helper()
	u := must(url.Parse(location))
	require.Equal(t, back, u.Scheme+"://"+u.Host+u.Path)
	return u.Query()
}

func TestEntrance(t *testing.T) {
	ca := newCA(t)
	address := listen(t, ca, newEntrance(ca))
	keys := map[string]crypto.Signer{"P-256": must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		"RSA":                    must(rsa.GenerateKey(rand.Reader, 2048)),
		"RSA of the first cards": must(rsa.GenerateKey(rand.Reader, 1024))}
	for name, key := range keys {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			response, err := browser(ca, version, inserted(ca, key, nil)).Get(address + nonce)
			require.NoError(t, err, name)
			response.Body.Close()
			require.Equal(t, http.StatusSeeOther, response.StatusCode)
			location := response.Header.Get("Location")
			assert.NotContains(t, location, person)
			got, ok := cns.Tickets{Key: shared}.Redeem(answer(t, location).Get("ticket"), nonce)
			require.True(t, ok)
			assert.Equal(t, person, got.Person.Reveal())
			assert.Equal(t, "Mario Rossi", got.Name)
			assert.Equal(t, "Regione di prova", got.Body)
		}
	}
	_, err := browser(ca, tls.VersionTLS13).Get(address + nonce)
	assert.ErrorContains(t, err, "certificate", "without a card")
	other := must(cns.NewTestCA(secret.Secret("another secret of 32 bytes or so")))
	_, err = browser(ca, tls.VersionTLS13, inserted(other, keys["P-256"], nil)).Get(address + nonce)
	assert.Error(t, err, "a card of somebody else")
	_, err = browser(ca, tls.VersionTLS11, inserted(ca, keys["P-256"], nil)).Get(address + nonce)
	assert.Error(t, err, "an old protocol")
}

func TestEntranceRefuses(t *testing.T) {
	ca := newCA(t)
	var log bytes.Buffer
	e := newEntrance(ca)
	e.Log = slog.New(slog.NewTextHandler(&log, nil))
	address := listen(t, ca, e)
	signature := inserted(ca, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment })
	response, err := browser(ca, tls.VersionTLS13, signature).Get(address + nonce)
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, url.Values{"reason": {cns.ReasonCard}}, answer(t, response.Header.Get("Location")))
	for _, bad := range []string{"", "short", strings.Repeat("x", 300), url.QueryEscape(nonce[:31] + "&")} {
		response, err := browser(ca, tls.VersionTLS13,
			inserted(ca, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), nil)).Get(address + bad)
		require.NoError(t, err)
		response.Body.Close()
		assert.Equal(t, url.Values{"reason": {cns.ReasonCard}}, answer(t, response.Header.Get("Location")))
	}
	assert.Contains(t, log.String(), string(cns.ErrUsage))
	for _, personal := range []string{person, "Mario", "Rossi", "743001"} {
		assert.NotContains(t, log.String(), personal)
	}

	e.Rules.Revoked = func(_, _ *x509.Certificate) error { return cns.ErrRevocationUnknown }
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/auth/cns?nonce="+nonce, nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: card(ca, nil)}
	e.ServeHTTP(w, r)
	assert.Equal(t, url.Values{"reason": {cns.ReasonUnavailable}}, answer(t, w.Header().Get("Location")))
	w = httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/cns?nonce="+nonce, nil))
	assert.Equal(t, url.Values{"reason": {cns.ReasonCard}}, answer(t, w.Header().Get("Location")), "no TLS")
	w = httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/auth/cns?nonce="+nonce, nil))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
}

func TestTickets(t *testing.T) {
	now := time.Now()
	tickets := cns.Tickets{Key: shared, Now: func() time.Time { return now }}
	ticket := must(tickets.Issue(cns.Card{Person: mario.CF, Number: number}, nonce))
	_, ok := tickets.Redeem(ticket, nonce)
	assert.True(t, ok)
	_, ok = tickets.Redeem(ticket, nonce[1:]+"x")
	assert.False(t, ok, "of another session")
	_, ok = tickets.Redeem(must(tickets.Issue(cns.Card{Person: mario.CF}, "")), "")
	assert.False(t, ok, "of no session")
	_, ok = tickets.Redeem(ticket[:20]+"AAAA"+ticket[24:], nonce)
	assert.False(t, ok, "changed")
	_, ok = cns.Tickets{Key: secret.Secret("another secret of 32 bytes or so")}.Redeem(ticket, nonce)
	assert.False(t, ok, "sealed elsewhere")
	_, ok = tickets.Redeem(must(tickets.Issue(cns.Card{}, nonce)), nonce)
	assert.False(t, ok, "of nobody")
	now = now.Add(30 * time.Second)
	_, ok = tickets.Redeem(ticket, nonce)
	assert.False(t, ok, "over")
	_, ok = cns.Tickets{}.Redeem(ticket, nonce)
	assert.False(t, ok, "without a key")
	_, err := cns.Tickets{}.Issue(cns.Card{}, nonce)
	assert.ErrorIs(t, err, secret.ErrShort)
}

func TestProxy(t *testing.T) {
	ca := newCA(t)
	der := card(ca, nil)[0].Raw
	sequence := ":" + base64.StdEncoding.EncodeToString(der) + ":"
	escaped := url.PathEscape(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	good := netip.MustParsePrefix("10.1.0.0/16")
	tests := []struct {
		name, header string
		set          http.Header
		from         string
		ok           bool
	}{
		{"RFC 9440", "", http.Header{"Client-Cert": {sequence}}, "10.1.2.3:4", true},
		{"nginx", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {escaped}}, "10.1.2.3:4", true},
		{"IPv4 in IPv6", "", http.Header{"Client-Cert": {sequence}}, "[::ffff:10.1.2.3]:4", true},
		{"from elsewhere", "", http.Header{"Client-Cert": {sequence}}, "10.2.2.3:4", false},
		{"from nowhere", "", http.Header{"Client-Cert": {sequence}}, "@", false},
		{"no header", "", nil, "10.1.2.3:4", false},
		{"twice", "", http.Header{"Client-Cert": {sequence, sequence}}, "10.1.2.3:4", false},
		{"the other header", "X-SSL-Client-Cert", http.Header{"Client-Cert": {sequence}}, "10.1.2.3:4",
			false},
		{"the other form", "", http.Header{"Client-Cert": {escaped}}, "10.1.2.3:4", false},
		{"no colons", "", http.Header{"Client-Cert": {strings.Trim(sequence, ":")}}, "10.1.2.3:4", false},
		{"too long", "", http.Header{"Client-Cert": {":" + strings.Repeat("A", 20000) + ":"}}, "10.1.2.3:4",
			false},
		{"two certificates", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {escaped + escaped}},
			"10.1.2.3:4", false},
		{"a key", "X-SSL-Client-Cert", http.Header{
			"X-Ssl-Client-Cert": {strings.ReplaceAll(escaped, "CERTIFICATE", "KEY")}}, "10.1.2.3:4", false},
		{"no colon before", "", http.Header{"Client-Cert": {sequence[1:]}}, "10.1.2.3:4", false},
		{"no colon after", "", http.Header{"Client-Cert": {strings.TrimSuffix(sequence, ":")}}, "10.1.2.3:4",
			false},
		{"more after the base64", "", http.Header{"Client-Cert": {strings.TrimSuffix(sequence, ":") + "!:"}},
			"10.1.2.3:4", false},
		{"no PEM", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {"none"}}, "10.1.2.3:4", false},
		{"as long as allowed", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {
			padded(escaped, 16<<10)}}, "10.1.2.3:4", true},
		{"one longer", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {
			padded(escaped, 16<<10+1)}}, "10.1.2.3:4", false},
		{"bad escape", "X-SSL-Client-Cert", http.Header{"X-Ssl-Client-Cert": {"%zz" + escaped}}, "10.1.2.3:4",
			false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEntrance(ca)
			e.Proxy = &cns.Proxy{Addresses: []netip.Prefix{good}, Header: tt.header}
			r := httptest.NewRequest(http.MethodGet, "/auth/cns?nonce="+nonce, nil)
			r.RemoteAddr = tt.from
			r.Header = tt.set
			// the proxy's own certificate, which is ignored
			r.TLS = &tls.ConnectionState{PeerCertificates: card(ca, nil)}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			assert.Equal(t, tt.ok, answer(t, w.Header().Get("Location")).Has("ticket"))
		})
	}
}

// padded writes text before a PEM block, which changes nothing, until the header has the length.
func padded(escaped string, length int) string {
	return strings.Repeat("x", length-len(escaped)-len("%0A")) + "%0A" + escaped
}

func TestWriteCards(t *testing.T) {
	ca := newCA(t)
	dir := filepath.Join(t.TempDir(), "cns")
	people := demo.Personas()
	require.NoError(t, ca.WriteCards(dir, people))
	address := listen(t, ca, newEntrance(ca))
	first := must(os.ReadFile(filepath.Join(dir, "mario.pem")))
	for _, who := range people[:3] {
		path := filepath.Join(dir, who.ID+".pem")
		assert.Equal(t, os.FileMode(0o600), must(os.Stat(path)).Mode().Perm())
		response, err := browser(ca, tls.VersionTLS13,
			must(tls.LoadX509KeyPair(path, path))).Get(address + nonce)
		require.NoError(t, err)
		response.Body.Close()
		got, ok := cns.Tickets{Key: shared}.Redeem(answer(t, response.Header.Get("Location")).Get("ticket"),
			nonce)
		require.True(t, ok)
		assert.Equal(t, who.CF, got.Person)
	}
	again := newCA(t) // as after a restart
	require.NoError(t, again.WriteCards(dir, people))
	assert.Equal(t, first, must(os.ReadFile(filepath.Join(dir, "mario.pem"))), "a card that is good stays")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mario.pem"), []byte("spoilt"), 0o600))
	require.NoError(t, must(cns.NewTestCA(secret.Secret("another secret of 32 bytes or so"))).WriteCards(dir,
		people[:1]))
	assert.NotEqual(t, first, must(os.ReadFile(filepath.Join(dir, "mario.pem"))))
	block, _ := pem.Decode(must(os.ReadFile(filepath.Join(dir, "ca.pem"))))
	root := must(x509.ParseCertificate(block.Bytes))
	assert.True(t, root.IsCA)
}

// A file stays only if it holds a card of its persona that is valid for another month.
func TestWriteCardsReplaces(t *testing.T) {
	ca := newCA(t)
	day := 24 * time.Hour
	luca := demo.Persona{ID: "luca", Given: "Luca", Family: "Bianchi",
		CF: must(codicefiscale.Parse("RSSMRA80A01H50MM"))}
	valid := func(d time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(d)
		}
	}
	tests := map[string]struct {
		who   demo.Persona
		until time.Duration
		stays bool
	}{
		"for two months":   {mario, 62 * day, true},
		"for a few days":   {mario, 20 * day, false},
		"another person's": {luca, 62 * day, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "mario.pem")
			key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
			held := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE",
				Bytes: must(ca.Card(tt.who, key.Public(), valid(tt.until)))})
			require.NoError(t, os.WriteFile(path, held, 0o600))
			require.NoError(t, ca.WriteCards(dir, []demo.Persona{mario}))
			assert.Equal(t, tt.stays, bytes.Equal(held, must(os.ReadFile(path))))
		})
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "mario.pem")
	spoilt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("spoilt")})
	require.NoError(t, os.WriteFile(path, spoilt, 0o600))
	require.NoError(t, ca.WriteCards(dir, []demo.Persona{mario}))
	assert.NotEqual(t, spoilt, must(os.ReadFile(path)))

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	assert.Error(t, ca.WriteCards(file, nil), "a folder that cannot be made")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "luca.pem"), 0o700))
	assert.Error(t, ca.WriteCards(dir, []demo.Persona{luca}), "a file that cannot be written")
}

// A browser that opens the listener by its host name trusts its certificate too.
func TestServerNames(t *testing.T) {
	certificate := must(newCA(t).Server("cards.example.it", "127.0.0.1", "::1"))
	leaf := must(x509.ParseCertificate(certificate.Certificate[0]))
	for _, name := range []string{"cards.example.it", "127.0.0.1", "::1"} {
		assert.NoError(t, leaf.VerifyHostname(name))
	}
	for _, name := range []string{"example.it", "127.0.0.2"} {
		assert.Error(t, leaf.VerifyHostname(name))
	}
}
