// Package proof checks the file by which a person proves, to anybody and without the body that keeps the
// log, what stands in an access log about them: [Verify] takes the file and the log's public key. The
// package links no database and no other part of the issuer; package accesslog makes the files.
//
// The file is JSON: the record, a random salt, the record's number, the hashes that lead from it to the
// root of the tree (RFC 6962), and the log's signed checkpoint (C2SP tlog-checkpoint). The leaf is SHA-256
// of a zero byte, the salt, and the record as compact JSON. A checker in another language takes some thirty
// lines; testdata/interop has one.
//
// # What is not checked
//
// The package does not check that everybody was shown the same log. A body that signs two histories can
// give each person the one that suits: compare the checkpoint with one that was published.
package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A File is what the person keeps: one record, and what shows that it is in the log.
type File struct {
	// Record is the record's own text; white space around its members does not count.
	Record json.RawMessage `json:"record"`
	// Salt is random, [SaltSize] bytes; the leaf is the hash of salt and record.
	Salt []byte `json:"salt"`
	// Number is the place of the record in the log, from 0.
	Number int64 `json:"number"`
	// Hashes lead from the leaf to the root (RFC 6962, section 2.1.1).
	Hashes tlog.RecordProof `json:"hashes"`
	// Checkpoint is signed.
	Checkpoint string `json:"checkpoint"`
}

// SaltSize is how long a salt is, in bytes.
const SaltSize = 16

// Leaf is the hash of a record in the tree.
func Leaf(salt, text []byte) tlog.Hash { return tlog.RecordHash(slices.Concat(salt, text)) }

// maxProof is the longest file that is read: a record, at most 40 hashes, a checkpoint with some witnesses.
const maxProof = 64 << 10

var errProof = errors.New("proof is malformed")

// Text is the file as JSON, laid out for a person to read. Of the record's own text only the white space
// changes.
func (f File) Text() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(f); err != nil {
		return nil, errProof
	}
	return b.Bytes(), nil
}

// parse reads a file and checks its form.
func parse(file []byte) (File, error) {
	var p File
	if len(file) > maxProof {
		return p, errProof
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	var text bytes.Buffer
	if d.Decode(&p) != nil || d.More() || len(p.Salt) != SaltSize || json.Compact(&text, p.Record) != nil {
		return p, errProof
	}
	p.Record = text.Bytes()
	return p, nil
}

// Verify checks, given the public key of the log, that the log of that name had this record when it was of
// the checkpoint's size. It does not check that others were shown the same log: compare the checkpoint with
// a published one.
func Verify(file []byte, log note.Verifier) (Record, Checkpoint, error) {
	p, err := parse(file)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	r, c, err := p.verify(log)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	return r, c, nil
}

func (p File) verify(log note.Verifier) (Record, Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), log)
	if err != nil {
		return Record{}, c, err
	}
	r, err := ParseRecord(p.Record)
	if err != nil {
		return r, c, err
	}
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Number, Leaf(p.Salt, p.Record)); err != nil {
		return r, c, fmt.Errorf("record is not in this log: %w", err)
	}
	return r, c, nil
}
