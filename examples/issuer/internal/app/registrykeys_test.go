package app

import (
	"database/sql"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

func TestRegistryKeys(t *testing.T) {
	one := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	db := databasetest.Open(t, databasetest.SQLite(t))
	for name, test := range map[string]struct{ text, says string }{
		"two versions":           {"1 " + one + "\n\n 7  " + one + "\n", ""},
		"the key of before":      {one + "\n", "earlier format"},
		"nothing":                {"\n", "holds no key"},
		"no number":              {"x " + one, "line 1 is not a number"},
		"zero":                   {"0 " + one, "line 1 is not a number"},
		"a number alone":         {"1 " + one + "\n2\n", "line 2 is not a number"},
		"twice":                  {"1 " + one + "\n1 " + one, "line 2: the number occurs twice"},
		"a short key":            {"1 AAAA", "does not hold 32 bytes in base64"},
		"a device, incompletely": {"1 pkcs11:token=x", "want pkcs11:token=NAME"},
	} {
		s := settled{Config: Config{Data: t.TempDir()}}
		path := filepath.Join(s.Data, registryKey)
		require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
		keys, closed, err := s.registryKeys(t.Context(), db)
		if test.says != "" {
			assert.ErrorContains(t, err, test.says, name)
			assert.NotContains(t, err.Error(), one, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Len(t, keys.Wrappers, 2, name)
		assert.NoError(t, closed())
		require.NoError(t, os.Chmod(path, 0o640))
		_, _, err = s.registryKeys(t.Context(), db)
		assert.Error(t, err, "others may read it")
	}
}

// The three keys are made at the first start and differ.
func TestRegistryKeysAreMade(t *testing.T) {
	s := settled{Config: Config{Data: t.TempDir()}}
	db := databasetest.Open(t, databasetest.SQLite(t))
	keys, closed, err := s.registryKeys(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, closed())
	again, closed, err := s.registryKeys(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, closed())
	assert.Equal(t, keys, again)
	versions, err := readVersions(s.file(registryKey))
	require.NoError(t, err)
	require.Len(t, versions, 1)
	assert.Equal(t, int64(1), versions[0].version)
	assert.NotEqual(t, versions[0].value, base64.StdEncoding.EncodeToString(keys.Names))
}

// Of two processes that start for the first time on one folder and one database, the later one may look at
// the database just when the other one has made its keys. It finds them then.
func TestFirstStartOfTwo(t *testing.T) {
	s := &site{t: t, dsn: server.Postgres(t), now: time.Now()}
	one := s.folder("")
	two := s.folder(one)
	s.start(one)
	db, done := databasetest.Open(t, s.dsn), make(chan error, 1)
	lock := func(table string) *sql.Tx {
		tx, err := db.Begin()
		require.NoError(t, err)
		_, err = tx.Exec("LOCK TABLE " + table)
		require.NoError(t, err)
		return tx
	}
	// bring makes the files while the other process waits to read a table, which it finds then.
	bring := func(tx *sql.Tx, files ...string) {
		for waiting := 0; waiting == 0 && len(done) == 0; {
			require.NoError(t, db.QueryRow("SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&waiting))
		}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join(one, file))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(two, file), text, 0o600))
		}
		require.NoError(t, tx.Commit())
	}
	entered, made := lock("known_key"), lock("registry_names")
	go func() {
		a, err := s.open(two)
		if err == nil {
			err = a.Close()
		}
		done <- err
	}()
	bring(entered, serviceKey, auditKey)
	bring(made, registryKey, namesKey)
	assert.NoError(t, <-done)
}
