package registry

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/status"
)

// BenchmarkSealed measures the cost of the pseudonym and the encryption in a check.
// BenchmarkPlain measures the parsing of the row's JSON, which is needed anyway.
func BenchmarkSealed(b *testing.B) {
	keys, person, plain := sealedRow(b)
	s := keys.subject(person.CF)
	sealed := keys.person(s).seal(columnRecord, plain)
	for b.Loop() {
		if _, err := keys.person(keys.subject(person.CF)).open(columnRecord, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	_, _, plain := sealedRow(b)
	for b.Loop() {
		var rec *record
		if err := json.Unmarshal(plain, &rec); err != nil {
			b.Fatal(err)
		}
	}
}

func sealedRow(b *testing.B) (keys, demo.Persona, []byte) {
	k, err := deriveKeys(bytes.Repeat([]byte("k"), MinKey))
	if err != nil {
		b.Fatal(err)
	}
	person := demo.Personas()[0]
	plain, err := json.Marshal(record{Record: status.Record{Birth: person.Birth, Verbali: person.Verbali}})
	if err != nil {
		b.Fatal(err)
	}
	return k, person, plain
}
