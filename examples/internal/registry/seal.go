package registry

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// A column is a sealed column: its table and its name.
type column string

const (
	columnRecord     column = "person.record"
	columnIdentity   column = "person.identity"
	columnContacts   column = "person.contacts"
	columnMoved      column = "person.moved"
	columnReports    column = "person.reports"
	columnMAC        column = "person.mac"
	columnDataKey    column = "person.data_key"
	columnEvent      column = "event.body"
	columnDelegation column = "delegation.body"
	columnAct        column = "act.body"
	columnAsked      column = "asked.body"
	columnProof      column = "key_version.proof"
	columnImport     column = "import.mac"
)

// errSealed means that the row is damaged, was changed or was moved.
var errSealed = errors.New("what is sealed does not open")

// errMissing means that rows were deleted or added.
var errMissing = errors.New("rows are missing, or there are too many")

// sealedVersion is the first byte of everything sealed.
const sealedVersion = 1

// A place is where a sealed value lies: the column, and everything in the row that identifies it.
// It is the additional data of the encryption, so a value opens in its own place only.
type place []byte

// at returns the place in the row with these keys. Each part is preceded by its length.
func (c column) at(keys ...[]byte) place {
	p := append(append(make(place, 0, 128), byte(len(c))), c...)
	for _, k := range keys {
		p = append(binary.BigEndian.AppendUint32(p, uint32(len(k))), k...)
	}
	return p
}

// integer returns the part of a place that is a number.
func integer(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// dataKeySize is the length of a data key in bytes.
const dataKeySize = 32

// A vault seals everything about one person under the person's data key. Each person has a random
// one, so nothing opens for another person, and no key seals so much that random nonces could
// repeat.
type vault struct {
	aead cipher.AEAD
	mac  []byte
}

func newVault(dataKey []byte) vault {
	return vault{newAEAD(digest(dataKey, "seal")), digest(dataKey, "mac")}
}

func newAEAD(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // never for a key of 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // never for the block of crypto/aes
	}
	return aead
}

func (v vault) seal(p place, plain []byte) []byte {
	out := make([]byte, 1, 1+len(plain)+v.aead.Overhead())
	out[0] = sealedVersion
	return v.aead.Seal(out, nil, plain, p)
}

// open returns nil for an empty column.
func (v vault) open(p place, sealed []byte) ([]byte, error) {
	if sealed == nil {
		return nil, nil
	}
	if len(sealed) == 0 || sealed[0] != sealedVersion || v.aead == nil {
		return nil, errSealed
	}
	plain, err := v.aead.Open(nil, nil, sealed[1:], p)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

// sign returns a MAC of what is readable in the place.
func (v vault) sign(p place) []byte { return digest(v.mac, string(p))[:16] }

// sealJSON seals v as JSON.
func (v vault) sealJSON(p place, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return v.seal(p, plain), nil
}

// openJSON reads into value what sealJSON wrote. It hides the cause of a failure, because that may
// quote the content.
func (v vault) openJSON(p place, sealed []byte, value any) error {
	plain, err := v.open(p, sealed)
	if err != nil || plain == nil {
		return err
	}
	if json.Unmarshal(plain, value) != nil {
		return fmt.Errorf("what was sealed is not understood")
	}
	return nil
}

// digest is an HMAC over parts with unambiguous borders.
func digest(key []byte, parts ...string) []byte {
	text := make([]byte, 0, 256)
	for _, p := range parts {
		text = append(binary.BigEndian.AppendUint32(text, uint32(len(p))), p...)
	}
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}
