package bulk

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/qrpdf"
)

// The names of the other files in the folder.
const (
	rejectsName = "rejects.csv"
	joinedName  = "one.pdf"
	journalName = "journal.csv"
	// unfinished is how the names of files begin that are being written; see package file.
	unfinished = ".new-"
)

// journalHead is the first line of a journal.
const journalHead = "line,file,issued,reference\n"

// entry is a finished document: a line of the journal.
type entry struct {
	line    int64
	file    string
	issued  time.Time
	subject string // the reference in the token, from which only the issuer finds the person
}

// journal is the list of the finished documents in a folder. Each line is written after its document is on
// the disk.
type journal struct {
	folder string
	done   map[int64]entry // by line
	file   *os.File
}

// openJournal opens the journal of a folder, which it makes if there is none, and keeps other runs out of the
// folder. It cuts off a last line that an earlier run did not finish, and deletes files that it did not.
func openJournal(folder string) (*journal, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	j := &journal{folder: folder, done: make(map[int64]entry)}
	if err := j.claim(); err != nil {
		return nil, err
	}
	var err error
	j.file, err = os.OpenFile(j.path(journalName), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := j.resume(); err != nil {
		return nil, errors.Join(err, j.file.Close())
	}
	return j, nil
}

func (j *journal) resume() error {
	if err := lock(j.file); err != nil {
		return words.Errorf("another run writes to this folder")
	}
	end, err := j.read()
	if err != nil {
		return fmt.Errorf("%s: %w", j.path(journalName), err)
	}
	if err := j.file.Truncate(end); err != nil {
		return err
	}
	if end == 0 {
		if _, err := j.file.WriteString(journalHead); err != nil {
			return err
		}
	}
	return j.clean()
}

// claim refuses a folder that holds something else.
func (j *journal) claim() error {
	names, err := os.ReadDir(j.folder)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(j.path(journalName)); len(names) > 0 && err != nil {
		return words.Errorf("%s is not empty and holds no journal of an earlier run", j.folder)
	}
	return nil
}

func (j *journal) clean() error {
	left, err := filepath.Glob(j.path(unfinished + "*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

func (j *journal) path(name string) string { return filepath.Join(j.folder, name) }

// Close lets other runs into the folder.
func (j *journal) Close() error { return j.file.Close() }

// read returns where the last whole line ends.
func (j *journal) read() (end int64, err error) {
	in := bufio.NewReader(j.file)
	for n := 1; ; n++ {
		line, err := in.ReadString('\n')
		if err == io.EOF {
			return end, nil
		}
		if err != nil {
			return 0, err
		}
		if n > 1 {
			e, ok := parseEntry(strings.TrimSuffix(line, "\n"))
			if !ok {
				return 0, words.Errorf("line %d is not one of a journal", n)
			}
			j.done[e.line] = e
		} else if line != journalHead {
			return 0, words.Errorf("line %d is not one of a journal", n)
		}
		end += int64(len(line))
	}
}

func parseEntry(text string) (e entry, ok bool) {
	fields := strings.Split(text, ",")
	if len(fields) != 4 || filepath.Base(fields[1]) != fields[1] {
		return e, false
	}
	var err error
	e.file, e.subject = fields[1], fields[3]
	e.line, err = strconv.ParseInt(fields[0], 10, 64)
	if err == nil {
		e.issued, err = time.Parse(time.RFC3339, fields[2])
	}
	return e, err == nil
}

// add records documents. They are on the disk before it, and the record is when it returns.
func (j *journal) add(made []entry) error {
	if len(made) == 0 {
		return nil
	}
	var b bytes.Buffer
	for _, e := range made {
		fmt.Fprintf(&b, "%d,%s,%s,%s\n", e.line, e.file, e.issued.UTC().Format(time.RFC3339), e.subject)
		j.done[e.line] = e
	}
	if _, err := j.file.Write(b.Bytes()); err != nil {
		return err
	}
	return j.file.Sync()
}

// join writes all documents of the lines up to last as one PDF, in the order of the lines.
func (j *journal) join(ctx context.Context, last int64) error {
	var lines []int64
	for line := range j.done {
		if line <= last {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	f, err := os.CreateTemp(j.folder, unfinished+"*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	out := bufio.NewWriterSize(f, 1<<20)
	err = qrpdf.Join(out, len(lines), func(i int) ([]byte, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		return os.ReadFile(j.path(j.done[lines[i]].file))
	})
	if err := errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), j.path(joinedName))
}

func writeCSV(b *strings.Builder, fields []string) {
	w := csv.NewWriter(b)
	w.Write(fields) // a strings.Builder takes everything
	w.Flush()
}
