package registry_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// full returns a registry that contains everything that can be stored.
func full(t *testing.T, dsn string) *registry.Registry {
	r := open(t, dsn)
	require.NoError(t, r.Seed(t.Context(), demo.Personas()))
	luca, giulia := persona("luca"), persona("giulia")
	require.NoError(t, r.TraceAct(t.Context(), registry.Act{At: time.Now(), Guardian: luca.CF,
		Name: "Luca Bianchi", Ward: giulia.CF, What: "download"}))
	ask(t, r, giulia.CF, museum())
	require.NoError(t, r.BarOperator(t.Context(), giulia.CF, museum().Challenge, askedAt))
	return r
}

// secrets returns the texts, in small letters, that must not be readable in the tables.
func secrets() []string {
	words := []string{"civil_invalidity", "ic_over", `"birth"`, "download", "bianchi", "guardianship",
		"1980-01-01", "museo civico", "vrdlgi75c02f205x", "museum"}
	for _, p := range demo.Personas() {
		if p.Registered() {
			words = append(words, p.CF.Reveal(), p.Phone, p.Email, p.Family)
			for _, v := range p.Verbali {
				words = append(words, v.ID)
			}
		}
	}
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return words
}

func TestADumpTellsNothing(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		full(t, dsn)
		dump := strings.ToLower(dump(t, databasetest.Open(t, dsn)))
		if !strings.HasPrefix(dsn, "postgres:") {
			for _, file := range []string{dsn, dsn + "-wal"} {
				data, err := os.ReadFile(file)
				require.NoError(t, err)
				dump += string(bytes.ToLower(data))
			}
		}
		require.Greater(t, len(dump), 10000)
		for _, word := range secrets() {
			assert.False(t, strings.Contains(dump, word), "the tables show %q", word)
			assert.False(t, strings.Contains(dump, fmt.Sprintf("%x", word)),
				"the tables show %q in hexadecimal", word)
		}
	})
}

// dump returns every value of every table, as text and in hexadecimal.
func dump(t *testing.T, db *database.DB) string {
	var b strings.Builder
	for _, table := range []string{"registry_names", "key_version", "event", "person", "delegation", "act",
		"asked", "import", "import_reject", "import_warning"} {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		require.NoError(t, err)
		columns, err := rows.Columns()
		require.NoError(t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			for i := range values {
				values[i] = new([]byte)
			}
			require.NoError(t, rows.Scan(values...))
			for _, v := range values {
				fmt.Fprintf(&b, "%s %x ", *v.(*[]byte), *v.(*[]byte))
			}
		}
		require.NoError(t, rows.Err())
		require.NoError(t, rows.Close())
	}
	return b.String()
}

func TestEventsAreOnlyAdded(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		full(t, dsn)
		db := databasetest.Open(t, dsn)
		for _, statement := range []string{
			"UPDATE event SET recorded_ms = 0", "DELETE FROM event", "UPDATE act SET body = ward",
			"DELETE FROM act", "DELETE FROM key_version",
			"UPDATE person SET void_before = void_before - 1 WHERE void_before > 0",
		} {
			_, err := db.ExecContext(t.Context(), statement)
			assert.Error(t, err, statement)
		}
	})
}

// A registry of the time before the people had data keys is refused by a sentence.
func TestOldTablesAreRefused(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		_, err := db.ExecContext(t.Context(), "CREATE TABLE registry_key (one INTEGER)")
		require.NoError(t, err)
		_, err = registry.Open(t.Context(), db, registry.OneKey(key))
		assert.ErrorIs(t, err, registry.ErrOld)
		_, err = registry.Made(t.Context(), db)
		assert.ErrorIs(t, err, registry.ErrOld, "before keys are made for them")
	})
}

func TestAnotherKeyIsRefused(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		full(t, dsn)
		db := databasetest.Open(t, dsn)
		other := registry.OneKey([]byte(strings.Repeat("x", registry.MinKey)))
		_, err := registry.Open(t.Context(), db, other)
		assert.ErrorIs(t, err, registry.ErrKey)
		_, err = registry.Open(t.Context(), db, registry.OneKey(make([]byte, registry.MinKey-1)))
		assert.Error(t, err)
		mixed := registry.OneKey(key)
		mixed.Wrappers = other.Wrappers
		_, err = registry.Open(t.Context(), db, mixed)
		assert.ErrorIs(t, err, registry.ErrKey, "the key of a version")
		mixed.Wrappers = map[int64]registry.Wrapper{2: registry.OneKey(key).Wrappers[1]}
		_, err = registry.Open(t.Context(), db, mixed)
		assert.ErrorIs(t, err, registry.ErrVersion)
	})
}

// An attacker who can write to the tables without the key must not be able to give one
// person's status to another.
func TestARowElsewhereDoesNotOpen(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		r := full(t, dsn)
		db := databasetest.Open(t, dsn)
		mario, carlo := persona("mario").CF, persona("carlo").CF
		_, err := db.ExecContext(t.Context(), db.Bind(
			"UPDATE person SET record = (SELECT record FROM person WHERE subject = ?) WHERE subject = ?"),
			pseudonym(t, db, r, mario), pseudonym(t, db, r, carlo))
		require.NoError(t, err)
		_, err = r.Lookup(t.Context(), mario)
		require.NoError(t, err)
		_, err = r.Lookup(t.Context(), carlo)
		require.Error(t, err)
		assert.NotErrorIs(t, err, status.ErrNoStatus)
		assert.NotErrorIs(t, err, status.ErrClassNotHeld)
		assert.NotContains(t, err.Error(), carlo.Reveal())

		// One column must not be accepted in place of another: names are no record without verbali.
		_, err = db.ExecContext(t.Context(), "UPDATE person SET record = identity")
		require.NoError(t, err)
		_, err = r.Lookup(t.Context(), mario)
		require.Error(t, err)
		assert.NotErrorIs(t, err, status.ErrNoStatus)
	})
}

// An attacker who can write to the tables and acts for one person must not be able to act for another.
func TestADelegationElsewhereDoesNotOpen(t *testing.T) {
	for name, statement := range map[string]string{
		"another ward":     "UPDATE delegation SET ward = ? WHERE ward = ?",
		"another guardian": "UPDATE delegation SET guardian = ? WHERE ward = ?",
	} {
		server.Each(t, func(t *testing.T, dsn string) {
			r := full(t, dsn)
			db := databasetest.Open(t, dsn)
			luca, anna, mario := persona("luca").CF, persona("anna").CF, persona("mario").CF
			_, err := db.ExecContext(t.Context(), db.Bind(statement), pseudonym(t, db, r, mario),
				pseudonym(t, db, r, anna))
			require.NoError(t, err)
			guardian, ward := luca, mario
			if name == "another guardian" {
				guardian, ward = mario, anna
			}
			_, err = r.MayActFor(t.Context(), guardian, ward, today)
			require.Error(t, err, name)
			assert.NotErrorIs(t, err, registry.ErrNotDelegated, "the fault is not hidden")
			wards, err := r.Wards(t.Context(), guardian, today)
			assert.Error(t, err, name)
			assert.Empty(t, wards)
			// A change of the code does not seal it again for the new one.
			assert.Error(t, r.ChangeCode(t.Context(), ward, code(t, "RSSMRA80A01H50MM")), name)
		})
	}
}

// pseudonym finds the person's row by changing it. Without the key there is no other way.
func pseudonym(t *testing.T, db *database.DB, r *registry.Registry, cf codicefiscale.Code) []byte {
	before := cutOffs(t, db)
	_, err := r.Void(t.Context(), cf, time.Now().Add(time.Hour))
	require.NoError(t, err)
	for subject, cut := range cutOffs(t, db) {
		if before[subject] != cut {
			return []byte(subject)
		}
	}
	require.FailNow(t, "no row changed")
	return nil
}

func cutOffs(t *testing.T, db *database.DB) map[string]int64 {
	rows, err := db.QueryContext(t.Context(), "SELECT subject, void_before FROM person")
	require.NoError(t, err)
	defer rows.Close()
	out := map[string]int64{}
	for rows.Next() {
		var subject []byte
		var cut int64
		require.NoError(t, rows.Scan(&subject, &cut))
		out[string(subject)] = cut
	}
	require.NoError(t, rows.Err())
	return out
}

func TestNothingPrints(t *testing.T) {
	p := mario()
	p.Contacts.Email = "mario.rossi@example.it"
	var log bytes.Buffer
	for _, v := range []any{p, &p, p.Contacts, registry.Ward{Given: "Mario", Family: "Rossi"},
		registry.Act{Name: "Mario Rossi"}, registry.Export{Family: "Rossi"}} {
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		fmt.Fprintf(&log, "%v %+v %#v %s", v, v, v, v)
	}
	assert.NotContains(t, log.String(), "ossi")
}
