package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
)

func (w *ward) config() Config {
	return Config{Data: w.data, DB: w.dsn, Journal: w.journal, Log: slog.New(slog.DiscardHandler)}
}

// drill returns a line for each part.
func (w *ward) drill(expected, backup, scratch string) map[string]string {
	w.t.Helper()
	lines := map[string]string{}
	require.NoError(w.t, Drill(w.t.Context(), w.config(), expected, backup, scratch,
		func(part string, err error) { lines[part] = fmt.Sprint(err) }))
	return lines
}

// A backup answers what the service answered, and the drill says what it lacks, what it answers otherwise and
// what is damaged. It leaves nothing behind.
func TestDrill(t *testing.T) {
	eachWard(t, func(t *testing.T, w *ward) {
		t.Setenv("TMPDIR", t.TempDir())
		a, ctx, server := w.run(), t.Context(), ""
		if w.dsn[:8] == "postgres" {
			server = w.dsn
		}
		w.issue(a)
		require.NoError(t, w.disclose(a, "zero"))
		w.keep(a)
		text, people, err := RecordDrill(ctx, w.config())
		require.NoError(t, err)
		assert.Greater(t, people, 10)
		for _, p := range demo.Personas() {
			assert.NotContains(t, string(text), p.CF.Reveal())
		}
		expected, backup := filepath.Join(t.TempDir(), "expected"), w.backup()
		require.NoError(t, os.WriteFile(expected, text, 0o600))
		good := "<nil>"
		assert.Equal(t, map[string]string{"restore": good, "database and keys": good, "answers": good,
			"access log": good, "journal": good}, w.drill(expected, backup, server))

		w.lose(a)
		w.keep(a)
		lines := w.drill(expected, backup, server)
		assert.Equal(t, good, lines["answers"])
		assert.Contains(t, lines["journal"], "the backup lacks accesses (1), which would be lost, "+
			"and voids (2), which -accept-rollback 1 ")
		lines = w.drill(expected, w.backup(), server)
		assert.Contains(t, lines["answers"], "recorded answers 1 differ and 0 people are missing")
		assert.Equal(t, good, lines["journal"])

		damaged := w.restored(backup)
		db, err := database.Open(ctx, damaged)
		require.NoError(t, err)
		_, err = db.Exec("DELETE FROM access_record")
		require.NoError(t, err)
		require.NoError(t, db.Close())
		assert.Contains(t, w.drill(expected, "", damaged)["access log"], "access log was tampered with")

		half := filepath.Join(t.TempDir(), "half")
		whole, err := os.ReadFile(backup)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(half, whole[:len(whole)/2], 0o600))
		lines = w.drill(expected, half, server)
		assert.NotEqual(t, [2]string{good, good}, [2]string{lines["restore"], lines["database and keys"]})
		assert.NotContains(t, lines, "answers")

		left, err := os.ReadDir(os.Getenv("TMPDIR"))
		require.NoError(t, err)
		assert.Empty(t, left)
		if server != "" {
			var n int
			require.NoError(t, a.db.QueryRow("SELECT count(*) FROM pg_database WHERE datname LIKE "+
				"'attesta_drill_%'").Scan(&n))
			assert.Zero(t, n)
			err = Drill(ctx, w.config(), expected, backup, "", func(string, error) {})
			assert.ErrorContains(t, err, "-scratch: is needed")
		}
		err = Drill(ctx, w.config(), expected, expected, server, func(string, error) {})
		assert.ErrorContains(t, err, "-backup: is neither")
		err = Drill(ctx, w.config(), backup, backup, server, func(string, error) {})
		assert.ErrorContains(t, err, "-expected: ")
	})
}

// restored returns a database of its own with the backup.
func (w *ward) restored(backup string) string {
	w.t.Helper()
	other := &ward{site: &site{t: w.t, dsn: filepath.Join(w.t.TempDir(), "restored.db")}}
	if strings.HasPrefix(w.dsn, "postgres:") {
		other.dsn = server.Postgres(w.t)
	}
	other.restore(backup)
	return other.dsn
}
