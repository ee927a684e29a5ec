package otp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// A Keyring holds the peppers by ID. New challenges use Current. To rotate, add the new pepper
// on every server, then make it Current, then remove the old one when no challenge under it
// can be pending, that is after Policy.Lifetime (15 minutes are safe). Each step takes a restart
// or [Challenges.SetKeys].
type Keyring struct {
	// Current is the ID, in Peppers, of the pepper for new challenges.
	Current string
	// Peppers are the peppers by ID. An ID is 1 to 16 characters out of A-Z a-z 0-9 . _ : -.
	Peppers map[string]Pepper
}

func (k Keyring) check() error {
	if _, ok := k.Peppers[k.Current]; !ok {
		return errors.New("keyring: Current names no pepper")
	}
	for id, p := range k.Peppers {
		if !token(id, 1, 16) {
			return fmt.Errorf("keyring: pepper id %q", id)
		}
		if p.IsZero() {
			return fmt.Errorf("keyring: pepper %q is empty", id)
		}
	}
	return nil
}

// pepperSet is a checked Keyring.
type pepperSet struct {
	current string
	pairs   map[string]pepperPair
}

// SetKeys replaces the peppers. A challenge that is pending keeps its own, so k must still hold it.
// If k is malformed or holds Config.RecordKey, the error says so and the peppers stay.
func (cs *Challenges) SetKeys(k Keyring) error {
	if err := k.check(); err != nil {
		return err
	}
	set := &pepperSet{k.Current, make(map[string]pepperPair, len(k.Peppers))}
	for id, p := range k.Peppers {
		if p.reveal() == cs.recordKey.reveal() {
			return fmt.Errorf("config: RecordKey is pepper %q", id)
		}
		set.pairs[id] = newPepperPair(p)
	}
	cs.peppers.Store(set)
	return nil
}

func (cs *Challenges) pepper(id string) (pepperPair, bool) {
	p, ok := cs.peppers.Load().pairs[id]
	return p, ok
}

const (
	keySize  = 16 // of a record's key: 128 bits of HMAC-SHA-256
	tailSize = 11 // random bytes of a challenge id: with the key 27, in base64url exactly 36 characters
)

// recordKeys are the long-lived keys. All are derived from Config.RecordKey.
type recordKeys struct{ record, id, sealing, bucket, digest *mac }

func newRecordKeys(p Pepper) recordKeys {
	key := newMAC([]byte(p.reveal()))
	sub := func(label string) *mac { return newMAC(key.digest(label)) }
	return recordKeys{sub("otp/record/v1"), sub("otp/id/v1"), sub("otp/seal/v1"), sub("otp/bucket/v1"),
		sub("otp/digest/v1")}
}

// recordKey is the key under which the person's record is stored.
func (k recordKeys) recordKey(tenant string, subject Secret) []byte {
	return k.record.digest("record", []byte(tenant), []byte(subject.reveal()))[:keySize]
}

// challengeID makes the ID of a challenge. It holds the key of the record, masked by a pad
// that only the holder of the keys can compute from the rest. So the ID leads to the record
// without an index, and two IDs of one person have nothing in common.
func (k recordKeys) challengeID(key, tail []byte) string {
	b := make([]byte, tailSize+keySize)
	copy(b, tail)
	subtle.XORBytes(b[tailSize:], key, k.id.digest("pad", tail))
	return base64.RawURLEncoding.EncodeToString(b)
}

func (k recordKeys) parseID(id string) (key, tail []byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	// Check the length of the text too, because the decoder skips line breaks.
	if err != nil || len(id) != 36 || len(b) != tailSize+keySize {
		return nil, nil, false
	}
	key = make([]byte, keySize)
	subtle.XORBytes(key, b[tailSize:], k.id.digest("pad", b[:tailSize]))
	return key, b[:tailSize], true
}

// storeKey is a record's key in the form that a store takes.
func storeKey(key []byte) string { return base64.RawURLEncoding.EncodeToString(key) }

// A box seals the record under key. Each record has its own cipher key, so random nonces never
// run short and no record opens in another's place.
type box struct {
	cipher.AEAD
	key []byte
}

func (k recordKeys) box(key []byte) (*box, error) {
	block, err := aes.NewCipher(k.sealing.digest("record", key))
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCM(block)
	return &box{a, key}, err
}

var errDamaged = errors.New("record is damaged")

func (a *box) seal(plain []byte, random io.Reader) ([]byte, error) {
	out := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	if _, err := io.ReadFull(random, out); err != nil {
		return nil, err
	}
	return a.Seal(out, out, plain, a.key), nil
}

func (a *box) open(sealed []byte) ([]byte, error) {
	if len(sealed) < a.NonceSize() {
		return nil, errDamaged
	}
	plain, err := a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], a.key)
	if err != nil {
		return nil, errDamaged
	}
	return plain, nil
}

// parties is a digest of tenant, operator and person.
func (k recordKeys) parties(p Parties) []byte {
	return k.digest.digest("parties", []byte(p.Tenant), []byte(p.Operator.IdentityProvider),
		[]byte(p.Operator.ID.reveal()), []byte(p.Subject.reveal()))
}

// operator is a digest of tenant and operator.
func (k recordKeys) operator(p Parties) []byte {
	return k.digest.digest("operator", []byte(p.Tenant), []byte(p.Operator.IdentityProvider),
		[]byte(p.Operator.ID.reveal()))
}

// contact is a digest of the contact: a number or a printed list.
func (k recordKeys) contact(c Contact) []byte {
	return k.digest.digest("contact", []byte(c.Channel), []byte(c.Phone.Reveal()), []byte(c.Codes.ID))
}

// binding is a digest of everything that the code stands for.
func (k recordKeys) binding(parties []byte, t Terms, contact []byte, locale string) []byte {
	declared := []byte{0}
	if t.Declared {
		declared[0] = 1
	}
	parts := [][]byte{parties, []byte(t.Organisation), declared, []byte(t.Purpose), []byte(t.Scope),
		contact, []byte(locale)}
	if t.CaseNumber != "" || t.Evidence != "" {
		parts = append(parts, []byte(t.CaseNumber), []byte(t.Evidence))
	}
	return k.digest.digest("binding", parts...)
}

func (k recordKeys) idempotency(key string) []byte {
	if key == "" {
		return nil
	}
	return k.digest.digest("idempotency", []byte(key))[:keySize]
}

// bucketKeys are the names of n buckets; value is what they limit.
func (k recordKeys) bucketKeys(limit Limit, n int, value ...[]byte) []string {
	if n == 0 {
		return nil
	}
	names := make([]string, n)
	of := base64.RawURLEncoding.EncodeToString(k.bucket.digest(string(limit), value...)[:keySize])
	for i := range names {
		names[i] = string(limit) + ":" + string(rune('0'+i)) + ":" + of
	}
	return names
}
