package app

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A ward is a service with a journal, whose database can be put back.
type ward struct {
	*site
	data, journal string
	persona       codicefiscale.Code
	stranger      codicefiscale.Code // whom only the cut-off makes known
	paper         string             // made void by lose
	accept        string
	away          func() // makes the journal unreachable
	logs          strings.Builder
}

// eachWard runs a test on SQLite with a journal in a folder, and on PostgreSQL with one in Redis.
func eachWard(t *testing.T, test func(t *testing.T, w *ward)) {
	t.Helper()
	run := func(name, dsn string, journal func(w *ward)) {
		t.Run(name, func(t *testing.T) {
			w := &ward{site: &site{t: t, dsn: dsn}}
			journal(w)
			test(t, w.make())
		})
	}
	run("SQLite, folder", filepath.Join(t.TempDir(), "registry.db"), func(w *ward) {
		path := w.t.TempDir()
		w.journal = path
		w.away = func() { require.NoError(w.t, os.RemoveAll(path)) }
	})
	run("PostgreSQL, Redis", server.Postgres(t), func(w *ward) {
		r := newRedis(w.t)
		w.journal = "redis://" + r.Addr + "/0"
		w.away = func() { require.NoError(w.t, r.Kill()) }
	})
}

func (w *ward) make() *ward {
	w.now, w.persona = time.Now(), demo.Personas()[0].CF
	for _, p := range demo.Personas() {
		if !p.Registered() {
			w.stranger = p.CF
		}
	}
	w.data = w.folder("")
	return w
}

func (w *ward) try() (*App, error) {
	return Open(w.t.Context(), Config{Addr: "127.0.0.1:0", Data: w.data, DB: w.dsn, Body: "Ente Esempio",
		DevPhone: true, Journal: w.journal, AcceptRollback: w.accept,
		Log: slog.New(slog.NewTextHandler(&w.logs, nil))})
}

func (w *ward) run() *App {
	w.t.Helper()
	a, err := w.try()
	require.NoError(w.t, err)
	w.t.Cleanup(func() { a.Close() }) // some tests close it before
	return a
}

// backup returns a copy of the database, as docs/operations.md says.
func (w *ward) backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup")
	if strings.HasPrefix(w.dsn, "postgres:") {
		w.command("pg_dump", "-Fc", "-f", path, "-d", w.dsn)
		return path
	}
	db, err := database.Open(w.t.Context(), w.dsn)
	require.NoError(w.t, err)
	defer db.Close()
	_, err = db.Exec("VACUUM INTO '" + path + "'")
	require.NoError(w.t, err)
	return path
}

func (w *ward) command(name string, args ...string) {
	w.t.Helper()
	out, err := exec.CommandContext(w.t.Context(), name, args...).CombinedOutput()
	require.NoError(w.t, err, string(out))
}

// restore puts the database back, under processes that run.
func (w *ward) restore(backup string) {
	w.t.Helper()
	if strings.HasPrefix(w.dsn, "postgres:") {
		name := strings.TrimPrefix(strings.Split(w.dsn, "?")[0], "postgres://postgres@/")
		other := strings.Replace(w.dsn, "/"+name+"?", "/postgres?", 1)
		w.command("psql", "-q", "-d", other, "-c", "DROP DATABASE "+name+" WITH (FORCE)", "-c",
			"CREATE DATABASE "+name)
		w.command("pg_restore", "-d", w.dsn, backup)
		return
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(w.dsn + suffix); err != nil {
			require.ErrorIs(w.t, err, fs.ErrNotExist)
		}
	}
	text, err := os.ReadFile(backup)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(w.dsn, text, 0o600))
}

// issue makes the document that is lost later.
func (w *ward) issue(a *App) {
	w.t.Helper()
	signer, err := a.keys.Signer(w.t.Context())
	require.NoError(w.t, err)
	w.paper, _, err = signer.Issue(w.t.Context(), w.persona)
	require.NoError(w.t, err)
	assert.Equal(w.t, api.Code(""), w.first(a))
}

// lose makes the document void and discloses something.
func (w *ward) lose(a *App) {
	w.t.Helper()
	for _, cf := range []codicefiscale.Code{w.persona, w.stranger} {
		_, err := a.registry.Void(w.t.Context(), cf, time.Now().Add(2*time.Second))
		require.NoError(w.t, err)
	}
	require.NoError(w.t, w.disclose(a, "one"))
}

func (w *ward) disclose(a *App, challenge string) error {
	log := journaledLog{wantedLog{a.accesses, a.registry, nil}, a.journal}
	return log.Append(w.t.Context(), service.Access{
		ID: challenge, At: time.Now(), Person: w.persona, Challenge: challenge,
		Operator: service.Operator{IdentityProvider: "login", ID: "op"}})
}

// first returns the code of the first level; empty is a yes.
func (w *ward) first(a *App) api.Code {
	w.t.Helper()
	q := api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: w.paper, CodiceFiscale: w.persona.Reveal()}
	result, err := a.service.FirstLevel(w.t.Context(), service.Caller{}, q)
	for range a.db.Stats().MaxOpenConnections { // each connection that is lost may cost an answer
		if err == nil {
			break
		}
		result, err = a.service.FirstLevel(w.t.Context(), service.Caller{}, q)
	}
	require.NoError(w.t, err)
	return result.Code
}

// second returns what the start of a second level with a new document ends with.
func (w *ward) second(a *App) error {
	w.t.Helper()
	signer, err := a.keys.Signer(w.t.Context())
	require.NoError(w.t, err)
	later := *signer
	later.Now = func() time.Time { return time.Now().Add(3 * time.Second) } // within the leeway
	paper, _, err := later.Issue(w.t.Context(), w.persona)
	require.NoError(w.t, err)
	_, err = a.service.StartSecondLevel(w.t.Context(), service.Caller{Operator: service.Operator{
		IdentityProvider: "login", ID: "op"}}, api.ChallengeRequest{Key: api.NewCheckID(),
		CheckID: api.NewCheckID(), QR: paper, CodiceFiscale: w.persona.Reveal(),
		Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "detail"})
	return err
}

// putBack asserts that a process knows that its database was put back, and does no harm.
func (w *ward) putBack(a *App) {
	w.t.Helper()
	assert.Equal(w.t, api.CodeVoid, w.first(a), "the document stays void")
	var problem *api.Problem
	require.ErrorAs(w.t, w.second(a), &problem)
	assert.Equal(w.t, api.Unavailable, problem.Code)
	assert.Error(w.t, w.disclose(a, "two"))
	assert.Equal(w.t, []string{"rollback"}, a.ready.missingDeep(w.t.Context()))
	assert.Contains(w.t, metricsText(a), "\nattesta_journal_rollback 1\n")
}

// keep compares until the journal has what the database has: on a busy machine its answer may come too late.
func (w *ward) keep(a *App) {
	w.t.Helper()
	for up := false; !up; up, _, _ = a.journal.State() {
		require.NoError(w.t, a.journal.Compare(w.t.Context()))
	}
}

func (w *ward) well(a *App) {
	w.t.Helper()
	assert.Equal(w.t, api.CodeVoid, w.first(a))
	assert.NoError(w.t, w.second(a))
	a.ready.deep.failed.until = time.Time{}
	assert.Empty(w.t, a.ready.missingDeep(w.t.Context()))
	assert.Contains(w.t, metricsText(a), "\nattesta_journal_rollback 0\n")
}

// A backup from before a loss is restored: the document stays void, the second level cannot tell, and it is
// said, until the operator accepts the database as it is.
func TestRollbackAtTheStart(t *testing.T) {
	eachWard(t, func(t *testing.T, w *ward) {
		a := w.run()
		w.issue(a)
		backup := w.backup()
		w.lose(a)
		w.keep(a)
		w.well(a)
		require.NoError(t, a.Close())
		w.restore(backup)

		a = w.run()
		w.putBack(a)
		assert.Contains(t, w.logs.String(), "the second level cannot tell until -accept-rollback\" size=0 "+
			"journal=1 voids=2")
		assert.NotContains(t, w.logs.String(), w.persona.Reveal())
		assert.ErrorContains(t, a.journal.Compare(t.Context()), "was put back")
		require.NoError(t, a.Close())

		w.accept = "1"
		_, err := w.try()
		var wrong *FlagError
		require.ErrorAs(t, err, &wrong, "exit 3")
		assert.EqualError(t, err, "-accept-rollback: the database's access log has 0 records, not 1: accept "+
			"what you have looked at")
		w.accept = "0"
		a = w.run()
		w.well(a)
		require.NoError(t, w.disclose(a, "three"))
		w.keep(a)
		require.NoError(t, a.Close())

		w.accept, w.journal = "", ""
		a = w.run()
		assert.Equal(t, api.CodeVoid, w.first(a), "it is in the database again")
		cut, err := a.registry.VoidBefore(t.Context(), w.stranger)
		require.NoError(t, err)
		assert.NotZero(t, cut)
	})
}

// Doctor says what the journal has and the database lacks, and whether the journal can be written. It changes
// neither.
func TestDoctorLooksAtTheJournal(t *testing.T) {
	eachWard(t, func(t *testing.T, w *ward) {
		c := w.config()
		assert.Empty(t, examined(t, c)["journal"], "the service has never run here")
		a := w.run()
		backup := w.backup()
		w.lose(a)
		assert.Equal(t, "ok", examined(t, c)["journal"], "behind, for a second")
		w.keep(a)
		assert.Equal(t, "ok", examined(t, c)["journal"])
		require.NoError(t, a.Close())
		w.restore(backup)
		for range 2 {
			assert.Equal(t, "failed: the database was put back: its access log has 0 records, the journal's "+
				"1, and 2 voids are missing: restore a later backup, or start with -accept-rollback 0",
				examined(t, c)["journal"])
		}
		w.journal = ""
		a = w.run()
		require.NoError(t, w.disclose(a, "other"))
		assert.Contains(t, examined(t, c)["journal"], "failed: the database's access log is not the one that")
		w.away()
		assert.Contains(t, examined(t, c)["journal"], "warning: the journal cannot be written, so nobody ")
	})
}

// Under a running process another database answers, and the process has never seen the void, which another
// one recorded.
func TestRollbackUnderARunningProcess(t *testing.T) {
	eachWard(t, func(t *testing.T, w *ward) {
		if w.dsn[:8] != "postgres" {
			return // SQLite is for one process, which holds the file
		}
		a, b := w.run(), w.run()
		w.issue(a)
		backup := w.backup()
		w.lose(a)
		w.keep(a)
		w.restore(backup)
		w.putBack(b)
		w.putBack(a)
		w.accept = "0"
		w.well(w.run())
		for _, running := range []*App{a, b} { // they go on without a restart
			w.keep(running)
			w.well(running)
		}
	})
}

// A journal that is away is a warning. What it lacks is kept when it is back, also what a process that has
// ended did not write.
func TestJournalAway(t *testing.T) {
	dsn := filepath.Join(t.TempDir(), "registry.db")
	w := (&ward{site: &site{t: t, dsn: dsn}, journal: t.TempDir()}).make()
	away := filepath.Join(t.TempDir(), "away")
	require.NoError(t, os.Rename(w.journal, away))
	w.accept = "0"
	_, err := w.try()
	assert.ErrorContains(t, err, "the journal does not answer", "whether there is something to accept")
	w.accept = ""
	a := w.run()
	assert.Contains(t, w.logs.String(), "the journal does not answer")
	w.issue(a)
	backup := w.backup()
	w.lose(a)
	w.well(a)
	require.NoError(t, a.journal.Compare(t.Context()))
	assert.Contains(t, metricsText(a), "\nattesta_journal_up 0\n")
	assert.NotContains(t, metricsText(a), "\nattesta_journal_lag_seconds 0\n")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.journal.Work(ctx) }()
	require.NoError(t, os.Rename(away, w.journal))
	for up := false; !up; up, _, _ = a.journal.State() { // it tries again by itself
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	require.NoError(t, <-done)
	assert.Contains(t, metricsText(a), "\nattesta_journal_lag_seconds 0\n")
	require.NoError(t, a.Close())
	w.restore(backup)
	files, err := filepath.Glob(filepath.Join(w.journal, "*.voids"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	forged := strings.ReplaceAll(string(text), " 1", " 3") // seconds since 1970
	require.NoError(t, os.WriteFile(strings.Replace(files[0], ".voids", "0.voids", 1), []byte(forged), 0o600))
	a = w.run()
	w.putBack(a)
	assert.Contains(t, w.logs.String(), "lines of the journal are damaged\" lines=3")
	assert.Less(t, a.journal.Later(ctx, a.registry.Pseudonym(w.persona)), time.Now().Unix()+10)

	for name, change := range map[string]func(*Config){
		"accept-rollback: goes with -journal": func(c *Config) { c.AcceptRollback = "1" },
		"accept-rollback: wants the number":   func(c *Config) { c.Journal, c.AcceptRollback = "x", "-1" },
		"journal: want redis://USER":          func(c *Config) { c.Journal = "http://x" },
		"journal: a Redis on another machine": func(c *Config) { c.Journal = "redis://db.example.it" },
	} {
		c := Config{Data: w.data}
		change(&c)
		assert.ErrorContains(t, c.Check(), name)
	}
}

// Two processes write at the same time, and a third one knows all of it. Erased people and other keys of the
// registry change nothing.
func TestTwoJournals(t *testing.T) {
	eachWard(t, func(t *testing.T, w *ward) {
		a, ctx := w.run(), t.Context()
		b := a
		if w.dsn[:8] == "postgres" {
			b = w.run()
		}
		var people []codicefiscale.Code
		for _, p := range demo.Personas()[:7] {
			people = append(people, p.CF)
		}
		people = append(people, w.stranger)
		done := make(chan error, len(people))
		for i, cf := range people {
			go func() {
				of := []*App{a, b}[i%2]
				_, err := of.registry.Void(ctx, cf, time.Now())
				done <- err
				done <- of.journal.Compare(ctx)
			}()
		}
		for range 2 * len(people) {
			require.NoError(t, <-done)
		}
		_, err := AddRegistryKey(w.data)
		require.NoError(t, err)
		require.NoError(t, a.registry.Erase(ctx, w.stranger, Erasures(w.data)))
		third := w.run()
		w.keep(third)
		for _, cf := range people {
			assert.NotZero(t, third.journal.Later(ctx, third.registry.Pseudonym(cf)))
		}
	})
}
