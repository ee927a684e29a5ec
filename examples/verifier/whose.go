package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// whose says which person each of many files belongs to: the same one for all, or the one in a list.
type whose struct {
	all  codicefiscale.Code
	list map[string]codicefiscale.Code
}

// of returns the person to whom a file with these names belongs, or the zero code if no person is named.
// If there is a list without the file, it returns an error.
func (w whose) of(names ...string) (codicefiscale.Code, error) {
	if w.list == nil {
		return w.all, nil
	}
	for _, name := range names {
		if cf, ok := w.list[name]; ok {
			return cf, nil
		}
	}
	return codicefiscale.Code{}, words.Errorf("the file is not in the list of codici fiscali")
}

// readList reads the list of -cf-list. The error for a wrong line gives its number and none of its
// content.
func readList(path string, provisional bool) (map[string]codicefiscale.Code, error) {
	f, err := file.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list := map[string]codicefiscale.Code{}
	in := csv.NewReader(bufio.NewReader(f))
	in.FieldsPerRecord = 2
	for {
		fields, err := in.Read()
		if err == io.EOF {
			return list, nil
		}
		var malformed *csv.ParseError
		if errors.As(err, &malformed) {
			return nil, words.Errorf(
				"line %d: not a file name and a codice fiscale with a comma between them", malformed.Line)
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		cf, err := cli.ParseCF(fields[1], provisional)
		if err != nil {
			return nil, words.Errorf("line %d: malformed codice fiscale: %w", line, err)
		}
		if _, twice := list[fields[0]]; twice {
			return nil, words.Errorf("line %d: the file is in the list already", line)
		}
		list[fields[0]] = cf
	}
}
