package registry

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A subject is a person's pseudonym.
type subject [16]byte

// column names the place of sealed data, so that data sealed for one column does not open in
// another.
type column string

const (
	columnRecord     column = "person.record"
	columnIdentity   column = "person.identity"
	columnContacts   column = "person.contacts"
	columnMoved      column = "person.moved"
	columnEvent      column = "event.body"
	columnDelegation column = "delegation.body"
	columnAct        column = "act.body"
)

// errSealed means that the row is damaged or was moved.
var errSealed = errors.New("what is sealed does not open")

// sealedVersion is the first byte of everything sealed.
const sealedVersion = 1

// keys are derived from the registry's key.
type keys struct{ subjects, seals []byte }

func deriveKeys(key secret.Secret) (k keys, err error) {
	if k.subjects, err = key.Key("registry/subject/1", nil); err != nil {
		return keys{}, err
	}
	k.seals, err = key.Key("registry/seal/1", nil)
	return k, err
}

// proof identifies the key.
func (k keys) proof() []byte { return digest(k.subjects, "proof") }

// subject returns the person's pseudonym. A final and a provisional code differ in length and
// never give the same pseudonym.
func (k keys) subject(cf codicefiscale.Code) subject {
	return subject(digest(k.subjects, "person", cf.Reveal())[:len(subject{})])
}

// person returns the keys for one pseudonym. Each person has separate keys, so a row moved
// under another pseudonym does not open, and no key seals so much that random nonces could
// repeat.
func (k keys) person(s subject) personKeys {
	key := digest(k.seals, string(s[:]))
	block, err := aes.NewCipher(digest(key, "seal"))
	if err != nil {
		panic(err) // never for a key of 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // never for the block of crypto/aes
	}
	return personKeys{key, aead}
}

type personKeys struct {
	key  []byte
	aead cipher.AEAD
}

// digest identifies content that arrives again.
func (k personKeys) digest(content []byte) []byte {
	return digest(k.key, "content", string(content))[:16]
}

func (k personKeys) seal(c column, plain []byte) []byte {
	out := make([]byte, 1, 1+len(plain)+k.aead.Overhead())
	out[0] = sealedVersion
	return k.aead.Seal(out, nil, plain, []byte(c))
}

// open returns nil for an empty column.
func (k personKeys) open(c column, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	if len(sealed) == 0 || sealed[0] != sealedVersion {
		return nil, fmt.Errorf("%s: %w", c, errSealed)
	}
	plain, err := k.aead.Open(nil, nil, sealed[1:], []byte(c))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c, errSealed)
	}
	return plain, nil
}

// sealJSON seals v as JSON.
func (k personKeys) sealJSON(c column, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return k.seal(c, plain), nil
}

// openJSON reads into v what sealJSON wrote. It hides the cause of a failure, because that may
// quote the content.
func (k personKeys) openJSON(c column, sealed []byte, v any) error {
	plain, err := k.open(c, sealed)
	if err != nil || plain == nil {
		return err
	}
	if json.Unmarshal(plain, v) != nil {
		return fmt.Errorf("%s: what was sealed is not understood", c)
	}
	return nil
}

// digest is an HMAC over parts with unambiguous borders.
func digest(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}
