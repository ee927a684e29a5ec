package main

import (
	"os/user"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

const bodyName = "https://ente.example.it"

func otpRun(t *testing.T, in string, args ...string) (code int, said string) {
	t.Helper()
	var out strings.Builder
	code = cli.Run(t.Context(), "issuer", about, commands(), append([]string{"otp"}, args...),
		cli.Streams{In: strings.NewReader(in), Out: &out, Err: &out})
	assert.NotContains(t, out.String(), mario)
	return code, out.String()
}

func staffRecords(t *testing.T, data string) (list []proof.Record, operators []string) {
	t.Helper()
	l, _, closed, err := app.OpenAccesses(t.Context(), data, "", bodyName)
	require.NoError(t, err)
	defer closed()
	cf, err := cli.ParseCF(mario, false)
	require.NoError(t, err)
	list, err = l.ByPerson(t.Context(), cf)
	require.NoError(t, err)
	for _, r := range list {
		o, err := l.Operator(t.Context(), r.ID)
		require.NoError(t, err)
		operators = append(operators, o.ID)
	}
	return list, operators
}

// The acts of the staff are in the access log, with their author and reason, before they are done.
func TestOTPStaff(t *testing.T) {
	data := t.TempDir()
	r, cf := inRegistry(t, data, mario)
	asked := registry.Request{Challenge: "c", Purpose: "priority", Operator: registry.Operator{
		IdentityProvider: "https://login.example", ID: "op", Organisation: "MUSEO CIVICO"}}
	require.NoError(t, r.TraceAsked(t.Context(), cf, asked, registry.StepStarted, true, time.Now()))
	require.NoError(t, r.BarOperator(t.Context(), cf, "c", time.Now()))

	code, said := otpRun(t, "", "reports", "-data", data)
	assert.Equal(t, cli.OK, code, said)
	assert.Regexp(t, `\tbarred\t.*"op"\t"MUSEO CIVICO"\tpriority\tc\n$`, said)

	flags := []string{"-data", data, "-issuer-name", bodyName, "-cf", "-"}
	for _, missing := range [][]string{{}, {"-as", "anna verdi"}, {"-reason", "at the counter"},
		{"-as", "anna\nverdi", "-reason", "x"}, {"-as", "a", "-reason", strings.Repeat("x", 201)}} {
		code, said = otpRun(t, mario, append(append([]string{"clear"}, flags...), missing...)...)
		assert.Equal(t, cli.Usage, code, said)
	}
	list, _ := staffRecords(t, data)
	assert.Empty(t, list)

	flags = append(flags, "-as", "anna verdi", "-reason", "identified at the counter")
	code, said = otpRun(t, mario, append([]string{"clear"}, flags...)...)
	assert.Equal(t, cli.OK, code, said)
	assert.Contains(t, said, "barred: 1")
	code, said = otpRun(t, mario, append([]string{"cancel"}, flags...)...)
	assert.Equal(t, cli.OK, code, said)
	assert.Contains(t, said, "Ended: 0")
	barred, err := r.OperatorBarred(t.Context(), cf, asked.Operator)
	require.NoError(t, err)
	assert.False(t, barred)
	_, said = otpRun(t, "", "reports", "-data", data)
	assert.Contains(t, said, "\tlifted ")

	list, operators := staffRecords(t, data)
	require.Len(t, list, 2)
	assert.Equal(t, citizen.StaffCancel, list[0].Purpose)
	assert.Equal(t, citizen.StaffClear, list[1].Purpose)
	me, err := user.Current()
	require.NoError(t, err)
	for i, r := range list {
		assert.Equal(t, "ente.example.it", r.Organisation)
		assert.True(t, strings.HasPrefix(r.Challenge, citizen.StaffPrefix))
		assert.Equal(t, me.Username+" as anna verdi: identified at the counter", operators[i])
	}
	assert.Contains(t, must(t, "accesses", "audit", "-data", data, "-issuer-name", bodyName),
		"GOOD: 2 records")
}

// Without the access log nothing is done.
func TestOTPStaffNeedsTheLog(t *testing.T) {
	data := t.TempDir()
	r, cf := inRegistry(t, data, mario)
	asked := registry.Request{Challenge: "c", Purpose: "priority", Operator: registry.Operator{ID: "op"}}
	require.NoError(t, r.TraceAsked(t.Context(), cf, asked, registry.StepStarted, true, time.Now()))
	require.NoError(t, r.BarOperator(t.Context(), cf, "c", time.Now()))
	code, said := otpRun(t, mario, "clear", "-data", data, "-cf", "-", "-as", "anna", "-reason", "counter")
	assert.Equal(t, cli.Failure, code, "no key names the issuer")
	assert.Contains(t, said, "-issuer-name is needed")
	barred, err := r.OperatorBarred(t.Context(), cf, asked.Operator)
	require.NoError(t, err)
	assert.True(t, barred)
}
