package otp

import (
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// An Error is a cause. The constants are all there are; compare with errors.Is.
// It never holds a code, a number or an identifier.
type Error string

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// Causes for which [Challenges] refuses. Every refusal is a [*Refusal] with one of them.
const (
	// ErrUnavailable: the store or the limiter did not answer, or a record could
	// not be read. Nothing is disclosed and nothing is known; try again. An attempt
	// may have been counted, a code consumed.
	ErrUnavailable Error = "cannot tell, try again"
	// ErrRequest: a field of the request is missing, too long or unknown. A fault
	// of the caller.
	ErrRequest Error = "request is not complete"
	// ErrOrganisation: an organisation's name that must not stand in a message;
	// see [Terms].
	ErrOrganisation Error = "organisation's name is not allowed"
	// ErrNoChannel: the person has no contact that can be used;
	// [Refusal.Channels] says what there is instead.
	ErrNoChannel Error = "no channel to this person"
	// ErrContact: the contact is against the policy: country, never verified, or
	// verified too recently.
	ErrContact Error = "contact is not allowed"
	// ErrContactChanged: on a resend the contact is another than at the start. The
	// challenge is superseded; start anew.
	ErrContactChanged Error = "contact changed since the start"
	// ErrRefused: the Risk function refused.
	ErrRefused Error = "refused after a look at the risk"
	// ErrIdempotency: the idempotency key was used for this person with other
	// terms, or by another operator.
	ErrIdempotency Error = "idempotency key was used for another challenge"
	// ErrRateLimited: a limit; [Refusal.Limit] and RetryAfter say which and how long.
	ErrRateLimited Error = "too many requests"
	// ErrTooSoon: a resend before the cool-down is over; RetryAfter.
	ErrTooSoon Error = "too soon to send again"
	// ErrNoResends: all resends are used.
	ErrNoResends Error = "no resends left"
	// ErrNotFound: no such challenge, or not of this operator and person.
	ErrNotFound Error = "no such challenge"
	// ErrMalformedCode: not the right number of digits. No attempt was spent.
	ErrMalformedCode Error = "code does not have the right form"
	// ErrWrongCode: the code is wrong, or operator, person, organisation, purpose
	// or scope is not what the code was made for: these are not told apart. An
	// attempt was spent; AttemptsLeft.
	ErrWrongCode Error = "wrong code"
	// ErrAttemptsUsed: all attempts of the challenge were used before, or the person
	// was locked while it was pending.
	ErrAttemptsUsed Error = "no attempts left"
	// ErrExpired: the challenge's time is over.
	ErrExpired Error = "challenge is expired"
	// ErrAlreadyUsed: the challenge was verified before.
	ErrAlreadyUsed Error = "code was used already"
	// ErrSuperseded: a newer challenge took its place.
	ErrSuperseded Error = "challenge was superseded"
	// ErrRevoked: the challenge was cancelled.
	ErrRevoked Error = "challenge was revoked"
	// ErrWait: too many failures for this person; no attempt was spent; RetryAfter.
	ErrWait Error = "wait after failed attempts"
	// ErrLocked: as ErrWait, and the person's pending challenges are void;
	// RetryAfter.
	ErrLocked Error = "person is locked after failed attempts"
	// ErrBlocked: the ceiling of failures is reached. Only [Challenges.ClearFailures]
	// lifts it, after the person was identified in another way.
	ErrBlocked Error = "person is blocked after failed attempts"
)

// Other errors.
const (
	// ErrMarshal is the answer to every attempt to marshal a secret type.
	ErrMarshal = secret.ErrMarshal
	// ErrPhone: not a number in E.164 form.
	ErrPhone Error = "phone number is not in E.164 form"
	// ErrPepper: a key below [MinPepper] bytes.
	ErrPepper Error = "pepper is shorter than 32 bytes"
	// ErrFull is what the stores in memory return when they hold their maximum.
	ErrFull Error = "store in memory is full"
)

// A Refusal is how the verbs of [Challenges] fail. errors.Is finds its Cause.
type Refusal struct {
	// Cause is one of the constants of [Error].
	Cause Error
	// AttemptsLeft goes with ErrWrongCode and ErrMalformedCode.
	AttemptsLeft int
	// RetryAfter is above 0 where waiting helps: ErrRateLimited, ErrTooSoon,
	// ErrWait, ErrLocked.
	RetryAfter time.Duration
	// Limit names the limit of ErrRateLimited: a constant such as [LimitPhone].
	Limit Limit
	// Channels goes with ErrNoChannel: what the person has that could be used
	// instead of the channel that was asked for.
	Channels []Channel
	// Err is what the store, the limiter or the Risk function said, for errors.Is
	// and errors.As. Never printed. May be nil.
	Err error
}

// Error shows the cause, the limit and the waiting time.
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
