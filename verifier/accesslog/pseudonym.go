package accesslog

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// These labels derive the parts of Log.Key. Changing a label has the effect of another key.
const (
	labelPerson   = "attesta/accesslog/person/1"
	labelOperator = "attesta/accesslog/operator/1"
	labelSeal     = "attesta/accesslog/seal/1"
	labelRecord   = "attesta/accesslog/record/1"
	labelTree     = "attesta/accesslog/tree/1"
)

// pseudonym returns 16 bytes of an HMAC over the parts, each preceded by its length.
func (l *Log) pseudonym(label string, parts ...string) string {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte(label))
	for _, p := range parts {
		fmt.Fprintf(mac, "\x00%d\x00%s", len(p), p)
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

func (l *Log) person(cf codicefiscale.Code) string { return l.pseudonym(labelPerson, cf.Reveal()) }

func (l *Log) operator(o service.Operator) string {
	return l.pseudonym(labelOperator, o.Tenant, o.IdentityProvider, o.ID)
}

// sealed is the encrypted part of an operator.
type sealed struct {
	Tenant           string `json:"tenant"`
	IdentityProvider string `json:"issuer"`
	ID               string `json:"id"`
	Organisation     string `json:"organisation"`
}

func (l *Log) cipher() (cipher.AEAD, error) {
	secret := l.SealKey
	if secret == nil {
		secret = l.Key
	}
	key, err := hkdf.Key(sha256.New, secret, nil, labelSeal, 32)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// operatorAt is the additional data of an encrypted operator: the column, and what identifies the row.
func operatorAt(number int64, id string) []byte {
	return fmt.Appendf(nil, "access_record.operator\x00%d\x00%s", number, id)
}

// seal encrypts an operator for one record. The result does not open for another record.
func (l *Log) seal(number int64, id string, o service.Operator) ([]byte, error) {
	aead, err := l.cipher()
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(sealed(o))
	if err != nil {
		return nil, errors.New("operator cannot be written")
	}
	return aead.Seal(nil, nil, text, operatorAt(number, id)), nil
}

// Operator returns the operator of the access with that ID, for an inquiry by the body itself.
// Never show it to the person. If the encrypted operator is not that of the record, the error
// is [ErrTampered].
func (l *Log) Operator(ctx context.Context, id string) (service.Operator, error) {
	if err := l.ready(); err != nil {
		return service.Operator{}, err
	}
	r, record, err := l.scan(l.DB.QueryRowContext(ctx,
		l.bind(`SELECT `+rowColumns+` FROM access_record WHERE id = ?`), id))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return service.Operator{}, ErrNotFound
	case err != nil:
		return service.Operator{}, fmt.Errorf("read: %w", err)
	}
	return l.open(&r, record)
}

func (l *Log) open(r *row, record Record) (service.Operator, error) {
	aead, err := l.cipher()
	if err != nil {
		return service.Operator{}, err
	}
	plain, err := aead.Open(nil, nil, r.sealed, operatorAt(r.number, r.id))
	if err != nil {
		return service.Operator{}, fmt.Errorf("%w: operator does not open", ErrTampered)
	}
	var s sealed
	if json.Unmarshal(plain, &s) != nil || l.operator(service.Operator(s)) != record.Operator {
		return service.Operator{}, fmt.Errorf("%w: operator is not that of the record", ErrTampered)
	}
	return service.Operator(s), nil
}
