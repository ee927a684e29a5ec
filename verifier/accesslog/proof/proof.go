// Package proof checks the file with which a person proves an entry of an access log about
// them, to anybody and without the body that keeps the log: [Verify] takes the file and the
// log's public key. The package links no database and no other part of the issuer. Package
// accesslog makes the files.
//
// The file is JSON: the record, a random salt, the record's number, the hashes that lead from
// it to the root of the tree (RFC 6962), and the log's signed checkpoint (C2SP
// tlog-checkpoint). The hash of a leaf is SHA-256 of a zero byte, the record's day in UTC as
// 2026-01-15, and SHA-256 of the salt and the record as compact JSON. So the day stays provable
// when record and salt are deleted. A checker in another language takes about thirty lines;
// testdata/interop has one.
//
// A witness is a third party that keeps the checkpoints of a log. With [VerifyConsistency] it
// checks that a checkpoint continues the last one that it saw, and with [Cosign] it adds its own
// signature. [Verify] and [OpenCheckpoint] can demand such signatures.
//
// # What is not checked
//
// The package does not check that everybody was shown the same log. A body that signs two
// histories can give each person the convenient one. Compare the checkpoint with a published
// one, or demand the signature of a witness whom you trust.
package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A File is the file that the person keeps: one record and the proof that the log contains it.
type File struct {
	// Record is the record's own text. White space around its members has no meaning.
	Record json.RawMessage `json:"record"`
	// Salt is [SaltSize] random bytes. The leaf is the hash of salt and record.
	Salt []byte `json:"salt"`
	// Number is the place of the record in the log, from 0.
	Number int64 `json:"number"`
	// Hashes lead from the leaf to the root (RFC 6962, section 2.1.1).
	Hashes tlog.RecordProof `json:"hashes"`
	// Checkpoint is the signed checkpoint.
	Checkpoint string `json:"checkpoint"`
}

// SaltSize is the length of a salt in bytes.
const SaltSize = 16

// leafSize is the length of a leaf in bytes.
const leafSize = len(time.DateOnly) + sha256.Size

// Leaf returns the leaf of a record of that time, whose hash is [tlog.RecordHash]. It tells the
// record's day and nothing else.
func Leaf(at time.Time, salt, text []byte) []byte {
	digest := sha256.Sum256(slices.Concat(salt, text))
	return append([]byte(at.UTC().Format(time.DateOnly)), digest[:]...)
}

// LeafDay returns the day of a leaf, as midnight in UTC.
func LeafDay(leaf []byte) (time.Time, error) {
	if len(leaf) != leafSize {
		return time.Time{}, errLeaf
	}
	day, err := time.Parse(time.DateOnly, string(leaf[:len(time.DateOnly)]))
	if err != nil {
		return time.Time{}, errLeaf
	}
	return day, nil
}

var errLeaf = errors.New("leaf is malformed")

// maxProof is the maximum length of a file in bytes: a record, at most 40 hashes, a checkpoint
// with some witnesses.
const maxProof = 64 << 10

var errProof = errors.New("proof is malformed")

// Text returns the file as JSON, laid out for a person to read. Only the white space of the
// record's text changes.
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

// Verify checks, with the log's public key, that the log had this record when it had the
// checkpoint's size, and that each of the witnesses signed the checkpoint. Without witnesses it
// does not check that others were shown the same log: compare the checkpoint with a published
// one.
func Verify(file []byte, log note.Verifier, witnesses ...note.Verifier) (Record, Checkpoint, error) {
	p, err := parse(file)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	r, c, err := p.verify(log, witnesses)
	if err != nil {
		return Record{}, Checkpoint{}, err
	}
	return r, c, nil
}

func (p File) verify(log note.Verifier, witnesses []note.Verifier) (Record, Checkpoint, error) {
	c, err := OpenCheckpoint([]byte(p.Checkpoint), log, witnesses...)
	if err != nil {
		return Record{}, c, err
	}
	r, err := ParseRecord(p.Record)
	if err != nil {
		return r, c, err
	}
	leaf := tlog.RecordHash(Leaf(r.At, p.Salt, p.Record))
	if err := tlog.CheckRecord(p.Hashes, c.Size, c.Root, p.Number, leaf); err != nil {
		return r, c, fmt.Errorf("record is not in this log: %w", err)
	}
	return r, c, nil
}
