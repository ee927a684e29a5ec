package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// ErrNoReferenceKey means that the issuer lacks the reference key under which a token's subject
// was made. It is a fault of the issuer, not of the paper: read it as "cannot tell".
var ErrNoReferenceKey = cause.New("no reference key with the identifier in the token")

// ReferenceKey turns a codice fiscale into the reference in tokens. It never leaves the issuer,
// and the issuer keeps it until the last token under it has expired. If it is lost, that paper is
// void; if it leaks, anybody can find the person behind every old QR. The zero ReferenceKey is
// invalid. It is immutable and safe for concurrent use.
type ReferenceKey struct {
	id uint16
	// A struct that contains a pointer prints an address. There are two, because fmt follows one
	// under a wrong verb.
	secret **referenceSecret
}

// referenceSecret keeps hashes under the secret: one that is reset is as after the key, which is half of the
// work of a short HMAC.
type referenceSecret struct {
	key  [32]byte
	macs sync.Pool
}

// mac returns a reset HMAC-SHA-256 under the secret, which put takes back.
func (s *referenceSecret) mac() hash.Hash {
	if mac, ok := s.macs.Get().(hash.Hash); ok {
		mac.Reset()
		return mac
	}
	return hmac.New(sha256.New, s.key[:])
}

// NewReferenceKey returns a reference key with the identifier that the issuer gives it (unique,
// never reused, not secret) and its secret: exactly 32 random bytes (RFC 2104 section 3 asks for
// at least the length of the hash). It copies the bytes.
func NewReferenceKey(id uint16, secret []byte) (ReferenceKey, error) {
	if len(secret) != 32 {
		return ReferenceKey{}, fmt.Errorf("reference key of %d bytes instead of 32", len(secret))
	}
	return newReferenceKey(id, [32]byte(secret)), nil
}

// generateReferenceKey returns a key with a fresh secret from the operating system's source of
// randomness. It is for a [Folder], which saves the key: a lost key voids the paper under it.
func generateReferenceKey(id uint16) ReferenceKey {
	var secret [32]byte
	rand.Read(secret[:]) // never fails since Go 1.24
	return newReferenceKey(id, secret)
}

func newReferenceKey(id uint16, secret [32]byte) ReferenceKey {
	own := &referenceSecret{key: secret}
	return ReferenceKey{id: id, secret: &own}
}

// ID returns the key's identifier.
func (k ReferenceKey) ID() uint16 { return k.id }

// Proof returns 32 bytes by which processes find out whether they have the same key: a keyed digest
// (HMAC-SHA-256 of "attesta/reference-key/1" under the key). It helps nobody to guess the key or a person, so
// a database may hold it. The zero ReferenceKey has none.
func (k ReferenceKey) Proof() []byte {
	if k.secret == nil {
		return nil
	}
	mac := (*k.secret).mac()
	defer (*k.secret).macs.Put(mac)
	io.WriteString(mac, "attesta/reference-key/1")
	return mac.Sum(nil)
}

// Format writes only the key's identifier, whatever the verb.
func (k ReferenceKey) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "reference key %04x", k.id) }

// MarshalText always fails, so that no encoder writes the secret by accident.
func (k ReferenceKey) MarshalText() ([]byte, error) {
	return nil, errors.New("a reference key must not be marshalled")
}

// reference returns base64url(id ‖ HMAC-SHA-256(secret, "attesta/sub/1" ‖ 0 ‖ iss ‖ 0 ‖ iat in
// decimal ‖ 0 ‖ CF)[:16]). The time of issue makes the references of two documents of one person
// differ.
func (k ReferenceKey) reference(c Claims, cf codicefiscale.Code) string {
	in := make([]byte, 0, 256)
	in = append(in, "attesta/sub/1\x00"...)
	in = append(in, c.IssuerName...)
	in = append(in, 0)
	in = appendSeconds(in, c.IssuedAt)
	in = append(in, 0)
	in = append(in, cf.Reveal()...)
	mac := (*k.secret).mac()
	defer (*k.secret).macs.Put(mac)
	mac.Write(in)
	sum := mac.Sum(binary.BigEndian.AppendUint16(make([]byte, 0, 2+sha256.Size), k.id))
	return b64.EncodeToString(sum[:2+16])
}

// matchReference compares in constant time. The error is [ErrNoReferenceKey] or [ErrCFMismatch].
func matchReference(keys []ReferenceKey, c Claims, cf codicefiscale.Code) error {
	want, err := b64.DecodeString(c.Subject)
	if err != nil || len(want) != 2+16 {
		return ErrClaims
	}
	id := binary.BigEndian.Uint16(want)
	for _, k := range keys {
		if k.secret == nil || k.id != id {
			continue
		}
		if subtle.ConstantTimeCompare([]byte(k.reference(c, cf)), []byte(c.Subject)) == 1 {
			return nil
		}
		return ErrCFMismatch
	}
	return ErrNoReferenceKey
}
