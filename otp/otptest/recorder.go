package otptest

import (
	"context"
	"slices"
	"sync"

	"github.com/qr-invalidita/attesta/otp"
)

// A Recorder is an otp.Sender that keeps messages instead of sending them. The zero
// value is ready. It is safe for concurrent use.
type Recorder struct {
	// Fail holds the results of the next sends, in order; nil entries and all later sends succeed.
	// A message whose failure is ambiguous is kept, as if it had been sent. Set Fail before the
	// first Send.
	Fail []error

	mu       sync.Mutex
	calls    int
	messages []otp.Message
}

// Send implements otp.Sender. If ctx is done, it returns the error of ctx.
func (r *Recorder) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := ctx.Err(); err != nil {
		return otp.Submission{}, &otp.SendError{Class: otp.ClassUnavailable, Provider: "recorder", Err: err}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.calls < len(r.Fail) {
		err = r.Fail[r.calls]
	}
	r.calls++
	if err == nil || !otp.ClassOf(err).Definite() {
		r.messages = append(r.messages, m)
	}
	if err != nil {
		return otp.Submission{}, err
	}
	return otp.Submission{Provider: "recorder", ProviderID: m.ID}, nil
}

// Messages returns the messages sent so far.
func (r *Recorder) Messages() []otp.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.messages)
}

// Last returns the last message, or the zero Message if there is none.
func (r *Recorder) Last() otp.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.messages) == 0 {
		return otp.Message{}
	}
	return r.messages[len(r.messages)-1]
}
