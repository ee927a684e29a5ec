package registry

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/status"
)

// Whatever was changed in a sealed column, or moved to another place, does not open, and no error quotes what
// was sealed.
func TestWhatDoesNotOpen(t *testing.T) {
	k, err := deriveKeys(bytes.Repeat([]byte("k"), MinKey))
	require.NoError(t, err)
	other, err := deriveKeys(bytes.Repeat([]byte("j"), MinKey))
	require.NoError(t, err)
	people := demo.Personas()
	mine, theirs := k.subject(people[0].CF), k.subject(people[1].CF)
	sealed := k.person(mine).seal(columnContacts, []byte(`{"email":"a@b.it"}`))
	var got contacts
	require.NoError(t, k.person(mine).openJSON(columnContacts, sealed, &got))
	assert.Equal(t, "a@b.it", got.Email)
	assert.NotEqual(t, sealed, k.person(mine).seal(columnContacts, []byte(`{"email":"a@b.it"}`)),
		"two are never equal")

	refuse := func(name string, p personKeys, c column, sealed []byte) {
		t.Helper()
		var got contacts
		assert.ErrorIs(t, p.openJSON(c, sealed, &got), errSealed, name)
		assert.Zero(t, got.Email, name)
	}
	refuse("another person", k.person(theirs), columnContacts, sealed)
	refuse("another column", k.person(mine), columnIdentity, sealed)
	refuse("another key", other.person(mine), columnContacts, sealed)
	refuse("nothing", k.person(mine), columnContacts, []byte{})
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		refuse("a changed byte", k.person(mine), columnContacts, changed)
		refuse("the beginning", k.person(mine), columnContacts, sealed[:i])
	}
	odd := k.person(mine).seal(columnContacts, []byte(`"a@b.it"`))
	err = k.person(mine).openJSON(columnContacts, odd, &got)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "a@b.it")
	assert.NoError(t, k.person(mine).openJSON(columnContacts, nil, &got), "an empty column")

	assert.NotEqual(t, k.subject(people[0].CF), other.subject(people[0].CF))
	_, err = deriveKeys(bytes.Repeat([]byte("k"), MinKey-1))
	assert.Error(t, err, "a short key")
}

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
