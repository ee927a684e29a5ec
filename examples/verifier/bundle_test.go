package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func TestBundle(t *testing.T) {
	w, other := newWorld(t, nil), newBody(t, "https://card.example.it")
	dir := t.TempDir()
	key, path := filepath.Join(dir, "key.pem"), filepath.Join(dir, "desk.bundle")
	code, out, errs := run(t, nil, "bundle", "make", "-key", key, "-o", path, w.jwks+"="+w.server.URL,
		other.jwks)
	require.Zero(t, code, errs)
	assert.Empty(t, out)
	assert.Contains(t, errs, "Made the key")
	info, err := os.Stat(key)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	for _, args := range [][]string{{"show"}, {"verify", "-bundle-key", key + ".pub"}} {
		code, out, errs = run(t, nil, append(append([]string{"bundle"}, args...), path)...)
		assert.Zero(t, code, errs)
		for _, want := range []string{issuerName, w.server.URL, "https://card.example.it", "its name",
			w.issuer.Keys[0].Public().ID(), "ES256"} {
			assert.Contains(t, out, want)
		}
		assert.Equal(t, args[0] == "show", strings.Contains(out, "NOT CHECKED"))
		assert.Equal(t, args[0] == "verify", strings.Contains(out, "GOOD: made with this key"))
	}

	// The papers of both issuers are judged with the bundle, one of them online.
	trusted := []string{"-bundle", path, "-bundle-key", key + ".pub"}
	code, out, _ = run(t, nil, append([]string{"check", "-cf", mario, w.paper(t, mario, 0)}, trusted...)...)
	assert.Equal(t, 0, code, out)
	code, out, _ = run(t, nil,
		append([]string{"check", "-offline", write(t, other.text(t, time.Now(), false))}, trusted...)...)
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, "https://card.example.it")

	// make uses the existing key, and writes a second bundle to the standard output.
	code, out, errs = run(t, nil, "bundle", "make", "-key", key, w.jwks)
	assert.Zero(t, code)
	assert.Empty(t, errs, "the key is there")
	assert.Equal(t, 3, len(strings.Split(strings.TrimSpace(out), ".")))
}

func TestBundleOfAnAge(t *testing.T) {
	w := newWorld(t, nil)
	for name, test := range map[string]struct {
		age          time.Duration
		verify, used int
		code, want   string
	}{
		"fresh":      {time.Hour, 0, 0, "", ""},
		"old":        {25 * time.Hour, 0, 0, "", "make a new one soon"},
		"too old":    {7*24*time.Hour + time.Minute, 2, 2, "[too_old]", "too old"},
		"not yet so": {-time.Hour, 2, 2, "[from_the_future]", "dated in the future"},
	} {
		t.Run(name, func(t *testing.T) {
			b := bundleOf(t, w, time.Now().Add(-test.age))
			code, out, errs := run(t, nil, "bundle", "verify", "-bundle-key", b.key, b.bundle)
			assert.Equal(t, test.verify, code, errs)
			assert.Equal(t, name == "old", strings.Contains(out, "OLD"))
			assert.Contains(t, errs, test.code)
			code, _, errs = run(t, nil, "check", "-offline", "-bundle", b.bundle, "-bundle-key", b.key,
				w.paper(t, mario, time.Minute))
			assert.Equal(t, test.used, code, errs)
			if test.want != "" {
				assert.Contains(t, errs, test.want)
			}
		})
	}
}

// The program accepts a key made by openssl, and openssl reads a key made by the program.
func TestBundleKeyOfOpenSSL(t *testing.T) {
	path, err := exec.LookPath("openssl")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no openssl here")
	}
	require.NoError(t, err)
	w := newWorld(t, nil)
	for _, kind := range [][]string{{"-algorithm", "ed25519"},
		{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}} {
		dir := t.TempDir()
		key, b := filepath.Join(dir, "key"), filepath.Join(dir, "bundle")
		openssl := func(args ...string) {
			out, err := exec.Command(path, args...).CombinedOutput()
			require.NoError(t, err, string(out))
		}
		openssl(append([]string{"genpkey", "-out", key}, kind...)...)
		openssl("pkey", "-in", key, "-pubout", "-out", key+".pub")
		code, _, errs := run(t, nil, "bundle", "make", "-key", key, "-o", b, w.jwks)
		require.Zero(t, code, errs)
		code, _, errs = run(t, nil, "bundle", "verify", "-bundle-key", key+".pub", b)
		assert.Zero(t, code, errs)
	}
	b := bundleOf(t, w, time.Now())
	out, err := exec.Command(path, "pkey", "-pubin", "-in", b.key, "-noout").CombinedOutput()
	assert.NoError(t, err, string(out))
}

func TestBundleRefuses(t *testing.T) {
	w := newWorld(t, nil)
	mine, theirs := bundleOf(t, w, time.Now()), bundleOf(t, w, time.Now())
	text, err := os.ReadFile(mine.bundle)
	require.NoError(t, err)
	paper := w.paper(t, mario, 0)
	key := filepath.Join(t.TempDir(), "key")
	tests := []struct {
		name, want string
		code       int
		args       []string
	}{
		{"another key", "[unknown_key]", 1,
			[]string{"bundle", "verify", "-bundle-key", theirs.key, mine.bundle}},
		{"changed", "NOT GOOD", 1, []string{"bundle", "verify", "-bundle-key", mine.key,
			write(t, string(text[:300])+"A"+string(text[301:]))}},
		{"a paper", "[header]", 1, []string{"bundle", "verify", "-bundle-key", mine.key, write(t, w.jws(t))}},
		{"no key", "give -bundle-key", 3, []string{"bundle", "verify", mine.bundle}},
		{"a private key for the public one", "not a public key", 3,
			[]string{"bundle", "verify", "-bundle-key", strings.TrimSuffix(mine.key, ".pub"), mine.bundle}},
		{"no file", "no such file", 3, []string{"bundle", "verify", "-bundle-key", mine.key, "none"}},
		{"no bundle to show", "not a bundle", 1, []string{"bundle", "show", paper}},
		{"no action", "wants make, show or verify", 3, []string{"bundle"}},
		{"another action", "unknown action", 3, []string{"bundle", "trust"}},
		{"nothing to make it of", "wants -key and one key set", 3, []string{"bundle", "make", "-key", key}},
		{"an issuer twice", "occurs twice", 1, []string{"bundle", "make", "-key", key, w.jwks, w.jwks}},
		{"no key set", "key set none", 3, []string{"bundle", "make", "-key", key, "none"}},
		{"a public folder for the key", "no such file", 1,
			[]string{"bundle", "make", "-key", "none/key", w.jwks}},
		{"check with another key", "unknown_key", 3,
			[]string{"check", "-offline", "-bundle", mine.bundle, "-bundle-key", theirs.key, paper}},
		{"check without a key", "give -bundle-key", 3,
			[]string{"check", "-offline", "-bundle", mine.bundle, paper}},
		{"check with both", "leave out -issuer, -issuer-name and -jwks", 3, []string{"check", "-offline",
			"-bundle", mine.bundle, "-bundle-key", mine.key, "-jwks", w.jwks, paper}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, nil, test.args...)
			assert.Equal(t, test.code, code, out+errs)
			assert.Contains(t, out+errs, test.want)
		})
	}
}

func TestReceipt(t *testing.T) {
	w, other := newWorld(t, nil), newBody(t, issuerName)
	path := filepath.Join(t.TempDir(), "receipt")
	code, out, errs := w.command(t, nil, "check", "-cf", mario, "-case", "A/1", "-receipt", path,
		w.paper(t, mario, 0))
	require.Zero(t, code, out+errs)
	for _, args := range [][]string{{"verify", path}, {"-json", "verify", path}} {
		code, out, errs = w.command(t, nil, append([]string{"receipt"}, args...)...)
		assert.Zero(t, code, errs)
		assert.Contains(t, out, "A/1")
		assert.NotContains(t, out, "RSSMRA")
		assert.NotContains(t, out, "civil_invalid")
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	changed := write(t, string(text[:200])+"A"+string(text[201:]))
	for name, test := range map[string]struct {
		code int
		want string
		args []string
	}{
		"of another issuer": {2, "CANNOT TELL", []string{"verify", "-jwks", other.jwks, path}},
		"changed":           {1, "NOT GOOD", []string{"verify", changed}},
		"a paper":           {1, "[header]", []string{"verify", write(t, w.jws(t))}},
		"another action":    {3, "wants verify", []string{"make", path}},
		"no file":           {3, "no such file", []string{"verify", "none"}},
	} {
		code, out, errs = w.command(t, nil, append([]string{"receipt"}, test.args...)...)
		assert.Equal(t, test.code, code, name)
		assert.Empty(t, out)
		assert.Contains(t, errs, test.want, name)
	}
	// Without an answer there is no receipt. If the receipt cannot be written, the answer is still
	// printed.
	w.failing = errors.New("gone")
	none := filepath.Join(t.TempDir(), "none")
	code, _, _ = w.command(t, nil, "check", "-cf", mario, "-receipt", none, w.paper(t, mario, 0))
	assert.Equal(t, 2, code)
	assert.NoFileExists(t, none)
	w.failing = nil
	code, out, errs = w.command(t, nil, "check", "-cf", mario, "-receipt", filepath.Join(none, "x"),
		w.paper(t, mario, 0))
	assert.Equal(t, 2, code, "what was asked for could not be done")
	assert.Contains(t, out, "CONFIRMED\n")
	assert.Contains(t, errs, "no such file")
}

// A receipt that the issuer signed with a key of its own is verified without a network, with a bundle.
func TestReceiptWithBundle(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	key, err := token.NewReceiptKey(t.Context(), issuerName, private)
	require.NoError(t, err)
	w := newWorld(t, func(w *world) {
		published := []token.PublicKey{w.issuer.Keys[0].Public(), key.Public()}
		w.service.ReceiptKey = func(context.Context) (*token.SigningKey, error) { return key, nil }
		w.service.Keys = func(context.Context) ([]token.PublicKey, error) { return published, nil }
	})
	older := bundleOf(t, w, time.Now()) // of the key set before the key was added
	set, err := token.MarshalJWKS([]token.PublicKey{w.issuer.Keys[0].Public(), key.Public()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(w.jwks, set, 0o600))
	newer := bundleOf(t, w, time.Now())
	code, out, errs := run(t, nil, "bundle", "verify", "-bundle-key", newer.key, newer.bundle)
	require.Zero(t, code, errs)
	assert.Regexp(t, key.Public().ID()+`\s+ES256\s+receipts\n`, out)
	assert.Regexp(t, w.issuer.Keys[0].Public().ID()+`\s+ES256\s+papers\n`, out)

	path := filepath.Join(t.TempDir(), "receipt")
	code, out, errs = w.command(t, nil, "check", "-cf", mario, "-receipt", path, w.paper(t, mario, 0))
	require.Zero(t, code, out+errs)
	forged := w.body // somebody who stole the key for receipts makes a paper
	stolen, err := token.NewSigningKey(t.Context(), issuerName, private)
	require.NoError(t, err)
	forged.issuer = &token.Signer{Keys: []*token.SigningKey{stolen}, References: w.issuer.References}
	for name, test := range map[string]struct {
		code int
		want string
		args []string
	}{
		"receipt": {0, "GOOD", []string{"receipt", "verify", "-bundle", newer.bundle,
			"-bundle-key", newer.key, path}},
		"older bundle": {2, "[unknown_key]", []string{"receipt", "verify", "-bundle", older.bundle,
			"-bundle-key", older.key, path}},
		"paper under the key for receipts": {2, "unknown_key", []string{"check", "-offline",
			"-bundle", newer.bundle, "-bundle-key", newer.key,
			write(t, forged.text(t, time.Now(), false))}},
	} {
		code, out, errs := run(t, nil, test.args...)
		assert.Equal(t, test.code, code, name)
		assert.Contains(t, out+errs, test.want, name)
	}
}
