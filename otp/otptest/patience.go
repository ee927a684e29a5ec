package otptest

import (
	"context"
	"testing"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// patience is the time that a call may exceed its deadline by on a busy machine.
const patience = 3 * time.Second

// patiently returns the error of f, which sends for a short time. If its class is not want, the machine may
// have been too busy to do in that time what the test needs, so f gets more of it.
func patiently(want otp.ErrorClass, f func(d time.Duration) error) error {
	for d := 300 * time.Millisecond; ; d *= 2 {
		if err := f(d); otp.ClassOf(err) == want || d > patience {
			return err
		}
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
