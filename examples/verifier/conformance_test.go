//go:build unix

package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/conformance"
)

// allBut returns -without for all groups but some.
func allBut(groups ...string) string {
	left := slices.DeleteFunc(conformance.Groups(), func(g string) bool { return slices.Contains(groups, g) })
	return strings.Join(left, ",")
}

// saysIssuer gives the same answer to every question. In the group issuer it is the right one.
const saysIssuer = `while read -r line; do echo '{"code":"issuer"}'; done`

func TestConformance(t *testing.T) {
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"right", []string{"-without", allBut("issuer"), "--", "sh", "-c", saysIssuer}, cli.OK,
			"CONFORMS: 11 of 11 cases right"},
		{"each", []string{"-each", "-without", allBut("issuer"), "--", "sh", "-c", saysIssuer}, cli.OK,
			"CONFORMS: 11 of 11 cases right"},
		{"wrong", []string{"-without", allBut("issuer", "times"), "--", "sh", "-c", saysIssuer}, cli.Failure,
			"DOES NOT CONFORM: 11 of 18 cases right"},
		{"not supported", []string{"-without", allBut("issuer"), "--", "sh", "-c", saysIssuer}, cli.OK,
			"not supported, 7 cases not run"},
		{"dies", []string{"-without", allBut("issuer"), "--", "false"}, cli.Failure,
			"got the program ended: exit status 1"},
		{"no command", []string{"-each"}, cli.Usage, "conformance wants -- and a command"},
		{"nothing after --", []string{"--"}, cli.Usage, "conformance wants -- and a command"},
		{"command without --", []string{"true"}, cli.Usage, "conformance wants -- and a command"},
		{"command that is not there", []string{"--", "/none/at/all"}, cli.Usage, "cannot be started"},
		{"unknown group", []string{"-without", "stars", "--", "true"}, cli.Usage,
			`there is no group "stars"`},
		{"no group", []string{"-without", allBut(), "--", "true"}, cli.Usage, "leaves no group"},
		{"endless", []string{"-timeout", "300ms", "--", "sh", "-c", "sleep 600"}, cannotTell,
			"the run did not end within 300ms: -timeout allows more"},
		{"no time", []string{"-timeout", "0s", "--", "true"}, cli.Usage, "-timeout must be more than zero"},
		{"no group with -each", []string{"-each", "-without", allBut(conformance.GroupChanged), "--", "true"},
			cli.Usage, "leaves no group"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, nil, append([]string{"conformance", "-lang", "en"}, test.args...)...)
			assert.Equal(t, test.code, code, out+errs)
			assert.Contains(t, out+errs, test.want)
		})
	}
}

func TestConformanceJSON(t *testing.T) {
	code, out, errs := run(t, nil, "conformance", "-json", "-without", allBut("issuer", "times"), "--", "sh",
		"-c",
		saysIssuer)
	assert.Equal(t, cli.Failure, code)
	assert.Empty(t, errs)
	var report conformance.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.True(t, report.Complete)
	assert.Equal(t, 18, report.Cases)
	assert.Equal(t, 11, report.Right)
	assert.Len(t, report.Wrong, 7)
	assert.Equal(t, "issuer", report.Wrong[0].Got)
	assert.Contains(t, report.Groups, conformance.Group{Name: "issuer", Cases: 11, Right: 11})
	assert.Equal(t, []string{"sh", "-c", saysIssuer}, report.Command)
}

// An interrupted run says how far it came and is no proof of anything.
func TestConformanceInterrupted(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer stop()
	var out, errs strings.Builder
	code := conform(ctx, []string{"--", "sh", "-c", "sleep 600"}, cli.Streams{Out: &out, Err: &errs})
	assert.Equal(t, cannotTell, code)
	assert.Contains(t, out.String(), "NOT COMPLETE")
	assert.NotContains(t, errs.String(), "-timeout", "the limit is not what ended it")
}

// A run over its limit still prints its report.
func TestConformanceTimeout(t *testing.T) {
	answers := `read -r line; echo '{"code":"issuer"}'; sleep 600`
	code, out, _ := run(t, nil, "conformance", "-timeout", "5s", "-without", allBut("issuer"),
		"--", "sh", "-c", answers)
	assert.Equal(t, cannotTell, code)
	assert.Contains(t, out, "NOT COMPLETE: 1 of ")
}
