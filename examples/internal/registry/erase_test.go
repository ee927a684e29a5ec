package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func newList(t *testing.T) registry.Erasures {
	return registry.Erasures(filepath.Join(t.TempDir(), "erased.list"))
}

// nothing checks that nobody is known under the code.
func nothing(t *testing.T, r *registry.Registry, cf codicefiscale.Code) {
	t.Helper()
	ctx := t.Context()
	_, err := r.Lookup(ctx, cf)
	assert.ErrorIs(t, err, status.ErrNoStatus)
	_, err = r.Person(ctx, cf)
	assert.ErrorIs(t, err, registry.ErrErased)
	assert.ErrorIs(t, err, registry.ErrUnknown)
	cut, err := r.VoidBefore(ctx, cf)
	require.NoError(t, err)
	assert.Zero(t, cut)
	for _, ask := range []func() (int, error){
		func() (int, error) { list, err := r.Contacts(ctx, cf); return len(list), err },
		func() (int, error) { list, err := r.Events(ctx, cf); return len(list), err },
		func() (int, error) { list, err := r.Acts(ctx, cf); return len(list), err },
		func() (int, error) { list, err := r.Wards(ctx, cf, today); return len(list), err },
		func() (int, error) { list, _, err := r.Codes(ctx, cf); return len(list), err },
	} {
		n, err := ask()
		require.NoError(t, err)
		assert.Zero(t, n)
	}
}

// An erased person is gone under every code, and comes back neither by a change nor by an import, while the
// others stay.
func TestErase(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		r, list := full(t, dsn), newList(t)
		mario, next := mario(), code(t, "RSSMRA80A01H50MM")
		luca, giulia := persona("luca").CF, persona("giulia").CF
		require.NoError(t, r.TraceAct(t.Context(), registry.Act{At: time.Now(), Guardian: mario.CF,
			Ward: mario.CF, What: "download"}))
		ask(t, r, mario.CF, museum())
		require.NoError(t, r.BarOperator(t.Context(), mario.CF, museum().Challenge, askedAt))
		require.NoError(t, r.ChangeCode(t.Context(), mario.CF, next))
		ask(t, r, next, museum())
		assert.ErrorIs(t, r.Erase(t.Context(), mario.CF, list), registry.ErrReplaced)
		assert.ErrorIs(t, r.Erase(t.Context(), code(t, "12345671510"), list), registry.ErrUnknown)
		for range 2 {
			require.NoError(t, r.Erase(t.Context(), next, list))
		}
		nothing(t, r, next)
		nothing(t, r, mario.CF)

		for _, cf := range []codicefiscale.Code{next, mario.CF} {
			p := mario
			p.CF = cf
			var refused *registry.PutError
			require.ErrorAs(t, r.Put(t.Context(), p), &refused)
			assert.ErrorIs(t, refused, registry.ErrErased)
			assert.ErrorIs(t, r.AddVerbale(t.Context(), cf, mario.Verbali[0]), registry.ErrErased)
			assert.ErrorIs(t, r.SetContacts(t.Context(), cf, registry.Contacts{}), registry.ErrErased)
			assert.ErrorIs(t, second(r.Void(t.Context(), cf, time.Now())), registry.ErrErased)
			assert.ErrorIs(t, r.ChangeCode(t.Context(), cf, code(t, "12345671510")), registry.ErrErased)
			assert.ErrorIs(t, r.Delegate(t.Context(), registry.Delegation{Guardian: luca, Ward: cf,
				Kind: registry.Guardianship}), registry.ErrErased)
		}
		_, err := r.MayActFor(t.Context(), luca, giulia, today)
		assert.NoError(t, err, "others stay")
		require.NoError(t, r.Erase(t.Context(), giulia, list))
		_, err = r.MayActFor(t.Context(), luca, giulia, today)
		assert.ErrorIs(t, err, registry.ErrNotDelegated)
		var left int
		row := databasetest.Open(t, dsn).QueryRowContext(t.Context(), "SELECT count(*) FROM asked")
		require.NoError(t, row.Scan(&left))
		assert.Zero(t, left, "what operators asked")
		reports, err := r.AllReports(t.Context())
		require.NoError(t, err)
		assert.Empty(t, reports)

		exported, err := r.Export(t.Context(), giulia)
		require.NoError(t, err)
		require.NotNil(t, exported.Erased)
		assert.Empty(t, exported.Events)
		text, err := os.ReadFile(string(list))
		require.NoError(t, err)
		assert.Equal(t, 2, strings.Count(string(text), "\n"))
		for _, secret := range secrets() {
			assert.NotContains(t, strings.ToLower(string(text)), secret)
		}
	})
}

// Tables of an older backup, or none at all, know who was erased as soon as the list was replayed.
func TestReplay(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		r, list := full(t, dsn), newList(t)
		require.NoError(t, r.Replay(t.Context(), list), "no list")
		require.NoError(t, r.Erase(t.Context(), mario().CF, list))

		other := databasetest.SQLite(t)
		if strings.HasPrefix(dsn, "postgres:") {
			other = server.Postgres(t)
		}
		older := full(t, other)
		_, err := older.Person(t.Context(), mario().CF)
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, older.Replay(t.Context(), list))
			nothing(t, older, mario().CF)
		}
		empty := open(t, databasetest.SQLite(t))
		require.NoError(t, empty.Replay(t.Context(), list))
		assert.ErrorIs(t, empty.Put(t.Context(), mario()), registry.ErrErased)

		// Half a line is what a killed process leaves before anything is erased.
		text, err := os.ReadFile(string(list))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(string(list), append(text, text[:30]...), 0o600))
		require.NoError(t, older.Replay(t.Context(), list))
		require.NoError(t, older.Erase(t.Context(), persona("carlo").CF, list))
		again, err := os.ReadFile(string(list))
		require.NoError(t, err)
		assert.True(t, bytes.HasPrefix(again, text))
		assert.Equal(t, 2, bytes.Count(again, []byte("\n")))
		nothing(t, older, persona("carlo").CF)

		for name, wrong := range map[string]string{
			"another day": strings.Replace(string(text), "20", "19", 1),
			"no line":     "x\n", "another MAC": string(text[:len(text)-3]) + "xx\n"} {
			require.NoError(t, os.WriteFile(string(list), []byte(wrong), 0o600))
			assert.Error(t, older.Replay(t.Context(), list), name)
		}
	})
}

// A process is killed while it erases: everything is there, or nothing is, or it is finished at the next
// start.
func TestKilledErasure(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		r := open(t, dsn)
		people := people(60)
		require.NoError(t, r.Put(t.Context(), people...))
		list := newList(t)
		t.Setenv(childList, string(list))
		for range 3 {
			killed(t, dsn, "erase")
			require.NoError(t, r.Replay(t.Context(), list))
			text, err := os.ReadFile(string(list))
			require.NoError(t, err)
			erased := 0
			for _, p := range people {
				back, err := r.Person(t.Context(), p.CF)
				if err == nil {
					assert.Equal(t, p, back)
					continue
				}
				erased++
				nothing(t, r, p.CF)
			}
			assert.Positive(t, erased)
			assert.Equal(t, bytes.Count(text, []byte("\n")), erased)
		}
	})
}

// childList names the list for a child process.
const childList = "REGISTRY_TEST_LIST"

func eraseAll(ctx context.Context, r *registry.Registry) error {
	for _, p := range people(60) {
		if err := r.Erase(ctx, p.CF, registry.Erasures(os.Getenv(childList))); err != nil {
			return err
		}
		os.Stdout.WriteString("x")
	}
	select {} // until it is killed
}

// The export holds everything that was put in, as JSON, and prints nothing otherwise.
func TestExport(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		require.NoError(t, r.Seed(t.Context(), nil))
		p, next, luca := mario(), code(t, "RSSMRA80A01H50MM"), persona("luca").CF
		p.Contacts = registry.Contacts{Email: "mario@example.it", Verified: time.Unix(1772352000, 0).UTC()}
		p.VoidBefore = time.Unix(1772352000, 0).UTC()
		p.Titles = []status.Title{inail(40)}
		require.NoError(t, r.Put(t.Context(), p))
		require.NoError(t, r.TraceAct(t.Context(), registry.Act{At: time.Unix(1772352001, 0), Guardian: luca,
			Name: "Luca Bianchi", Ward: p.CF, Kind: registry.Guardianship, What: "download"}))
		require.NoError(t, r.Delegate(t.Context(), registry.Delegation{Guardian: luca, Ward: p.CF,
			Kind: registry.Guardianship, Until: 20200101}))
		require.NoError(t, r.ChangeCode(t.Context(), p.CF, next))

		e, err := r.Export(t.Context(), next)
		require.NoError(t, err)
		text, err := json.Marshal(e)
		require.NoError(t, err)
		for _, want := range []string{`"codice_fiscale":"RSSMRA80A01H50MM"`,
			`"earlier_codici_fiscali":["RSSMRA80A01H501U"]`, `"given_name":"Mario"`, `"birth":"1980-01-01"`,
			`"email":"mario@example.it"`, `"papers_void_before":"2026-03-01T08:00:00Z"`, p.Verbali[0].ID,
			`"what":"download"`, `"by_name":"Luca Bianchi"`,
			`"guardians":[{"codice_fiscale":"` + luca.Reveal() +
				`","kind":"guardianship","until":"2020-01-01"}]`} {
			assert.Contains(t, string(text), want)
		}
		assert.Len(t, e.Events, 2)
		assert.NotContains(t, string(text), "[personal data]")
		other, err := r.Export(t.Context(), luca)
		require.NoError(t, err)
		require.Len(t, other.Wards, 1)
		assert.Equal(t, next.Reveal(), other.Wards[0].CodiceFiscale)
		_, err = r.Export(t.Context(), p.CF)
		assert.ErrorIs(t, err, registry.ErrReplaced)
		_, err = r.Export(t.Context(), code(t, "12345671510"))
		assert.ErrorIs(t, err, registry.ErrUnknown)
	})
}
