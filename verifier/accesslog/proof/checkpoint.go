package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A Checkpoint is a log's statement about its whole: the number of its records and the hash
// over them.
type Checkpoint struct {
	// Origin is the log's name.
	Origin string
	// Size is the number of records.
	Size int64
	// Root is the hash of the tree over them (RFC 6962, section 2.1).
	Root tlog.Hash
}

// maxSize bounds the cost of a proof. No access log comes near it.
const maxSize = 1 << 40

var (
	errCheckpoint = errors.New("checkpoint is malformed")
	errOrigin     = errors.New("checkpoint is of another log")
)

// Sign writes the checkpoint as a signed note, in the form of C2SP tlog-checkpoint. The signer's name is
// its origin.
func (c Checkpoint) Sign(log note.Signer) ([]byte, error) {
	if c.Origin != log.Name() {
		return nil, errOrigin
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
	signed, err := note.Sign(&note.Note{Text: text}, log)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint verifies a signed checkpoint. It may also carry signatures of others, such as
// witnesses.
func OpenCheckpoint(signed []byte, log note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.Origin != log.Name() {
		err = errOrigin
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

// parseCheckpoint reads origin, size and root. It ignores further lines, which are extensions.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) != 4 {
		return Checkpoint{}, errCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxSize || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, errCheckpoint
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return Checkpoint{}, errCheckpoint
	}
	return Checkpoint{lines[0], size, root}, nil
}
