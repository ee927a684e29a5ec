// Package intake reads people from a registry's export files: CSV with a header and a verbale
// in each line, or JSON Lines with a person and all verbali in each. Format explains both to
// people.
//
// An entry is one line of at most one MiB, so memory is bounded and a missing quotation mark
// spoils only its own line. The error for a line names the field and the rule, never a value.
package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// These are the formats.
const (
	CSV   = "csv"
	JSONL = "jsonl"
)

// maxLine is the longest line in bytes. A person with 256 verbali needs a tenth of it.
const maxLine = 1 << 20

// A Line is an entry of the file, or the error in it.
type Line struct {
	Number int64 // from 1; the header of a CSV file is the first
	Person registry.Person
	Err    error
}

// A Reader reads entries one by one. Make it with [Open].
type Reader struct {
	lines    *bufio.Reader
	position int64
	number   int64
	parse    func([]byte) (registry.Person, error)
}

// Open starts to read a file at its beginning. Of a CSV file it reads the header.
func Open(file io.Reader, format string) (*Reader, error) {
	r := &Reader{lines: bufio.NewReaderSize(file, maxLine)}
	switch format {
	case JSONL:
		r.parse = parseJSON
		return r, nil
	case CSV:
		header, err := r.line()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("header: %w", err)
		}
		t, err := readHeader(header)
		if err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
		r.parse = t.parse
		return r, nil
	}
	return nil, fmt.Errorf("unknown format %q, want %s or %s", format, CSV, JSONL)
}

// Skip continues at a place returned by [Reader.Position].
func (r *Reader) Skip(file io.ReadSeeker, position, number int64) error {
	if _, err := file.Seek(position, io.SeekStart); err != nil {
		return err
	}
	r.lines.Reset(file)
	r.position, r.number = position, number
	return nil
}

// Position returns the number of bytes and lines read.
func (r *Reader) Position() (position, number int64) { return r.position, r.number }

// Next returns the next entry and skips empty lines. After the last entry it returns [io.EOF].
// Any other error is one of reading.
func (r *Reader) Next() (Line, error) {
	for {
		line, err := r.line()
		var broken *lineError
		switch {
		case errors.As(err, &broken):
			return Line{Number: r.number, Err: broken}, nil
		case err != nil:
			return Line{}, err
		case len(bytes.TrimSpace(line)) == 0:
			continue
		}
		p, err := r.parse(line)
		if err == nil {
			err = p.Validate()
		}
		if err != nil {
			return Line{Number: r.number, Err: err}, nil
		}
		return Line{Number: r.number, Person: p}, nil
	}
}

// lineError is a fault of the line itself.
type lineError struct{ text string }

func (e *lineError) Error() string { return e.text }

// line returns the next line, which is valid until the next call.
func (r *Reader) line() ([]byte, error) {
	line, err := r.lines.ReadSlice('\n')
	r.position += int64(len(line))
	if len(line) > 0 {
		r.number++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, errors.Join(r.passOver(), &lineError{"is longer than a MiB"})
	case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
		return nil, err
	}
	if r.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if !utf8.Valid(line) {
		return nil, &lineError{"is not UTF-8"}
	}
	return line, nil
}

// passOver reads the rest of a line that is too long.
func (r *Reader) passOver() error {
	for {
		rest, err := r.lines.ReadSlice('\n')
		r.position += int64(len(rest))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}
