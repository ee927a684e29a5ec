package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A record is the file of -resume: the JSON lines of this run and of earlier ones.
type record struct {
	// done holds how each finished file ended, by name. A file for which the issuer could not be asked
	// is not finished; when a later run checks it, the new line replaces the old one. So it is with a file
	// that has changed since.
	done map[string]ending
	file *os.File // nil: nothing is written
}

// ending is the part of a line that is counted.
type ending struct {
	Verdict string   `json:"verdict"`
	Code    api.Code `json:"code"`
	Digest  string   `json:"digest"`
}

// knows returns how the file ended in an earlier run, if it has the same content now. The name counts too,
// since it decides which person of -cf-list the file belongs to.
func (r *record) knows(path string) (ending, bool) {
	e, ok := r.done[path]
	if !ok {
		return ending{}, false
	}
	data, err := readInput(path, nil)
	return e, err == nil && digest(data) == e.Digest
}

// maxRecordLine is the maximum length of a line in bytes. A line that this program writes has about 3
// KB.
const maxRecordLine = 1 << 20

// openRecord reads the lines of earlier runs and prepares to append. It cuts off an unfinished last
// line. Any other line that this program did not write is an error, so that it never changes a file of
// another kind.
func openRecord(path string) (*record, error) {
	r := &record{done: map[string]ending{}}
	if path == "" {
		return r, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, file.ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	end, err := r.read(f)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, words.Errorf("%s: %w", path, err)
	}
	r.file = f
	return r, nil
}

// read returns the position after the last complete line.
func (r *record) read(f io.Reader) (int64, error) {
	var end int64
	in := bufio.NewReaderSize(f, maxRecordLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return end, nil
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, words.Errorf("line %d is too long", n)
		case err != nil:
			return 0, err
		}
		var l struct {
			File *string `json:"file"`
			ending
		}
		if json.Unmarshal(line, &l) != nil || l.File == nil || l.Verdict == "" {
			return 0, words.Errorf("line %d is not one of check -json", n)
		}
		switch l.Code {
		case api.CodeUnavailable, api.CodeRateLimited, api.CodeKeysStale:
			delete(r.done, *l.File)
		default:
			r.done[*l.File] = l.ending
		}
		end += int64(len(line))
	}
}

// add appends a line in one write. If the run is killed, only the last line can be incomplete.
func (r *record) add(x result) error {
	if r.file == nil {
		return nil
	}
	line, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// Close closes the file.
func (r *record) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
