// Package ipa reads the register of public bodies that the Indice PA publishes as open data, and gives a body
// the name that fits a message.
//
// # What is not checked
//
// The package does not check that the file is of the Indice PA, or up to date. A body that was suppressed is
// in the register until the next import.
package ipa

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"github.com/qr-invalidita/attesta/otp"
)

// MaxFile is the maximum size of a file in bytes. That of the Indice PA, with some 23,000 bodies, has about
// 10 MB.
const MaxFile = 64 << 20

// A Register has the names of bodies by their code. The zero Register has none.
type Register struct {
	names map[string]string
	// Unnamed is the number of bodies of the file without a name that fits a message. Their operators declare
	// one.
	Unnamed int
}

// Len returns the number of bodies with a name.
func (r Register) Len() int { return len(r.names) }

// Name returns the name of the body in messages, or "" if there is none. Codes have no case.
func (r Register) Name(code string) string { return r.names[key(code)] }

func key(code string) string { return strings.ToLower(strings.TrimSpace(code)) }

// The names of the columns, in lower case: those of a body's own file, of enti.csv, and of the older
// amministrazioni.txt.
var (
	codeColumns  = []string{"code", "codice_ipa", "cod_amm"}
	nameColumns  = []string{"name", "denominazione_ente", "des_amm"}
	shortColumns = []string{"short", "acronimo"}
)

// The errors of [Read]. They quote nothing of the file.
var (
	ErrColumns = errors.New("needs a line of headings with code and name, " +
		"or Codice_IPA and Denominazione_ente")
	ErrFormat = errors.New("is not a table with tabs, semicolons or commas")
	ErrTwice  = errors.New("has one code twice")
)

// Read reads a file. Its first line names the columns; they are separated by tabs, semicolons or commas, and
// only the code, the name and, if it is there, the short name count. A body's name in messages is its name,
// or its short name if the name does not fit ([otp.OrganisationAllowed]).
func Read(data []byte) (Register, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	heading, _, _ := bytes.Cut(data, []byte("\n"))
	table := csv.NewReader(bytes.NewReader(data))
	table.Comma, table.LazyQuotes, table.FieldsPerRecord = separator(heading), true, -1
	first, err := table.Read()
	if err != nil {
		return Register{}, ErrFormat
	}
	code, name, short := column(first, codeColumns), column(first, nameColumns), column(first, shortColumns)
	if code < 0 || name < 0 {
		return Register{}, ErrColumns
	}
	r := Register{names: map[string]string{}}
	for {
		row, err := table.Read()
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return Register{}, ErrFormat
		}
		k := key(cell(row, code))
		if k == "" {
			continue
		}
		if _, ok := r.names[k]; ok {
			return Register{}, ErrTwice
		}
		switch long, brief := cell(row, name), cell(row, short); {
		case otp.OrganisationAllowed(long):
			r.names[k] = long
		case otp.OrganisationAllowed(brief):
			r.names[k] = brief
		default:
			r.Unnamed++
		}
	}
}

// separator returns the separator of the columns.
func separator(heading []byte) rune {
	for _, c := range "\t;" {
		if bytes.ContainsRune(heading, c) {
			return c
		}
	}
	return ','
}

func column(heading, names []string) int {
	for _, name := range names {
		for i, h := range heading {
			if key(h) == name {
				return i
			}
		}
	}
	return -1
}

// cell returns the text with white space folded, or "" if the row does not have it.
func cell(row []string, i int) string {
	if i < 0 || i >= len(row) {
		return ""
	}
	return strings.Join(strings.Fields(row[i]), " ")
}

//go:embed sample.csv
var sample []byte

// Sample returns the register of the demonstration, with invented bodies.
func Sample() (Register, error) { return Read(sample) }
