package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Consistency is a file for a witness: a checkpoint, and the proof that it continues an earlier
// one.
type Consistency struct {
	// From is the size of the earlier checkpoint.
	From int64 `json:"from"`
	// Hashes are the proof (RFC 6962, section 2.1.2).
	Hashes tlog.TreeProof `json:"hashes"`
	// Checkpoint is the signed checkpoint.
	Checkpoint string `json:"checkpoint"`
}

var (
	errConsistency = errors.New("consistency proof is malformed")
	// ErrNotContinued means that the log does not continue the earlier checkpoint: its history was
	// rewritten, or deleted records are back.
	ErrNotContinued = errors.New("log does not continue the earlier checkpoint")
)

// Text returns the file as JSON, laid out for a person to read.
func (c Consistency) Text() ([]byte, error) {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, errConsistency
	}
	return append(text, '\n'), nil
}

// VerifyConsistency checks, with the log's public key, that the file's checkpoint continues the last
// one that the caller saw. A zero last means none: then any checkpoint of the log is accepted. It
// returns the checkpoint, signed and opened. If the log does not continue, the error is
// [ErrNotContinued].
func VerifyConsistency(
	file []byte, last Checkpoint, log note.Verifier,
) (signed []byte, c Checkpoint, err error) {
	var p Consistency
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if len(file) > maxProof || d.Decode(&p) != nil || d.More() {
		return nil, Checkpoint{}, errConsistency
	}
	signed = []byte(p.Checkpoint)
	if c, err = OpenCheckpoint(signed, log); err != nil {
		return nil, Checkpoint{}, err
	}
	switch {
	case last.Origin == "" && last.Size == 0:
		return signed, c, nil
	case last.Origin != c.Origin:
		return nil, Checkpoint{}, errOrigin
	case p.From != last.Size && c.Size >= last.Size:
		return nil, Checkpoint{}, fmt.Errorf("proof begins at %d records, the last checkpoint at %d",
			p.From, last.Size)
	case c.Size < last.Size, c.Kept < last.Kept,
		last.Size > 0 && tlog.CheckTree(p.Hashes, c.Size, c.Root, last.Size, last.Root) != nil:
		return nil, Checkpoint{}, fmt.Errorf("%w of %d records", ErrNotContinued, last.Size)
	}
	return signed, c, nil
}

// Cosign adds the signature of a witness to a checkpoint of the log. Check it first, with
// [VerifyConsistency].
func Cosign(signed []byte, log note.Verifier, witness note.Signer) ([]byte, error) {
	if _, err := OpenCheckpoint(signed, log); err != nil {
		return nil, err
	}
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	both, err := note.Sign(n, witness)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return both, nil
}
