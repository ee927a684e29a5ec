// Package secret derives the keys and seals the texts that several processes share, from one
// common secret.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// A Secret is 32 or more random bytes. It prints as a constant.
type Secret []byte

// ErrShort means that a secret has fewer than 32 bytes.
var ErrShort = errors.New("secret is shorter than 32 bytes")

// ErrSealed means that a text was sealed by another box or was changed.
var ErrSealed = errors.New("text was not sealed here")

// Format writes "[secret]", whatever the verb and its flags.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, "[secret]") }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Key returns a key of 32 bytes for the purpose. It reveals nothing about the secret or other
// keys. The salt distinguishes keys of one purpose; it may be nil.
func (s Secret) Key(purpose string, salt []byte) ([]byte, error) {
	if len(s) < 32 {
		return nil, ErrShort
	}
	return hkdf.Key(sha256.New, s, salt, "attesta/"+purpose, 32)
}

// Signer returns a private key of the curve P-256 for the purpose.
func (s Secret) Signer(purpose string) (*ecdsa.PrivateKey, error) {
	// Nearly every number of 32 bytes is a key of the curve. Skip one that is not.
	for purpose += " signer"; ; purpose += "+" {
		scalar, err := s.Key(purpose, nil)
		if err != nil {
			return nil, err
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar); err == nil {
			return key, nil
		}
	}
}

// A Box seals values into texts of letters, digits, - and _. Only a box of the same secret,
// purpose and salt opens them, in any process. The zero Box is unusable; make one with
// [Secret.Box].
type Box struct{ aead cipher.AEAD }

// Box returns a box for the purpose, for fewer than 2^32 texts.
func (s Secret) Box(purpose string, salt []byte) (Box, error) {
	key, err := s.Key(purpose, salt)
	if err != nil {
		return Box{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Box{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Box{aead}, err
}

// Seal seals the JSON of the value.
func (b Box) Seal(value any) (string, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b.SealBytes(plain, nil)), nil
}

// Open unseals text into the value, a pointer. The error is ErrSealed.
func (b Box) Open(text string, value any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != text { // the decoder skips line breaks
		return ErrSealed
	}
	plain, err := b.OpenBytes(sealed, nil)
	if err != nil || json.Unmarshal(plain, value) != nil {
		return ErrSealed
	}
	return nil
}

// SealBytes seals bytes into bytes. They open with the same place only, which is not sealed: what
// identifies the row and column in which they are, or nil.
func (b Box) SealBytes(plain, place []byte) []byte { return b.aead.Seal(nil, nil, plain, place) }

// OpenBytes unseals what SealBytes sealed. The error is ErrSealed.
func (b Box) OpenBytes(sealed, place []byte) ([]byte, error) {
	plain, err := b.aead.Open(nil, nil, sealed, place)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}
