package database_test

import (
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

// set returns a set of so many versions, for both dialects.
func set(versions int) database.Set {
	files := fstest.MapFS{}
	for _, dialect := range []string{database.SQLite, database.Postgres} {
		for n := 1; n <= versions; n++ {
			digit := string(rune('0' + n))
			files[dialect+"/0000"+digit+"_x.sql"] = &fstest.MapFile{
				Data: []byte("-- +goose Up\nCREATE TABLE t" + digit + " (id INTEGER);\n")}
		}
	}
	return database.Set{Name: "x", Files: files}
}

// Tables of a newer program are refused, and those of an older one are changed by who may.
func TestMigrateDecides(t *testing.T) {
	tests := []struct {
		name       string
		have, want int
		keep       bool
		err        error
	}{
		{"empty", 0, 2, false, nil},
		{"older", 1, 2, false, nil},
		{"the same", 2, 2, false, nil},
		{"newer", 3, 2, false, database.ErrNewer},
		{"empty, told not to", 0, 2, true, database.ErrPending},
		{"older, told not to", 1, 2, true, database.ErrPending},
		{"the same, told not to", 2, 2, true, nil},
		{"newer, told not to", 3, 2, true, database.ErrNewer},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server.Each(t, func(t *testing.T, dsn string) {
				db := databasetest.Open(t, dsn)
				if test.have > 0 {
					require.NoError(t, db.Migrate(t.Context(), set(test.have).Files, "x"))
				}
				state, err := db.State(t.Context(), set(test.want))
				require.NoError(t, err)
				assert.Equal(t, database.State{Have: int64(test.have), Want: int64(test.want)}, state)
				db.KeepTables = test.keep
				err = db.Migrate(t.Context(), set(test.want).Files, "x")
				want := test.have
				if test.err != nil {
					assert.ErrorIs(t, err, test.err)
				} else {
					require.NoError(t, err)
					want = test.want
				}
				state, err = db.State(t.Context(), set(test.want))
				require.NoError(t, err)
				assert.Equal(t, int64(want), state.Have)
			})
		})
	}
}

// A user of PostgreSQL without the right to change tables serves on those that are there.
func TestMigrateWithoutRight(t *testing.T) {
	dsn := server.Postgres(t)
	owner := databasetest.Open(t, dsn)
	for _, statement := range []string{"CREATE ROLE serving LOGIN",
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC",
		"ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO serving"} {
		_, err := owner.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.User("serving")
	db := databasetest.Open(t, u.String())
	assert.ErrorIs(t, db.Migrate(t.Context(), set(1).Files, "x"), database.ErrPending)
	require.NoError(t, owner.Migrate(t.Context(), set(1).Files, "x"))
	require.NoError(t, db.Migrate(t.Context(), set(1).Files, "x"))
	_, err = db.ExecContext(t.Context(), "INSERT INTO t1 VALUES (1)")
	assert.NoError(t, err)

	_, err = owner.ExecContext(t.Context(), "GRANT CREATE ON SCHEMA public TO serving")
	require.NoError(t, err)
	altered := set(2)
	altered.Files.(fstest.MapFS)["postgres/00002_x.sql"].Data = []byte(
		"-- +goose Up\nALTER TABLE t1 ADD COLUMN more INTEGER;\n")
	err = db.Migrate(t.Context(), altered.Files, "x")
	assert.ErrorIs(t, err, database.ErrPending, "another user's table")
}
