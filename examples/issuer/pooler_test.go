package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/dev"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Two processes reach everything, codes and limits too, through a pooler in transaction mode.
func TestPooler(t *testing.T) {
	direct := postgres.Postgres(t)
	owner := databasetest.Open(t, direct)
	do := func(statement string) {
		_, err := owner.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	do("CREATE ROLE pooled LOGIN")
	do("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	do("ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pooled")
	do("ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO pooled")
	do("GRANT CREATE ON SCHEMA public TO pooled") // nothing but the pooler stops a migration
	dsn, pooler := postgres.Pooler(t, direct, "pooled")
	c := &cluster{balancer: newBalancer(t), cf: demo.Personas()[0].CF}
	args := []string{"-public-url", c.URL, "-trusted-proxies", "127.0.0.1", "-db", dsn, "-log", "json",
		"-data", filepath.Join(t.TempDir(), "data")}
	refused := func(want error) {
		t.Helper()
		serve := append([]string{"serve", "-addr", "127.0.0.1:0", "-ops-addr", ""}, args...)
		code, _, errs := run(t, serve...)
		assert.Equal(t, cli.Usage, code, errs)
		assert.Contains(t, errs, want.Error())
	}
	refused(database.ErrUnbounded)
	do("ALTER ROLE pooled SET statement_timeout = 15000")
	do("ALTER ROLE pooled SET lock_timeout = 5000")
	require.NoError(t, pooler.Stop())
	require.NoError(t, pooler.Start())
	refused(database.ErrPending)
	code, _, errs := run(t, "migrate", "-db", dsn)
	assert.Equal(t, cli.Usage, code, errs)
	must(t, "migrate", "-db", dsn, "-migrate-db", direct)
	must(t, "migrate", "-status", "-db", dsn)
	require.NoError(t, dev.Outbox{DB: owner}.Migrate(t.Context())) // for the demonstration only

	c.one, c.two = newReplica(t, args...), newReplica(t, args...)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	for _, r := range []*replica{c.one, c.two} { // the first makes the keys
		c.replicas = []*replica{r}
		r.start(t)
		c.watch(ctx)
		c.awaitReady(t)
	}
	c.replicas = []*replica{c.one, c.two}
	c.logIn(t)

	var callers sync.WaitGroup
	for range 40 {
		desk := c.desk(t)
		callers.Go(func() {
			for range 10 {
				report := desk.FirstLevel(t.Context(), c.paper, c.cf, verifier.FirstLevelOptions{})
				assert.Equal(t, api.Confirmed, report.Verdict, report.Code)
			}
		})
	}
	for n := range 4 {
		at, other := c.replicas[n%2], c.replicas[1-n%2]
		reply := c.ask(t, at, other, fmt.Sprint(n))
		report := c.answer(t, other, reply)
		assert.Equal(t, api.Confirmed, report.Verdict, report.Code)
		assert.NotEmpty(t, report.Disclosed.Details)
	}
	callers.Wait()
	assert.Zero(t, c.faults.Load())
	for _, r := range c.replicas {
		for line := range strings.Lines(r.logs.String()) {
			late := strings.Contains(line, `"job":"comparison of clocks"`) && // on a busy machine
				strings.Contains(line, "context deadline exceeded")
			if !late {
				assert.NotContains(t, line, `"level":"ERROR"`)
			}
		}
	}
}
