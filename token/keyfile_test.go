package token_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

func keyFile(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func pkcs8(key any) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
}

func privateJWK(t *testing.T) []byte {
	t.Helper()
	k := newTestKey(esPrivate()).jwk
	k.D = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
	return must(json.Marshal(k))
}

func TestReadKeyFile(t *testing.T) {
	ed := newTestKey(edPrivate()).jwk
	ed.D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	bare := `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",` +
		`"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`
	tests := map[string]struct {
		data []byte
		want crypto.Signer
	}{
		"P-256 PEM":   {pkcs8(esPrivate()), esPrivate()},
		"Ed25519 PEM": {pkcs8(edPrivate()), edPrivate()},
		"P-256 JWK":   {privateJWK(t), esPrivate()},
		"Ed25519 JWK": {must(json.Marshal(ed)), edPrivate()},
		"bare JWK":    {[]byte(bare), esPrivate()},
		"text before the PEM": {append([]byte("# the key of 2026\n"), pkcs8(esPrivate())...),
			esPrivate()},
		"empty lines after it":     {append(pkcs8(esPrivate()), "\n\n"...), esPrivate()},
		"white space around a JWK": {[]byte("\n" + bare + "\n"), esPrivate()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := token.ReadKeyFile(keyFile(t, test.data))
			require.NoError(t, err)
			assert.True(t, got.(interface{ Equal(crypto.PrivateKey) bool }).Equal(test.want))
		})
	}
}

func TestReadKeyFileRefuses(t *testing.T) {
	es := must(x509.MarshalPKCS8PrivateKey(esPrivate()))
	rsaKey := must(rsa.GenerateKey(rand.Reader, 2048))
	x25519 := must(x509.MarshalPKCS8PrivateKey(must(ecdh.X25519().GenerateKey(rand.Reader))))
	block := func(kind string,
		data []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
	}
	tests := map[string][]byte{
		"empty":         nil,
		"noise":         []byte("secret-noise"),
		"encrypted PEM": block("ENCRYPTED PRIVATE KEY", es),
		"old encrypted PEM": []byte("-----BEGIN EC PRIVATE KEY-----\nProc-Type: " +
			"4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n"),
		"EC PRIVATE KEY": block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(esPrivate()))),
		"PUBLIC KEY": block("PUBLIC KEY",
			must(x509.MarshalPKIXPublicKey(esPrivate().Public()))),
		"CERTIFICATE":               block("CERTIFICATE", es),
		"RSA":                       block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(rsaKey))),
		"X25519":                    block("PRIVATE KEY", x25519),
		"two keys":                  append(pkcs8(esPrivate()), pkcs8(edPrivate())...),
		"text after the key":        append(pkcs8(esPrivate()), "secret-noise"...),
		"torn PEM":                  pkcs8(esPrivate())[:120],
		"PEM with garbage in it":    block("PRIVATE KEY", []byte("secret-noise")),
		"public JWK":                must(json.Marshal(newTestKey(esPrivate()).jwk)),
		"symmetric JWK":             []byte(`{"kty":"oct","k":"c2VjcmV0LW5vaXNl"}`),
		"torn JWK":                  privateJWK(t)[:200],
		"JWK set":                   []byte(`{"keys":[` + string(privateJWK(t)) + `]}`),
		"a key and 64 KB of spaces": append(privateJWK(t), strings.Repeat(" ", 64<<10)...),
		"10 MB":                     make([]byte, 10<<20),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			path := keyFile(t, data)
			key, err := token.ReadKeyFile(path)
			require.Error(t, err)
			assert.Nil(t, key)
			assert.ErrorContains(t, err, path)
			for _, secret := range []string{"secret-noise", "c2VjcmV0LW5vaXNl", "jpsQnn", "BEGIN"} {
				assert.NotContains(t, err.Error(), secret)
			}
		})
	}
}

// Faults that reading does not notice show when the key would sign.
func TestReadKeyFileUnfit(t *testing.T) {
	ed := newTestKey(edPrivate()).jwk
	ed.D = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	for name, data := range map[string][]byte{
		"P-384":                    pkcs8(p384Private()),
		"P-256 with another's d":   []byte(strings.Replace(string(privateJWK(t)), "jpsQ", "jpsR", 1)),
		"Ed25519 with another's d": must(json.Marshal(ed)),
	} {
		t.Run(name, func(t *testing.T) {
			signer, err := token.ReadKeyFile(keyFile(t, data))
			if err == nil {
				_, err = token.NewSigningKey(t.Context(), issuerName, signer)
			}
			assert.Error(t, err)
		})
	}
}

func TestReadKeyFileModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such bits")
	}
	path := keyFile(t, pkcs8(esPrivate()))
	for mode, ok := range map[fs.FileMode]bool{
		0o600: true, 0o400: true, 0o700: true,
		0o640: false, 0o620: false, 0o610: false, 0o604: false, 0o602: false, 0o601: false, 0o644: false,
		0o660: false, 0o777: false,
	} {
		require.NoError(t, os.Chmod(path, mode))
		key, err := token.ReadKeyFile(path)
		if ok {
			assert.NoError(t, err, mode)
			continue
		}
		assert.ErrorIs(t, err, token.ErrOpenKeyFile, mode)
		assert.ErrorContains(t, err, path)
		assert.Nil(t, key)
	}
}

func TestReadKeyFileOfOtherKinds(t *testing.T) {
	dir := t.TempDir()
	_, err := token.ReadKeyFile(dir)
	assert.ErrorContains(t, err, dir)
	_, err = token.ReadKeyFile(filepath.Join(dir, "none"))
	assert.ErrorIs(t, err, fs.ErrNotExist)

	if runtime.GOOS == "windows" {
		t.Skip("symbolic links need a privilege on Windows")
	}
	target := keyFile(t, pkcs8(esPrivate()))
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(target, link))
	_, err = token.ReadKeyFile(link)
	assert.NoError(t, err, "a link to a private file")
	require.NoError(t, os.Chmod(target, 0o644))
	_, err = token.ReadKeyFile(link)
	assert.ErrorIs(t, err, token.ErrOpenKeyFile, "the mode of the file counts, not that of the link")
}

// A new key is written as PEM, read back and signs.
func TestReadKeyFileSigns(t *testing.T) {
	for _, key := range []crypto.Signer{
		must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		ed25519.NewKeyFromSeed(referenceSecret()),
	} {
		signer, err := token.ReadKeyFile(keyFile(t, pkcs8(key)))
		require.NoError(t, err)
		verifies(t, newIssuer(t, signer))
	}
}
