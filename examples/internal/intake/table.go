package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// codeColumn must be in every CSV file.
const codeColumn = "codice_fiscale"

// table reads the lines of a CSV file. It passes one line at a time to package csv.
type table struct {
	names  []string // of the columns
	line   bytes.Reader
	reader *csv.Reader
}

// readHeader accepts a comma between the columns or, as Italian spreadsheets write it, a
// semicolon.
func readHeader(line []byte, known func(name string) bool) (*table, error) {
	t := new(table)
	t.reader = csv.NewReader(&t.line)
	t.reader.ReuseRecord = true
	if bytes.ContainsRune(line, ';') {
		t.reader.Comma = ';'
	}
	names, err := t.split(line)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for i, name := range names {
		name = strings.TrimSpace(name)
		switch {
		case !known(name):
			return nil, fmt.Errorf("column %d has a name that is not known", i+1)
		case seen[name]:
			return nil, fmt.Errorf("column %s occurs twice", name)
		}
		seen[name] = true
		t.names = append(t.names, name)
	}
	if !seen[codeColumn] {
		return nil, errors.New("there is no column codice_fiscale")
	}
	return t, nil
}

func (t *table) split(line []byte) ([]string, error) {
	t.line.Reset(line)
	fields, err := t.reader.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty")
		}
		return nil, errors.New("quotation marks do not match")
	}
	return fields, nil
}

// fields returns the fields of a line, one for each column, which are valid until the next call.
func (t *table) fields(line []byte) ([]string, error) {
	fields, err := t.split(line)
	if err != nil {
		return nil, err
	}
	if len(fields) != len(t.names) {
		return nil, fmt.Errorf("has %d columns, the header %d", len(fields), len(t.names))
	}
	for i, text := range fields {
		fields[i] = strings.TrimSpace(text)
	}
	return fields, nil
}
