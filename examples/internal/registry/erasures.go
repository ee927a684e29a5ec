package registry

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/file"
)

// Erasures is the path of the list of those who were erased: a file of lines with a time, the
// pseudonyms, and a MAC under the key for names. It outlives the tables: keep it with the keys, and
// put it in place before an older backup is used. Losing it lets the erased come back with such a
// backup. A file that does not exist is an empty list.
type Erasures string

// maxErasures bounds the file, in bytes: for two pseudonyms each, about 600,000 erasures.
const maxErasures = 64 << 20

// erasure is a line of the list.
type erasure struct {
	at       time.Time
	subjects []subject
}

// columnErasure is the place of a line's MAC.
const columnErasure column = "erasures.mac"

func (e erasure) at64() []byte { return integer(e.at.Unix()) }

func (e erasure) sign(n names) []byte {
	parts := [][]byte{e.at64()}
	for i := range e.subjects {
		parts = append(parts, e.subjects[i][:])
	}
	return n.sign(columnErasure.at(parts...))
}

func (e erasure) line(n names) string {
	hexes := make([]string, len(e.subjects))
	for i := range e.subjects {
		hexes[i] = hex.EncodeToString(e.subjects[i][:])
	}
	return fmt.Sprintf("%s %s %x\n", e.at.Format(time.RFC3339), strings.Join(hexes, ","), e.sign(n))
}

func parseErasure(line string, n names) (e erasure, err error) {
	parts := strings.Split(line, " ")
	if len(parts) != 3 {
		return e, errList
	}
	if e.at, err = time.Parse(time.RFC3339, parts[0]); err != nil {
		return e, errList
	}
	for text := range strings.SplitSeq(parts[1], ",") {
		b, err := hex.DecodeString(text)
		if err != nil {
			return e, errList
		}
		s, err := parseSubject(b)
		if err != nil {
			return e, errList
		}
		e.subjects = append(e.subjects, s)
	}
	mac, err := hex.DecodeString(parts[2])
	if err != nil || subtle.ConstantTimeCompare(mac, e.sign(n)) != 1 {
		return e, errList
	}
	return e, nil
}

// text returns the whole lines. What follows the last one was being written when the process ended:
// nothing was erased then.
func (l Erasures) text() ([]byte, error) {
	text, err := file.ReadPrivate(string(l), maxErasures)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text[:bytes.LastIndexByte(text, '\n')+1], err
}

func (l Erasures) read(n names) (list []erasure, err error) {
	text, err := l.text()
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		e, err := parseErasure(strings.TrimSuffix(line, "\n"), n)
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", l, len(list)+1, err)
		}
		list = append(list, e)
	}
	return list, nil
}

// add puts a line at the end, on the disk.
func (l Erasures) add(n names, e erasure) (err error) {
	whole, err := l.text()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(string(l), os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(int64(len(whole))); err != nil {
		return err
	}
	if _, err := f.WriteAt([]byte(e.line(n)), int64(len(whole))); err != nil {
		return err
	}
	return f.Sync()
}
