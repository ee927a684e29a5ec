package accesslog

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// row is a record as the table has it.
type row struct {
	number        int64
	id, challenge string
	person        string
	at            int64
	record, salt  []byte
	sealed        []byte // the operator
	mac           []byte
}

// rowColumns are the columns in the order of fields.
const rowColumns = `number, id, challenge, person, at_s, record, salt, operator, mac`

func (r *row) fields() []any {
	return []any{&r.number, &r.id, &r.challenge, &r.person, &r.at, &r.record, &r.salt, &r.sealed, &r.mac}
}

// values returns the row for an insert.
func (r *row) values() []any {
	return []any{r.number, r.id, r.challenge, r.person, r.at, string(r.record), r.salt, r.sealed, r.mac}
}

// insertRows has a place for each value of n rows. It returns the numbers of those whose challenge had no
// record.
func insertRows(n int) string {
	rows := strings.Repeat(", (?"+strings.Repeat(", ?", 8)+")", n)
	return `INSERT INTO access_record (` + rowColumns + `) VALUES ` + strings.TrimPrefix(rows, ", ") +
		` ON CONFLICT (challenge) DO NOTHING RETURNING number`
}

// sign returns the MAC of the row.
func (l *Log) sign(r *row) []byte {
	return l.mac(labelRecord, integer(r.number), []byte(r.id), []byte(r.challenge), []byte(r.person),
		integer(r.at), r.record, r.salt, r.sealed)
}

// check returns the record if the row is as it was written and its columns say the same.
func (l *Log) check(r *row) (Record, error) {
	record, err := proof.ParseRecord(r.record)
	same := record.ID == r.id && record.Challenge == r.challenge && record.Person == r.person &&
		record.At.Unix() == r.at
	if err != nil || !same || !hmac.Equal(l.sign(r), r.mac) {
		return Record{}, fmt.Errorf("%w: record %d", ErrTampered, r.number)
	}
	return record, nil
}

// scanner is a row of a result.
type scanner interface{ Scan(...any) error }

// scan reads a row and checks it.
func (l *Log) scan(s scanner) (row, Record, error) {
	var r row
	if err := s.Scan(r.fields()...); err != nil {
		return row{}, Record{}, err
	}
	record, err := l.check(&r)
	return r, record, err
}

// state is the row of access_tree.
type state struct {
	size, kept int64
	mac        []byte
}

func (l *Log) signState(s state) []byte { return l.mac(labelTree, integer(s.size), integer(s.kept)) }

// checkState refuses a state that was not written here. The state of new tables has no MAC.
func (l *Log) checkState(s state) error {
	isNew := s.size == 0 && s.kept == 0 && len(s.mac) == 0
	if !isNew && !hmac.Equal(l.signState(s), s.mac) {
		return fmt.Errorf("%w: size %d, kept from %d", ErrTampered, s.size, s.kept)
	}
	return nil
}

// mac returns 16 bytes of an HMAC over the parts, each preceded by its length.
func (l *Log) mac(label string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, l.Key)
	mac.Write([]byte(label))
	for _, p := range parts {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
		mac.Write(p)
	}
	return mac.Sum(nil)[:16]
}

func integer(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
