// Package intake reads people from a registry's export files: CSV with a header and a verbale
// in each line, or JSON Lines with a person and all verbali in each. Format explains both to
// people.
//
// An entry is one line of at most one MiB, so memory is bounded and a missing quotation mark
// spoils only its own line. The error for a line names the field and the rule, never a value.
package intake

import (
	"fmt"
	"io"

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
	lines
	parse func([]byte) (registry.Person, error)
}

// Open starts to read a file at its beginning. Of a CSV file it reads the header.
func Open(file io.Reader, format string) (*Reader, error) {
	r := &Reader{lines: newLines(file)}
	switch format {
	case JSONL:
		r.parse = parseJSON
		return r, nil
	case CSV:
		header, err := r.header()
		if err != nil {
			return nil, err
		}
		p, err := readPeople(header)
		if err != nil {
			return nil, fmt.Errorf("header: %w", err)
		}
		r.parse = p.parse
		return r, nil
	}
	return nil, fmt.Errorf("unknown format %q, want %s or %s", format, CSV, JSONL)
}

// Skip continues at a place returned by [Reader.Position].
func (r *Reader) Skip(file io.ReadSeeker, position, number int64) error {
	if _, err := file.Seek(position, io.SeekStart); err != nil {
		return err
	}
	r.reader.Reset(file)
	r.position, r.number = position, number
	return nil
}

// Next returns the next entry and skips empty lines. After the last entry it returns [io.EOF].
// Any other error is one of reading.
func (r *Reader) Next() (Line, error) {
	line, fault, err := r.next()
	if err != nil || fault != nil {
		return Line{Number: r.number, Err: fault}, err
	}
	p, fault := r.parse(line)
	if fault == nil {
		fault = p.Validate()
	}
	if fault != nil {
		return Line{Number: r.number, Err: fault}, nil
	}
	return Line{Number: r.number, Person: p}, nil
}
