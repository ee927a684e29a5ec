package accesslog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof is the file that the person keeps: JSON of one record, and what shows that it is in the log.
type Proof struct {
	// Record is the record's own text; white space around its members does not count.
	Record json.RawMessage `json:"record"`
	// Salt is 16 bytes; the leaf is the hash of salt and record.
	Salt []byte `json:"salt"`
	// Number is the place of the record in the log, from 0.
	Number int64 `json:"number"`
	// Hashes lead from the leaf to the root (RFC 6962, section 2.1.1).
	Hashes tlog.RecordProof `json:"hashes"`
	// Checkpoint is signed.
	Checkpoint string `json:"checkpoint"`
}

// maxProof is the longest file that is read: a record, at most 40 hashes, a checkpoint with some witnesses.
const maxProof = 64 << 10

var errProof = errors.New("proof is malformed")

// file lays the proof out for a person to read, and leaves the record's own text as it is but for white space.
func (p Proof) file() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(p); err != nil {
		return nil, errProof
	}
	return b.Bytes(), nil
}

// parseProof reads a file and checks its form.
func parseProof(file []byte) (Proof, error) {
	var p Proof
	if len(file) > maxProof {
		return p, errProof
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	var text bytes.Buffer
	if d.Decode(&p) != nil || d.More() || len(p.Salt) != saltSize || json.Compact(&text, p.Record) != nil {
		return p, errProof
	}
	p.Record = text.Bytes()
	return p, nil
}

// Verify checks a file that a person kept, given the public key of the log: that the log of that name, at the size of the
// checkpoint, had this record. It needs no database. Whether others were shown the same log is another question: compare
// the checkpoint with a published one.
func Verify(file []byte, log note.Verifier) (Record, Checkpoint, error) {
	p, err := parseProof(file)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	r, c, err := p.verify(log)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	return r, c, nil
}

func (p Proof) verify(log note.Verifier) (Record, Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), log)
	if err != nil {
		return Record{}, c, err
	}
	r, err := parseRecord(p.Record)
	if err != nil {
		return r, c, err
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Number, leaf(p.Salt, p.Record)); err != nil {
		return r, c, fmt.Errorf("record is not in this log: %w", err)
	}
	return r, c, nil
}
