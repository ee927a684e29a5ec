package router

import (
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// judgeFailure returns what a failed attempt says about the provider.
func judgeFailure(ctx context.Context, class otp.ErrorClass, hadTime bool) verdict {
	switch class {
	case otp.ClassInvalidRecipient, otp.ClassNotAllowed:
		return good // it answered; the number is the cause
	case otp.ClassThrottled:
		return unclear // it answered, and named the wait
	}
	if ctx.Err() != nil && !hadTime {
		return unclear // the caller has left, or others used up the time
	}
	return bad
}

// failures makes one error of the attempts' errors.
type failures struct {
	worst *otp.SendError
	wait  time.Duration
	all   []error
}

func (f *failures) add(e *otp.SendError) {
	f.all = append(f.all, e)
	if f.worst == nil || hope(e.Class) > hope(f.worst.Class) {
		f.worst = e
	}
	if e.Class == otp.ClassThrottled && e.RetryAfter > 0 && (f.wait == 0 || e.RetryAfter < f.wait) {
		f.wait = e.RetryAfter
	}
}

// hope orders the classes by the chance that the message still arrives.
func hope(c otp.ErrorClass) int {
	switch c {
	case otp.ClassAmbiguous:
		return 4
	case otp.ClassInvalidRecipient: // final: it ends the search
		return 3
	case otp.ClassUnavailable:
		return 2
	case otp.ClassThrottled:
		return 1
	}
	return 0
}

func (f *failures) error() error {
	e := &otp.SendError{Class: f.worst.Class, Provider: f.worst.Provider, Code: f.worst.Code,
		Err: errors.Join(f.all...)}
	if e.Class == otp.ClassThrottled {
		e.RetryAfter = f.wait
	}
	return e
}
