package registry_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// attacked is a registry whose tables an attacker without keys can write. It has everything twice: two
// people with contacts, a cut-off, events, acts and a replaced code each, and two delegations of each of
// two guardians.
type attacked struct {
	*registry.Registry
	db     *database.DB
	people []codicefiscale.Code
	file   registry.File
	before map[string]any
}

var attackedTables = []string{"person", "event", "act", "asked", "delegation", "import", "import_reject"}

func newAttacked(t *testing.T, dsn string) *attacked {
	db := databasetest.Open(t, dsn)
	if db.Dialect == database.SQLite { // it need not survive
		db.SetMaxOpenConns(1)
		_, err := db.ExecContext(t.Context(), "PRAGMA synchronous = OFF")
		require.NoError(t, err)
	}
	r, err := registry.Open(t.Context(), db, registry.OneKey(key))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	a := &attacked{Registry: r, db: db}
	guardians := []codicefiscale.Code{persona("luca").CF, persona("klara").CF}
	wards := []codicefiscale.Code{persona("mario").CF, persona("carlo").CF}
	for i, id := range []string{"mario", "carlo"} {
		p := persona(id)
		require.NoError(t, r.Put(t.Context(), registry.Person{CF: p.CF, Given: p.Given, Family: p.Family,
			Birth: p.Birth, Verbali: p.Verbali, VoidBefore: time.Unix(1772352000+int64(i), 0),
			Contacts: registry.Contacts{Verified: time.Unix(1772352000, 0), Email: id + "@example.it",
				Phones: []registry.Phone{{Channel: otp.SMS,
					Number: phone(t, fmt.Sprintf("+39351000010%d", i))}}}}))
		require.NoError(t, r.AddVerbale(t.Context(), p.CF, judgement("X/"+id, 20250101, 80+i)))
		for n := range 2 {
			require.NoError(t, r.TraceAct(t.Context(), registry.Act{At: time.Unix(1772352000+int64(n), 0),
				Guardian: guardians[i], Ward: p.CF, What: "download"}))
		}
		for n := range 2 {
			q := registry.Request{Challenge: fmt.Sprint(id, n), Purpose: "museum-entry",
				Operator: registry.Operator{ID: fmt.Sprint("operator ", n)}}
			require.NoError(t, r.TraceAsked(t.Context(), p.CF, q, registry.StepStarted, true,
				time.Unix(1772352000+int64(n), 0)))
		}
		require.NoError(t, r.BarOperator(t.Context(), p.CF, id+"1", time.Unix(1772353000, 0)))
		for _, g := range guardians {
			require.NoError(t, r.Delegate(t.Context(), registry.Delegation{Guardian: g, Ward: p.CF,
				Kind: registry.Guardianship}))
		}
	}
	a.people = slices.Concat(wards, guardians)
	for i, now := range []string{"RSSMRA80A01H50MM", "12345671510"} {
		require.NoError(t, r.ChangeCode(t.Context(), wards[i], code(t, now)))
		a.people = append(a.people, code(t, now))
	}
	_, _, err = r.PutFrom(t.Context(), a.file, registry.Progress{},
		registry.Progress{Position: 9, Line: 2, Rejected: 1}, nil, []registry.Reject{{Line: 1, Reason: "x"}})
	require.NoError(t, err)
	a.before = a.answers(t)
	for name, answer := range a.before {
		_, failed := answer.(error)
		assert.False(t, failed, name)
	}
	a.disarm(t)
	for _, table := range attackedTables {
		a.exec(t, "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	return a
}

func (a *attacked) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := a.db.ExecContext(t.Context(), a.db.Bind(query), args...)
	require.NoError(t, err, query)
}

// disarm drops the triggers, as an attacker with the tables does.
func (a *attacked) disarm(t *testing.T) {
	if a.db.Dialect == database.Postgres {
		for _, table := range attackedTables {
			a.exec(t, "ALTER TABLE "+table+" DISABLE TRIGGER USER")
		}
		return
	}
	for _, name := range a.column(t, "SELECT name FROM sqlite_master WHERE type = 'trigger'") {
		a.exec(t, "DROP TRIGGER "+string(name))
	}
}

// column returns the values of a query with one column.
func (a *attacked) column(t *testing.T, query string) (list [][]byte) {
	rows, err := a.db.QueryContext(t.Context(), query)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var value []byte
		require.NoError(t, rows.Scan(&value))
		list = append(list, value)
	}
	require.NoError(t, rows.Err())
	return list
}

// restore brings back what newAttacked made.
func (a *attacked) restore(t *testing.T, table string) {
	a.exec(t, "DELETE FROM "+table)
	a.exec(t, "INSERT INTO "+table+" SELECT * FROM kept_"+table)
}

// answers asks everything that a registry answers. An answer may be an error.
func (a *attacked) answers(t *testing.T) map[string]any {
	all := map[string]any{}
	ctx := t.Context()
	for i, cf := range a.people {
		ask := func(name string, answer any, err error) {
			name = fmt.Sprintf("%s %d", name, i)
			all[name] = answer
			switch {
			case errors.Is(err, status.ErrNoStatus), errors.Is(err, registry.ErrUnknown),
				errors.Is(err, registry.ErrReplaced):
				all[name] = nil
			case err != nil:
				all[name] = err
			case reflect.ValueOf(answer).IsZero():
				all[name] = nil
			}
		}
		record, err := a.Lookup(ctx, cf)
		ask("record", record, err)
		cut, err := a.VoidBefore(ctx, cf)
		ask("cut-off", cut, err)
		contacts, err := a.Contacts(ctx, cf)
		var numbers []string
		for _, c := range contacts {
			numbers = append(numbers, fmt.Sprint(c.Channel, c.Phone.Reveal(), c.VerifiedAt.Unix()))
		}
		ask("contacts", numbers, err)
		person, err := a.Person(ctx, cf)
		person.Contacts.Phones = nil // they are not comparable
		ask("person", person, err)
		earlier, _, err := a.Codes(ctx, cf)
		ask("codes", earlier, err)
		_, replaced, err := a.Codes(ctx, cf)
		ask("replaced", replaced, err)
		events, err := a.Events(ctx, cf)
		ask("events", events, err)
		acts, err := a.Acts(ctx, cf)
		ask("acts", acts, err)
		asked, err := a.Asked(ctx, cf)
		ask("asked", asked, err)
		reports, err := a.Reports(ctx, cf)
		ask("reports", reports, err)
		wards, err := a.Wards(ctx, cf, today)
		slices.SortFunc(wards, func(a, b registry.Ward) int { return strings.Compare(a.Given, b.Given) })
		ask("wards", wards, err)
	}
	progress, err := a.Progress(ctx, a.file)
	all["progress"] = progress
	if err != nil {
		all["progress"] = err
	} else if progress == (registry.Progress{}) {
		all["progress"] = nil // the import begins again, which changes nothing
	}
	var rejects []registry.Reject
	for reject, err := range a.Rejects(ctx, a.file) {
		rejects = append(rejects, reject)
		if all["rejects"] = rejects; err != nil {
			all["rejects"] = err
		}
	}
	return all
}

// compare reports what the attack did: an answer that nobody gave is the attack's success.
func (a *attacked) compare(t *testing.T) (seen, fewer bool, forged []string) {
	for name, answer := range a.answers(t) {
		_, failed := answer.(error)
		switch {
		case reflect.DeepEqual(answer, a.before[name]):
		case failed:
			seen = true
		case answer == nil:
			fewer = true
		default:
			forged = append(forged, name)
		}
	}
	return seen, fewer, forged
}

// Every value in a row is moved to every other row, and every sealed one to every other sealed column.
func TestEveryValueMoved(t *testing.T) {
	if race.Enabled {
		t.Skip("runs without -race: it makes one statement after the other")
	}
	keys := map[string][]string{"person": {"subject"}, "event": {"subject", "digest"},
		"act": {"ward", "number"}, "asked": {"id"}, "delegation": {"guardian", "ward"}}
	all := map[string][]string{
		"person": {"data_key", "revision", "events", "acts", "void_before", "mac", "record", "identity",
			"contacts", "moved", "reports"},
		"event": {"id", "number", "recorded_ms", "body"}, "act": {"id", "body"}, "delegation": {"body"},
		"asked": {"at_s", "body"},
	}
	server.Each(t, func(t *testing.T, dsn string) {
		a := newAttacked(t, dsn)
		for table, columns := range all {
			where := strings.Join(keys[table], " = ? AND ") + " = ?"
			rows := a.keys(t, table, keys[table])
			for _, from := range rows {
				for _, to := range rows {
					for _, column := range columns {
						name := fmt.Sprintf("%s.%s from %x to %x", table, column, from, to)
						value := "(SELECT " + column + " FROM kept_" + table + " WHERE " + where + ")"
						if reflect.DeepEqual(from, to) || a.same(t, table, column, where, from, to) {
							continue
						}
						a.exec(t, "UPDATE "+table+" SET "+column+" = "+value+" WHERE "+where,
							slices.Concat(from, to)...)
						seen, _, forged := a.compare(t)
						assert.True(t, seen || a.unread(t, table, to), name)
						assert.Empty(t, forged, name)
						a.restore(t, table)
					}
				}
			}
		}
		sealed := []string{"record", "identity", "contacts", "moved", "reports", "data_key"}
		for _, from := range sealed {
			for _, to := range sealed {
				if from == to {
					continue
				}
				a.exec(t, "UPDATE person SET "+to+" = "+from)
				seen, _, forged := a.compare(t)
				assert.True(t, seen, "%s as %s", from, to)
				assert.Empty(t, forged, "%s as %s", from, to)
				a.restore(t, "person")
			}
		}
	})
}

// same reports whether two rows have the same value.
func (a *attacked) same(t *testing.T, table, column, where string, one, other []any) bool {
	var n int
	value := "SELECT " + column + " FROM " + table + " WHERE " + where
	query := a.db.Bind("SELECT count(*) FROM (" + value + " UNION " + value + ") AS x")
	row := a.db.QueryRowContext(t.Context(), query, slices.Concat(one, other)...)
	require.NoError(t, row.Scan(&n))
	return n == 1
}

// unread reports whether nothing reads the row: that of the access log.
func (a *attacked) unread(t *testing.T, table string, key []any) bool {
	if table != "person" {
		return false
	}
	var n int
	query := a.db.Bind("SELECT count(*) FROM person WHERE subject = ? AND identity IS NULL AND moved IS NULL")
	require.NoError(t, a.db.QueryRowContext(t.Context(), query, key...).Scan(&n))
	return n == 1
}

// keys returns the keys of all rows.
func (a *attacked) keys(t *testing.T, table string, columns []string) (list [][]any) {
	rows, err := a.db.QueryContext(t.Context(), "SELECT "+strings.Join(columns, ", ")+" FROM "+table)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		require.NoError(t, rows.Scan(targets...))
		list = append(list, values)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, list)
	return list
}

// Every readable column is changed, every sealed one emptied, and every row of a history deleted.
func TestEveryColumnChanged(t *testing.T) {
	if race.Enabled {
		t.Skip("runs without -race: it makes one statement after the other")
	}
	server.Each(t, func(t *testing.T, dsn string) {
		a := newAttacked(t, dsn)
		changes := map[string][]string{
			"person": {"revision = revision + 1", "revision = revision - 1", "events = events + 1",
				"events = events - 1", "acts = acts + 1", "acts = acts - 1", "void_before = void_before + 1",
				"void_before = 0", "erased = 1", "mac = data_key", "data_key = NULL", "key_version = NULL",
				"record = NULL", "identity = NULL", "contacts = NULL", "moved = NULL", "reports = NULL"},
			"event": {"digest = id", "id = digest", "number = number + 1", "number = number - 1",
				"number = 3 - number", "recorded_ms = recorded_ms + 1", "body = digest"},
			"act":   {"number = number + 7", "number = 10 - number", "id = body", "body = id"},
			"asked": {"id = body", "at_s = at_s + 1", "body = id"},
			"import": {"position = 8", "line = 1", "stored = 1", "rejected = 0", "warned = 1", "done = 1",
				"mac = file"},
		}
		for table, list := range changes {
			for _, change := range list {
				a.exec(t, "UPDATE "+table+" SET "+change)
				seen, _, forged := a.compare(t)
				assert.True(t, seen, "%s: %s", table, change)
				assert.Empty(t, forged, "%s: %s", table, change)
				a.restore(t, table)
			}
		}
		for _, query := range []string{
			"DELETE FROM event", "DELETE FROM event WHERE number = 1", "DELETE FROM event WHERE number = 2",
			"DELETE FROM act", "DELETE FROM act WHERE number = 1", "DELETE FROM act WHERE number = 2",
			"DELETE FROM import", "DELETE FROM import_reject",
		} {
			a.exec(t, query)
			seen, _, forged := a.compare(t)
			assert.True(t, seen, query)
			assert.Empty(t, forged, query)
			table, _, _ := strings.Cut(strings.TrimPrefix(query, "DELETE FROM "), " ")
			a.restore(t, table)
			seen, fewer, forged := a.compare(t)
			assert.True(t, !seen && !fewer && forged == nil, "put back as it was")
		}
		// Without their rows nobody is known, nobody acts for anybody, and nobody asked.
		for _, table := range []string{"person", "delegation", "asked"} {
			a.exec(t, "DELETE FROM "+table)
			_, fewer, forged := a.compare(t)
			assert.True(t, fewer, table)
			assert.Empty(t, forged, table)
			a.restore(t, table)
		}
	})
}

// What nobody can see: a person's whole row, or a delegation, as it was before. One column of before does not
// open in the row of today.
func TestPutBack(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		a := newAttacked(t, dsn)
		mario, luca := code(t, "RSSMRA80A01H50MM"), persona("luca").CF
		number := phone(t, "+393510000777")
		require.NoError(t, a.SetContacts(t.Context(), mario,
			registry.Contacts{Phones: []registry.Phone{{Channel: otp.SMS, Number: number}}}))
		require.NoError(t, a.Delegate(t.Context(), registry.Delegation{Guardian: luca, Ward: mario,
			Kind: registry.Guardianship, Until: 20260101}))
		_, err := a.MayActFor(t.Context(), luca, mario, today)
		require.ErrorIs(t, err, registry.ErrNotDelegated)

		a.exec(t, "UPDATE person SET contacts = "+
			"(SELECT k.contacts FROM kept_person AS k WHERE k.subject = person.subject)")
		_, err = a.Contacts(t.Context(), mario)
		assert.Error(t, err, "a column of before")
		a.restore(t, "person")
		contacts, err := a.Contacts(t.Context(), mario)
		require.NoError(t, err, "a row of before")
		assert.NotEqual(t, number, contacts[0].Phone)
		a.restore(t, "delegation")
		_, err = a.MayActFor(t.Context(), luca, mario, today)
		assert.NoError(t, err, "a delegation of before")
	})
}
