package otp

import (
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// An Error is a cause. The constants below are the complete set; compare with errors.Is. An
// Error never holds a code, a number or an identifier.
type Error string

// Error returns a text for developers. Its wording may change.
func (e Error) Error() string { return string(e) }

// [Challenges] refuses with one of these causes, always inside a [*Refusal].
const (
	// ErrUnavailable means that the store or the limiter did not answer, or that a record was
	// unreadable. Nothing was disclosed and nothing is known; try again. An attempt may have been
	// counted, or a code consumed.
	ErrUnavailable Error = "cannot tell, try again"
	// ErrRequest means that a field of the request is missing, too long or unknown. It is a fault
	// of the caller.
	ErrRequest Error = "request is incomplete or malformed"
	// ErrOrganisation means that the organisation's name is not allowed in a message; see [Terms].
	ErrOrganisation Error = "organisation's name is not allowed"
	// ErrNoChannel means that the person has no usable contact. [Refusal.Channels] lists the other
	// channels that the person has.
	ErrNoChannel Error = "no channel to this person"
	// ErrContact means that the policy forbids the contact: its country is not allowed, or it was
	// never verified or verified too recently.
	ErrContact Error = "contact is not allowed"
	// ErrContactChanged means that the contact of a resend differs from that of the start. The
	// challenge is superseded; start a new one.
	ErrContactChanged Error = "contact changed since the start"
	// ErrRefused means that Config.Risk returned an error.
	ErrRefused Error = "refused by the risk check"
	// ErrIdempotency means that the idempotency key was used for this person with other terms or
	// by another operator.
	ErrIdempotency Error = "idempotency key was used for another challenge"
	// ErrRateLimited means that a limit is exceeded. [Refusal.Limit] names it and RetryAfter is
	// the wait.
	ErrRateLimited Error = "too many requests"
	// ErrTooSoon means that a resend came before the end of the cool-down. RetryAfter is the rest
	// of it.
	ErrTooSoon Error = "too soon to send again"
	// ErrNoResends means that all resends are used.
	ErrNoResends Error = "no resends left"
	// ErrNotFound means that there is no such challenge of this operator and person.
	ErrNotFound Error = "no such challenge"
	// ErrMalformedCode means that the code has the wrong number of digits. No attempt was spent.
	ErrMalformedCode Error = "code is malformed"
	// ErrWrongCode means that the code is wrong, or that the organisation, case number, evidence,
	// purpose or scope is not the one the code was made for. The error does not tell which. An
	// attempt was spent; see AttemptsLeft.
	ErrWrongCode Error = "wrong code"
	// ErrAttemptsUsed means that all attempts were used before, or that the person was locked or the
	// operator barred while the challenge was pending.
	ErrAttemptsUsed Error = "no attempts left"
	// ErrExpired means that the challenge's time is over.
	ErrExpired Error = "challenge is expired"
	// ErrAlreadyUsed means that the challenge was verified before.
	ErrAlreadyUsed Error = "code was used already"
	// ErrSuperseded means that a newer challenge replaced this one.
	ErrSuperseded Error = "challenge was superseded"
	// ErrRevoked means that the challenge was cancelled.
	ErrRevoked Error = "challenge was revoked"
	// ErrWait means that this person has too many failures. No attempt was spent; RetryAfter is
	// the wait.
	ErrWait Error = "wait after failed attempts"
	// ErrBarred means that this operator is barred for this person after failures, or that
	// Config.Risk returned it. RetryAfter is the rest of the bar; 0 means that only
	// [Challenges.ClearFailures] lifts it, or what made Risk refuse.
	ErrBarred Error = "operator is barred for this person"
	// ErrLocked means that the person is locked after too many failures and has no pending
	// challenge left, or that the failures of a further operator could not be kept
	// (see Policy.BarAt). RetryAfter is the rest of the lock.
	ErrLocked Error = "person is locked after failed attempts"
	// ErrBlocked means that the maximum of failures is reached. Only [Challenges.ClearFailures]
	// lifts the block, after the person was identified in another way.
	ErrBlocked Error = "person is blocked after failed attempts"
)

// These are the errors of the package's types and stores.
const (
	// ErrMarshal is the error of every attempt to marshal a secret type.
	ErrMarshal = secret.ErrMarshal
	// ErrPhone means that a number is not in E.164 form.
	ErrPhone Error = "phone number is not in E.164 form"
	// ErrPepper means that a key is shorter than [MinPepper] bytes.
	ErrPepper Error = "pepper is shorter than 32 bytes"
	// ErrFull is the error of the in-memory stores when they hold their maximum.
	ErrFull Error = "store in memory is full"
)

// A Refusal is the error of every method of [Challenges] that fails. errors.Is finds its
// Cause.
type Refusal struct {
	// Cause is one of the constants of [Error].
	Cause Error
	// AttemptsLeft is set with ErrWrongCode and ErrMalformedCode.
	AttemptsLeft int
	// RetryAfter is above 0 if waiting helps: with ErrRateLimited, ErrTooSoon, ErrWait, ErrLocked and
	// ErrBarred.
	RetryAfter time.Duration
	// Limit names the limit of ErrRateLimited: a constant such as [LimitPhone].
	Limit Limit
	// Channels is set with ErrNoChannel: the other channels over which the person could get a
	// code.
	Channels []Channel
	// Err is the error of the store, the limiter or the Risk function, for errors.Is and
	// errors.As, or with ErrOrganisation the rule that the name breaks. It is never printed and
	// may be nil.
	Err error
}

// Error returns the cause, the limit and the wait.
func (r *Refusal) Error() string {
	s := string(r.Cause)
	if r.Limit != "" {
		s += " (" + string(r.Limit) + ")"
	}
	if r.RetryAfter > 0 {
		s += ", again in " + strconv.FormatInt(int64((r.RetryAfter+time.Second-1)/time.Second), 10) + " s"
	}
	return s
}

// Unwrap returns Cause and, if there is one, Err.
func (r *Refusal) Unwrap() []error {
	if r.Err != nil {
		return []error{r.Cause, r.Err}
	}
	return []error{r.Cause}
}
