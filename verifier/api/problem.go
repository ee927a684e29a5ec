package api

import (
	"net/http"
	"time"
)

// ContentTypeProblem is the media type of a [Problem] (RFC 9457).
const ContentTypeProblem = "application/problem+json"

// Problem is the reason why a request got no answer (RFC 9457). It never contains a codice fiscale, a phone
// number, a code or a token.
type Problem struct {
	// Type is [ProblemCode.Type].
	Type  string `json:"type"`
	Title string `json:"title"`
	// Status is [ProblemCode.Status]. It is 0 in a problem that no issuer has sent: a client has made it.
	Status int `json:"status,omitempty"`
	// Instance is an ID of this answer. The issuer's log has it too.
	Instance string `json:"instance,omitempty"`
	// Code is the reason for programs.
	Code ProblemCode `json:"code"`
	// RetryAfter is the value of the header Retry-After, in seconds.
	RetryAfter int `json:"retry_after,omitempty"`
	// Limit is set for rate_limited, unless the limit is one of the codes of the second level.
	Limit Limit `json:"limit,omitempty"`
	// AttemptsLeft is set for wrong_code and malformed_code.
	AttemptsLeft *int `json:"attempts_left,omitempty"`
	// Channels is set for no_channel: the person's other channels.
	Channels []string `json:"channels,omitempty"`
	// UsableFrom is set for no_channel if the person has a new number that gets no code before that time.
	UsableFrom time.Time `json:"usable_from,omitzero"`
	// Receipt is a JWS of [ReceiptType]. It is set for the problems that are a no, [NoMatch] and [PaperVoid],
	// in the answer to a request with a check ID. Without it, such a problem decides nothing.
	Receipt string `json:"receipt,omitempty"`
	// Failing is set for [Unavailable] at [PathHealth]; see [Health].
	Failing []string `json:"failing,omitempty"`
}

// A Limit says what was too much in a [Problem] with the code [RateLimited].
type Limit string

// The limits.
const (
	// LimitCalls means too many calls of this address or caller.
	LimitCalls Limit = "calls"
	// LimitDocument means that too many wrong codici fiscali were tried on this document without a login.
	// Neither a right nor a wrong one gets an answer now. A caller that authenticates still gets one, and so
	// does everybody for another document of the same person.
	LimitDocument Limit = "document"
	// LimitCaller means that this caller, which authenticates, has tried too many wrong codici fiscali on
	// this document. Other callers are not affected.
	LimitCaller Limit = "caller"
)

// Error returns the title, with the prefix of the package.
func (p *Problem) Error() string { return "api: " + p.Title }

// ProblemCode is the reason of a [Problem]. The set is closed and stable. Package verifier/page/answer has
// the sentences for people.
type ProblemCode string

// The problems of all calls.
const (
	// MalformedRequest means that the body is not a JSON object, has an unknown member, lacks a member or has
	// a value out of bounds.
	MalformedRequest     ProblemCode = "malformed_request"
	MalformedCF          ProblemCode = "malformed_cf"
	MalformedCaseNumber  ProblemCode = "malformed_case_number" // see [CaseNumberAllowed]
	UnknownBenefit       ProblemCode = "unknown_benefit"
	TooLarge             ProblemCode = "too_large" // the body is longer than [MaxBody]
	UnsupportedMediaType ProblemCode = "unsupported_media_type"
	NotFound             ProblemCode = "not_found"
	MethodNotAllowed     ProblemCode = "method_not_allowed"
	RateLimited          ProblemCode = "rate_limited" // with RetryAfter and Limit
	Unavailable          ProblemCode = "unavailable"
	Internal             ProblemCode = "internal"
)

// The problems of the second level.
const (
	SecondLevelNotOffered ProblemCode = "second_level_not_offered"
	Unauthenticated       ProblemCode = "unauthenticated"
	// NotOurs, NewerVersion and UnknownKey mean the same as the codes of these names.
	NotOurs      ProblemCode = "not_ours"
	NewerVersion ProblemCode = "newer_version"
	UnknownKey   ProblemCode = "unknown_key"
	// NoMatch means that the paper is not valid or belongs to another person. It does not say which.
	NoMatch              ProblemCode = "no_match"
	PaperVoid            ProblemCode = "void"
	Replaced             ProblemCode = "replaced"
	NoIdempotencyKey     ProblemCode = "no_idempotency_key"
	IdempotencyConflict  ProblemCode = "idempotency_conflict"
	OrganisationRefused  ProblemCode = "organisation_refused"
	NoChannel            ProblemCode = "no_channel"      // with Channels, UsableFrom
	ContactRefused       ProblemCode = "contact_refused" // such as a number that was changed a short time ago
	ContactChanged       ProblemCode = "contact_changed"
	ChallengeNotFound    ProblemCode = "challenge_not_found"
	ChallengeExpired     ProblemCode = "challenge_expired"
	ChallengeUsed        ProblemCode = "challenge_used"
	ChallengeSuperseded  ProblemCode = "challenge_superseded"
	ChallengeRevoked     ProblemCode = "challenge_revoked"
	TooSoon              ProblemCode = "too_soon" // with RetryAfter
	NoResends            ProblemCode = "no_resends"
	MalformedCode        ProblemCode = "malformed_code" // the attempt does not count; with AttemptsLeft
	WrongCode            ProblemCode = "wrong_code"     // with AttemptsLeft
	NoAttempts           ProblemCode = "no_attempts"
	WaitAfterFailures    ProblemCode = "wait"    // with RetryAfter
	OperatorBarred       ProblemCode = "barred"  // for this person; with RetryAfter if it ends by itself
	LockedAfterFailures  ProblemCode = "locked"  // with RetryAfter
	BlockedAfterFailures ProblemCode = "blocked" // only the issuer's staff can lift it
)

// Type returns the URI of the code. It is a name and leads nowhere.
func (c ProblemCode) Type() string { return "urn:attesta:problem:" + string(c) }

// Status returns the HTTP status of the code, or 0 if the code is unknown.
func (c ProblemCode) Status() int { return c.row().status }

// Title returns a sentence that explains the code to developers. It may change.
func (c ProblemCode) Title() string { return c.row().title }

// Code returns the code of a report whose question met this problem. Only the codes of [NoMatch] and
// [PaperVoid] are a no.
func (c ProblemCode) Code() Code {
	if means := c.row().means; means != "" {
		return means
	}
	return CodeUnavailable
}

func (c ProblemCode) row() row {
	for _, r := range table() {
		if r.code == c {
			return r
		}
	}
	return row{}
}

// ProblemCodes returns all codes, in the order of the constants.
func ProblemCodes() []ProblemCode {
	var codes []ProblemCode
	for _, r := range table() {
		codes = append(codes, r.code)
	}
	return codes
}

type row struct {
	code   ProblemCode
	means  Code
	status int
	title  string
}

func table() []row {
	return []row{
		{MalformedRequest, CodeUsage, http.StatusBadRequest,
			"the request is not in the documented form"},
		{MalformedCF, CodeMalformedCF, http.StatusUnprocessableEntity, "the codice fiscale is malformed"},
		{MalformedCaseNumber, CodeUsage, http.StatusUnprocessableEntity,
			"the case number is not allowed"},
		{UnknownBenefit, CodeUsage, http.StatusUnprocessableEntity,
			"the benefit is not in the issuer's catalogue"},
		{TooLarge, CodeUsage, http.StatusRequestEntityTooLarge, "the request is too long"},
		{UnsupportedMediaType, CodeUsage, http.StatusUnsupportedMediaType,
			"the request is not application/json"},
		{NotFound, CodeUnavailable, http.StatusNotFound, "there is nothing at this path"},
		{MethodNotAllowed, CodeUsage, http.StatusMethodNotAllowed,
			"the path does not support this method"},
		{RateLimited, CodeRateLimited, http.StatusTooManyRequests, "too many requests"},
		{Unavailable, CodeUnavailable, http.StatusServiceUnavailable,
			"the issuer cannot answer now, try again"},
		{Internal, CodeUnavailable, http.StatusInternalServerError, "the issuer's service has failed"},
		{SecondLevelNotOffered, CodeNeedsSecondLevel, http.StatusNotImplemented,
			"the issuer does not offer the second level"},
		{Unauthenticated, CodeNeedsSecondLevel, http.StatusUnauthorized, "the operator is not logged in"},
		{NotOurs, CodeNotOurs, http.StatusUnprocessableEntity, "the text is not a token"},
		{NewerVersion, CodeNewerVersion, http.StatusUnprocessableEntity,
			"the version of the token is unknown"},
		{UnknownKey, CodeUnknownKey, http.StatusUnprocessableEntity,
			"the token names a key that this issuer does not publish"},
		{NoMatch, CodeCFMismatch, http.StatusUnprocessableEntity, "paper and codice fiscale do not match"},
		{PaperVoid, CodeVoid, http.StatusUnprocessableEntity,
			"the issuer has voided this paper, a newer one exists"},
		{Replaced, CodeReplaced, http.StatusUnprocessableEntity,
			"the codice fiscale has changed, the person needs a new paper"},
		{NoIdempotencyKey, CodeUsage, http.StatusBadRequest,
			"the header Idempotency-Key is missing or malformed"},
		{IdempotencyConflict, CodeUsage, http.StatusConflict,
			"the idempotency key was used for another challenge"},
		{OrganisationRefused, CodeUsage, http.StatusUnprocessableEntity,
			"the organisation's name is not allowed"},
		{NoChannel, CodeNeedsSecondLevel, http.StatusConflict, "no channel to this person is on file"},
		{ContactRefused, CodeNeedsSecondLevel, http.StatusConflict,
			"the contact on file must not be used now"},
		{ContactChanged, CodeNotApproved, http.StatusConflict,
			"the contact has changed, request another challenge"},
		{ChallengeNotFound, CodeNotApproved, http.StatusNotFound,
			"there is no such challenge for this operator and person"},
		{ChallengeExpired, CodeNotApproved, http.StatusGone, "the challenge has expired"},
		{ChallengeUsed, CodeNotApproved, http.StatusConflict, "the code was already used"},
		{ChallengeSuperseded, CodeNotApproved, http.StatusConflict,
			"a newer challenge has replaced this one"},
		{ChallengeRevoked, CodeNotApproved, http.StatusConflict, "the challenge was revoked"},
		{TooSoon, CodeRateLimited, http.StatusTooManyRequests, "it is too soon to send the code again"},
		{NoResends, CodeNotApproved, http.StatusConflict, "no resends are left"},
		{MalformedCode, CodeNotApproved, http.StatusUnprocessableEntity,
			"the code has the wrong number of digits"},
		{WrongCode, CodeNotApproved, http.StatusUnprocessableEntity, "the code is wrong"},
		{NoAttempts, CodeNotApproved, http.StatusConflict, "no attempts are left"},
		{WaitAfterFailures, CodeRateLimited, http.StatusTooManyRequests,
			"the person must wait after failed attempts"},
		{OperatorBarred, CodeNotApproved, http.StatusForbidden,
			"the operator is barred for this person"},
		{LockedAfterFailures, CodeRateLimited, http.StatusTooManyRequests,
			"the person is locked after failed attempts"},
		{BlockedAfterFailures, CodeNotApproved, http.StatusForbidden,
			"the person is blocked after failed attempts"},
	}
}

// NewProblem returns the problem of a code. If the code is unknown, the problem is [Internal].
func NewProblem(c ProblemCode) Problem {
	r := c.row()
	if r.status == 0 {
		c, r = Internal, Internal.row()
	}
	return Problem{Type: c.Type(), Title: r.title, Status: r.status, Code: c}
}
