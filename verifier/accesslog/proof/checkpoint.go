package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	// Kept is the number of the first record that the log still has: it has deleted the Kept
	// records before. KeptDay is that record's day, as midnight in UTC; zero means that the log
	// has no record.
	Kept    int64
	KeptDay time.Time
}

// maxSize bounds the cost of a proof. No access log comes near it.
const maxSize = 1 << 40

var (
	errCheckpoint = errors.New("checkpoint is malformed")
	errOrigin     = errors.New("checkpoint is of another log")

	// ErrWitness means that the checkpoint is the log's but not signed by a witness whose signature was
	// demanded.
	ErrWitness = errors.New("checkpoint is not signed by the witness")
)

// Sign writes the checkpoint as a signed note, in the form of C2SP tlog-checkpoint, with the extension line
// "kept NUMBER DAY", or "kept NUMBER" if there is no record. The signer's name is its origin.
func (c Checkpoint) Sign(log note.Signer) ([]byte, error) {
	if c.Origin != log.Name() {
		return nil, errOrigin
	}
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", c.Origin, c.Size, c.Root, c.kept())
	signed, err := note.Sign(&note.Note{Text: text}, log)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	return signed, nil
}

// kept returns the extension line.
func (c Checkpoint) kept() string {
	if c.KeptDay.IsZero() {
		return fmt.Sprintf("kept %d", c.Kept)
	}
	return fmt.Sprintf("kept %d %s", c.Kept, c.KeptDay.Format(time.DateOnly))
}

// OpenCheckpoint verifies a signed checkpoint, and that each of the witnesses signed it. It may also carry
// signatures of others.
func OpenCheckpoint(signed []byte, log note.Verifier, witnesses ...note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	for _, w := range witnesses {
		if _, err := note.Open(signed, note.VerifierList(w)); err != nil {
			return Checkpoint{}, fmt.Errorf("%w %s", ErrWitness, w.Name())
		}
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

// parseCheckpoint reads origin, size, root and what is kept. It ignores further lines, which are extensions.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 5)
	if len(lines) != 5 {
		return Checkpoint{}, errCheckpoint
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return Checkpoint{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return Checkpoint{}, errCheckpoint
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	number, day, _ := strings.Cut(strings.TrimPrefix(lines[3], "kept "), " ")
	if c.Kept, err = parseSize(number); err != nil {
		return Checkpoint{}, err
	}
	if day != "" {
		if c.KeptDay, err = time.Parse(time.DateOnly, day); err != nil {
			return Checkpoint{}, errCheckpoint
		}
	}
	if c.kept() != lines[3] || c.Kept > size || c.KeptDay.IsZero() != (c.Kept == size) {
		return Checkpoint{}, errCheckpoint
	}
	return c, nil
}

func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > maxSize || strconv.FormatInt(n, 10) != text {
		return 0, errCheckpoint
	}
	return n, nil
}
