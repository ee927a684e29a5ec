package accesslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is what a log says about all of itself: so many records, under this hash.
type Checkpoint struct {
	// Origin is the log's name.
	Origin string
	Size   int64
	Root   tlog.Hash
}

// maxSize of a tree bounds what a proof may cost; no log of accesses comes near it.
const maxSize = 1 << 40

var errCheckpoint = errors.New("checkpoint is malformed")

// Checkpoint returns the signed checkpoint of now, in the form of C2SP tlog-checkpoint: what `GET /audit/checkpoint`
// answers, as text/plain. It holds no personal data and may be cached for some seconds.
func (l *Log) Checkpoint(ctx context.Context) ([]byte, error) {
	t := tree{ctx, l.DB, l.DB.Bind}
	size, _, err := t.size()
	if err != nil {
		return nil, err
	}
	return l.checkpoint(t, size)
}

func (l *Log) checkpoint(t tree, size int64) ([]byte, error) {
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.Signer.Name(), size, root)
	signed, err := note.Sign(&note.Note{Text: text}, l.Signer)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signed, nil
}

// OpenCheckpoint verifies a signed checkpoint. Signatures of others, such as witnesses, may stand beside the log's own.
func OpenCheckpoint(signed []byte, log note.Verifier) (Checkpoint, error) {
	n, err := note.Open(signed, note.VerifierList(log))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	c, err := parseCheckpoint(n.Text)
	if err == nil && c.Origin != log.Name() {
		err = errors.New("checkpoint is of another log")
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return c, nil
}

// parseCheckpoint reads origin, size and root; further lines are extensions and mean nothing here.
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
