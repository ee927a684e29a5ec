package intake

import (
	"fmt"
	"io"
	"slices"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Row is a line of a list of people.
type Row struct {
	Number int64 // from 1; the header is the first
	CF     codicefiscale.Code
	// Fields are the values of the other columns by their names, without the empty ones.
	Fields map[string]string
	Err    error // a fault of the line; the fields above are then empty
}

// Rows reads a CSV file with one person in each line, in the form of a file of people but with columns of
// its own. Make it with [OpenRows].
type Rows struct {
	lines
	table *table
}

// OpenRows starts to read a list and reads its header. Its columns are codice_fiscale, which must be there,
// and any of the others.
func OpenRows(file io.Reader, others ...string) (*Rows, error) {
	r := &Rows{lines: newLines(file)}
	header, err := r.header()
	if err != nil {
		return nil, err
	}
	r.table, err = readHeader(header, func(name string) bool {
		return name == codeColumn || slices.Contains(others, name)
	})
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return r, nil
}

// Next returns the next row and skips empty lines. After the last row it returns [io.EOF]. Any other error
// is one of reading.
func (r *Rows) Next() (Row, error) {
	line, fault, err := r.next()
	if err != nil {
		return Row{}, err
	}
	row := Row{Number: r.number, Err: fault}
	if fault != nil {
		return row, nil
	}
	fields, err := r.table.fields(line)
	if err != nil {
		row.Err = err
		return row, nil
	}
	code := fields[slices.Index(r.table.names, codeColumn)]
	if row.CF, err = codicefiscale.ParseAny(code); err != nil {
		row.Err = fmt.Errorf("%s: %w", codeColumn, err)
		return row, nil
	}
	row.Fields = make(map[string]string)
	for i, text := range fields {
		if name := r.table.names[i]; name != codeColumn && text != "" {
			row.Fields[name] = text
		}
	}
	return row, nil
}
