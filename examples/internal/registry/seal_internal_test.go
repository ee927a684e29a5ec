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

// A sealed value that was changed or moved to another place does not open, and no error quotes what was
// sealed.
func TestWhatDoesNotOpen(t *testing.T) {
	mine, theirs := newVault(bytes.Repeat([]byte("k"), 32)), newVault(bytes.Repeat([]byte("j"), 32))
	here := columnContacts.at([]byte("mario"), integer(1))
	sealed := mine.seal(here, []byte(`{"email":"a@b.it"}`))
	var got contacts
	require.NoError(t, mine.openJSON(here, sealed, &got))
	assert.Equal(t, "a@b.it", got.Email)
	assert.NotEqual(t, sealed, mine.seal(here, []byte(`{"email":"a@b.it"}`)), "two are never equal")

	refuse := func(name string, v vault, p place, sealed []byte) {
		t.Helper()
		var got contacts
		assert.ErrorIs(t, v.openJSON(p, sealed, &got), errSealed, name)
		assert.Zero(t, got.Email, name)
	}
	refuse("another person's key", theirs, here, sealed)
	refuse("no key", vault{}, here, sealed)
	refuse("another column", mine, columnIdentity.at([]byte("mario"), integer(1)), sealed)
	refuse("another row", mine, columnContacts.at([]byte("carlo"), integer(1)), sealed)
	refuse("another revision", mine, columnContacts.at([]byte("mario"), integer(2)), sealed)
	refuse("nothing", mine, here, []byte{})
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		refuse("a changed byte", mine, here, changed)
		refuse("the beginning", mine, here, sealed[:i])
	}
	odd := mine.seal(here, []byte(`"a@b.it"`))
	err := mine.openJSON(here, odd, &got)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "a@b.it")
	assert.NoError(t, mine.openJSON(here, nil, &got), "an empty column")
}

// No two different lists of keys are the same place.
func TestPlacesDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range []place{
		columnAct.at(), columnEvent.at(), columnAct.at(nil), columnAct.at([]byte("ab")),
		columnAct.at([]byte("a"), []byte("b")), columnAct.at([]byte("ab"), nil),
		columnAct.at(nil, []byte("ab")),
		column("act.bod").at([]byte("y")), columnAct.at(integer(1)), columnAct.at(integer(-1)),
	} {
		assert.False(t, seen[string(p)], "%q", p)
		seen[string(p)] = true
	}
}

func TestNamesDiffer(t *testing.T) {
	people := demo.Personas()
	one, err := newNames(bytes.Repeat([]byte("k"), MinKey))
	require.NoError(t, err)
	other, err := newNames(bytes.Repeat([]byte("j"), MinKey))
	require.NoError(t, err)
	mine, theirs := one.subject(people[0].CF), one.subject(people[1].CF)
	assert.NotEqual(t, mine, theirs)
	assert.NotEqual(t, mine, other.subject(people[0].CF))
	assert.NotEqual(t, one.digest(mine, []byte("x")), one.digest(theirs, []byte("x")))
	_, err = newNames(bytes.Repeat([]byte("k"), MinKey-1))
	assert.Error(t, err, "a short key")
	_, err = KeyWrapper(bytes.Repeat([]byte("k"), MinKey-1))
	assert.Error(t, err, "a short key")
}

// A data key opens for its person and version only.
func TestWrappedKeys(t *testing.T) {
	one, err := KeyWrapper(bytes.Repeat([]byte("k"), MinKey))
	require.NoError(t, err)
	other, err := KeyWrapper(bytes.Repeat([]byte("j"), MinKey))
	require.NoError(t, err)
	r := &Registry{wrappers: map[int64]Wrapper{1: one, 2: one, 3: other}}
	mine, theirs := subject{1}, subject{2}
	_, wrapped, err := r.newVault(t.Context(), mine, 1)
	require.NoError(t, err)
	_, err = r.vault(t.Context(), mine, 1, wrapped)
	require.NoError(t, err)
	for name, refuse := range map[string]func() error{
		"another person":  func() error { _, err := r.vault(t.Context(), theirs, 1, wrapped); return err },
		"another version": func() error { _, err := r.vault(t.Context(), mine, 2, wrapped); return err },
		"another key":     func() error { _, err := r.vault(t.Context(), mine, 3, wrapped); return err },
		"nothing":         func() error { _, err := r.vault(t.Context(), mine, 1, nil); return err },
	} {
		assert.ErrorIs(t, refuse(), ErrWrapped, name)
	}
	_, err = r.vault(t.Context(), mine, 4, wrapped)
	assert.ErrorIs(t, err, ErrVersion)
	_, _, err = r.newVault(t.Context(), mine, 4)
	assert.ErrorIs(t, err, ErrVersion)
}

// BenchmarkSealed measures the cost of the pseudonym and the encryption in a check.
// BenchmarkPlain measures the parsing of the row's JSON, which is needed anyway.
func BenchmarkSealed(b *testing.B) {
	person, plain := sealedRow(b)
	key := bytes.Repeat([]byte("k"), MinKey)
	n, err := newNames(key)
	require.NoError(b, err)
	r := &Registry{names: n, wrappers: OneKey(key).Wrappers}
	s := n.subject(person.CF)
	v, wrapped, err := r.newVault(b.Context(), s, 1)
	require.NoError(b, err)
	at := columnRecord.at(s[:], integer(1))
	sealed := v.seal(at, plain)
	for b.Loop() {
		s := n.subject(person.CF)
		v, err := r.vault(b.Context(), s, 1, wrapped)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := v.open(columnRecord.at(s[:], integer(1)), sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPlain(b *testing.B) {
	_, plain := sealedRow(b)
	for b.Loop() {
		var rec *record
		if err := json.Unmarshal(plain, &rec); err != nil {
			b.Fatal(err)
		}
	}
}

func sealedRow(b *testing.B) (demo.Persona, []byte) {
	person := demo.Personas()[0]
	plain, err := json.Marshal(record{Record: status.Record{Birth: person.Birth, Verbali: person.Verbali}})
	if err != nil {
		b.Fatal(err)
	}
	return person, plain
}
