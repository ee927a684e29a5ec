package intake_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/intake"
)

// FuzzReader checks that every file is read to its end, that every accepted entry can be
// stored, and that no reason quotes a codice fiscale.
func FuzzReader(f *testing.F) {
	f.Add(false, []byte(header+rossi))
	f.Add(false,
		[]byte("\ufeffcodice_fiscale;given_name\n\"RSSMRA80A01H501U\";\"Mario\n\nRSSMRA80A01H501U;a;b"))
	f.Add(true, []byte(`{"codice_fiscale":"RSSMRA80A01H501U","birth":"RSSMRA80A01H501U"}`+"\r\n{"))
	f.Add(true, []byte(`{"codice_fiscale":"RSSMRA80A01H501U","RSSMRA80A01H501U":[]}`+"\n\xff"))
	f.Fuzz(func(t *testing.T, jsonl bool, data []byte) {
		format := intake.CSV
		if jsonl {
			format = intake.JSONL
		}
		entries, err := intake.Open(bytes.NewReader(data), format)
		if err != nil {
			quiet(t, err)
			return
		}
		for last := int64(-1); ; {
			line, err := entries.Next()
			position, _ := entries.Position()
			if errors.Is(err, io.EOF) {
				if position != int64(len(data)) {
					t.Fatalf("the end is at %d of %d", position, len(data))
				}
				return
			}
			if err != nil || position <= last {
				t.Fatalf("at %d after %d: %v", position, last, err)
			}
			last = position
			if line.Err != nil {
				quiet(t, line.Err)
			} else if err := line.Person.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func quiet(t *testing.T, err error) {
	if strings.Contains(strings.ToUpper(err.Error()), "RSSMRA80A01") {
		t.Fatalf("a reason quotes a code: %v", err)
	}
}
