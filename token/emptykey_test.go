package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/token"
)

// An empty key is an error and no panic.
func TestEmptyKey(t *testing.T) {
	for name, signer := range map[string]crypto.Signer{
		"nil":           nil,
		"nil P-256":     (*ecdsa.PrivateKey)(nil),
		"nil Ed25519":   ed25519.PrivateKey(nil),
		"P-256 without": &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P256()}},
		"no curve":      &ecdsa.PrivateKey{},
	} {
		k, err := token.NewSigningKey(t.Context(), "https://qr.example.it", signer)
		assert.Error(t, err, name)
		assert.Nil(t, k, name)
	}
	for name, key := range map[string]crypto.PublicKey{
		"nil":           nil,
		"nil P-256":     (*ecdsa.PublicKey)(nil),
		"P-256 without": &ecdsa.PublicKey{Curve: elliptic.P256()},
		"nil Ed25519":   ed25519.PublicKey(nil),
	} {
		_, err := token.NewPublicKey("https://qr.example.it", key)
		assert.Error(t, err, name)
	}
}

// A text that is no token does not get into a QR.
func TestQRTextOfNoToken(t *testing.T) {
	for _, text := range []string{
		"", "WIFI:S:x;;", "https://qr.example.it", "eyJhbGciOiJFUzI1NiJ9.e30.AA", "123456",
	} {
		_, err := token.QRText("https://qr.example.it/q", text)
		assert.Error(t, err, text)
	}
}
