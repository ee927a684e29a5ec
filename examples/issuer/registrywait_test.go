package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// The staff ends the wait of a new number; the access log says who did it and why.
func TestEndWait(t *testing.T) {
	data := t.TempDir()
	must(t, "issue", "-cf", mario, "-format", "qrtext", "-data", data, "-o", "-") // makes the keys
	r, cf := inRegistry(t, data, mario)
	number, err := otp.ParsePhone("+393510000199")
	require.NoError(t, err)
	require.NoError(t, r.SetContacts(t.Context(), cf, registry.Contacts{
		Phones:     []registry.Phone{{Channel: otp.SMS, Number: number}},
		UsableFrom: time.Now().Add(time.Hour)}))
	from := func() time.Time {
		at, err := r.UsableFrom(t.Context(), cf)
		require.NoError(t, err)
		return at
	}
	records := func() (list []accesslog.Record) {
		require.NoError(t, withAccesses(t.Context(), place{data: data}, func(ctx context.Context,
			l *accesslog.Log, _ note.Verifier) (err error) {
			list, err = l.ByPerson(ctx, cf)
			return err
		}))
		return list
	}
	for _, bad := range [][]string{{"-cf", mario}, {"-cf", mario, "-case", mario}, {"-case", "2026/7"}} {
		code, said := registryRun(t, data, "end-wait", "", bad...)
		assert.Equal(t, cli.Usage, code, said)
	}
	assert.Empty(t, records())
	assert.NotZero(t, from())

	code, said := registryRun(t, data, "end-wait", "", "-cf", mario, "-case", "2026/7")
	assert.Equal(t, cli.OK, code, said)
	assert.Zero(t, from())
	list := records()
	require.Len(t, list, 1, "one record of one act")
	assert.Equal(t, "registry_end-wait 2026/7", list[0].Purpose+" "+list[0].CaseNumber)
	out := must(t, "accesses", "operator", list[0].ID, "-data", data)
	assert.Contains(t, out, "Login     staff")

	code, said = registryRun(t, data, "end-wait", "", "-cf", mario, "-case", "2026/7")
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, said, "no number of this person waits")
	assert.Len(t, records(), 2)
}
