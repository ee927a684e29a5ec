package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

func TestOTPDemoTellsTheWholeStory(t *testing.T) {
	out := must(t, "otp", "demo")
	for _, part := range []string{"MUSEO CIVICO (dichiarato)", "number to compare", "4 attempts left",
		"3 attempts left",
		"sms to +39 ••• ••• ••67 (2)", "right: now the access is recorded", "code was used already"} {
		_, rest, found := strings.Cut(out, part)
		assert.True(t, found, "%q, in this order, in %s", part, out)
		out = rest
	}
}

func TestOTPUsage(t *testing.T) {
	for _, args := range [][]string{{"otp"}, {"otp", "send"}, {"otp", "demo", "twice"}} {
		code, _, errs := run(t, args...)
		assert.Equal(t, cli.Usage, code)
		assert.NotEmpty(t, errs)
	}
}
