package main

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// hangup sends the signal and waits until the log has a line about what was read, with the text, once more.
func (r *replica) hangup(t *testing.T, what, text string) {
	t.Helper()
	lines := func() (n int) {
		for line := range strings.Lines(r.logs.String()) {
			if strings.Contains(line, `what=`+what) && strings.Contains(line, text) {
				n++
			}
		}
		return n
	}
	before := lines()
	require.NoError(t, r.cmd.Process.Signal(syscall.SIGHUP))
	require.Eventually(t, func() bool { return lines() > before }, time.Minute, 20*time.Millisecond,
		"%s %s: %s", what, text, r.logs)
}

// Peppers are rotated in a running process. A code on its way stays good, and what cannot be used changes
// nothing.
func TestHangupReadsPeppers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "peppers")
	pepper := func(name string) string {
		var key [32]byte
		rand.Read(key[:])
		return name + " " + base64.StdEncoding.EncodeToString(key[:]) + "\n"
	}
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	old, young := pepper("old"), pepper("young")
	write(old)
	r := newReplica(t, "-data", filepath.Join(t.TempDir(), "data"), "-pepper-file", file)
	r.start(t)
	require.Eventually(t, func() bool { return r.answersReady(http.DefaultClient) }, time.Minute,
		20*time.Millisecond, "%s", r.logs)
	base := "http://" + r.addr
	mario := newBrowser(t, base)
	mario.login(t, "mario", "/area")
	paper, cf := mario.paper(t), demo.Personas()[0].CF
	desk := operatorsDesk(t, base)
	ask := func(key string) verifier.SecondLevelAnswer {
		q := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum-" + key,
			Scope: api.ScopeDetail, Key: key}
		challenge, report := desk.RequestSecondLevel(t.Context(), paper, cf, q)
		require.NotNil(t, challenge, "%s %+v", report.Code, report.Problem)
		return verifier.SecondLevelAnswer{Challenge: challenge.ID, Code: mario.lastCode(t), Scope: q.Scope}
	}
	answer := func(a verifier.SecondLevelAnswer) {
		t.Helper()
		report := desk.Answer(t.Context(), paper, cf, a)
		assert.Equal(t, api.Confirmed, report.Verdict, "%s %+v", report.Code, report.Problem)
	}

	pending := ask("one")
	write(young + old)
	r.hangup(t, "peppers", `loaded="young, and 1 for codes on their way"`)
	assert.Contains(t, r.logs.String(), "kind=pepper id=young")
	r.hangup(t, "keys", "loaded=")
	answer(pending)

	pending = ask("two")
	write("young torn")
	r.hangup(t, "peppers", "-pepper-file: line 1 is not a name")
	write(pepper("young"))
	r.hangup(t, "peppers", "another key than pepper:young")
	write(young)
	r.hangup(t, "peppers", "the key pepper:old is missing") // 17 minutes have not passed
	require.NoError(t, os.Remove(file))
	r.hangup(t, "peppers", "no such file")
	answer(pending)
	answer(ask("three"))
	r.stop(t)
}

// The certificate and the authorities of cards are read again; what cannot be used changes nothing.
func TestHangupReadsCertificates(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	authority := func(name string) *cns.TestCA {
		ca, err := cns.NewTestCA([]byte(strings.Repeat(name, 32)))
		require.NoError(t, err)
		require.NoError(t, ca.WriteCards(in(name), demo.Personas()[:1]))
		return ca
	}
	ours := authority("a")
	authority("b")
	serve := func() *x509.Certificate {
		pair, err := ours.Server("127.0.0.1")
		require.NoError(t, err)
		key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
		require.NoError(t, err)
		for name, block := range map[string]*pem.Block{
			"cert": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
			"key":  {Type: "PRIVATE KEY", Bytes: key},
		} {
			require.NoError(t, os.WriteFile(in(name), pem.EncodeToMemory(block), 0o600))
		}
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		require.NoError(t, err)
		return leaf
	}
	trust := func(name string) {
		text, err := os.ReadFile(filepath.Join(in(name), "ca.pem"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(in("authorities"), text, 0o600))
	}
	first := serve()
	trust("a")
	cards := freeAddr(t)
	r := newReplica(t, "-data", in("data"), "-tls-cert", in("cert"), "-tls-key", in("key"), "-cns-addr",
		cards, "-cns-ca", in("authorities"), "-cns-no-crl")
	r.start(t)
	// get asks with a card of the authority. The certificate of the server is nil if it refuses the card.
	get := func(authority, address string) *x509.Certificate {
		path := filepath.Join(in(authority), "mario.pem")
		card, err := tls.LoadX509KeyPair(path, path)
		require.NoError(t, err)
		config := &tls.Config{RootCAs: ours.Roots(), Certificates: []tls.Certificate{card}}
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: config}}
		answer, err := client.Get("https://" + address + "/")
		if err != nil {
			return nil
		}
		defer answer.Body.Close()
		io.Copy(io.Discard, answer.Body)
		return answer.TLS.PeerCertificates[0]
	}
	require.Eventually(t, func() bool { return get("a", cards) != nil }, time.Minute, 20*time.Millisecond,
		"%s", r.logs)
	assert.Nil(t, get("b", cards))
	assert.Equal(t, first, get("a", r.addr))

	second := serve()
	trust("b")
	r.hangup(t, "certificate", second.SerialNumber.Text(16))
	r.hangup(t, `"card authorities"`, `loaded="1 authorities"`)
	assert.Equal(t, second, get("a", r.addr))
	assert.Equal(t, second, get("b", cards))
	assert.Nil(t, get("a", cards))

	for _, name := range []string{"key", "authorities"} {
		require.NoError(t, os.WriteFile(in(name), []byte("torn"), 0o600))
	}
	r.hangup(t, "certificate", "-tls-cert: tls: failed to find any PEM data")
	r.hangup(t, `"card authorities"`, "holds no certificate in PEM")
	assert.Equal(t, second, get("b", cards))
	r.stop(t)
}
