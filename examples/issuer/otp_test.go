package main

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

func TestOTPUsage(t *testing.T) {
	for _, args := range [][]string{{"otp"}, {"otp", "send"}, {"otp", "reports", "twice"}} {
		code, _, errs := run(t, args...)
		assert.Equal(t, cli.Usage, code)
		assert.NotEmpty(t, errs)
	}
}
