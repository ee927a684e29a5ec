package api

import "net/http"

// ContentTypeProblem is the media type of every answer that is a [Problem] (RFC 9457).
const ContentTypeProblem = "application/problem+json"

// Problem is why a request got no answer (RFC 9457). It never holds a codice fiscale, a phone number, a code
// or a token.
type Problem struct {
	// Type is [ProblemCode.Type].
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Instance names this answer, also in the issuer's log.
	Instance string `json:"instance,omitempty"`
	// Code is what programs branch on.
	Code ProblemCode `json:"code"`
	// RetryAfter, in seconds, says the same as the header of this name.
	RetryAfter int `json:"retry_after,omitempty"`
	// AttemptsLeft goes with wrong_code and malformed_code.
	AttemptsLeft *int `json:"attempts_left,omitempty"`
	// Channels goes with no_channel: what the person has instead.
	Channels []string `json:"channels,omitempty"`
}

// Error returns the title of the problem.
func (p *Problem) Error() string { return "api: " + p.Title }

// ProblemCode is the one stable cause of a [Problem]. The set is closed and part of the promise.
type ProblemCode string

// The problems of every call.
const (
	MalformedRequest     ProblemCode = "malformed_request"      // not JSON, an unknown or missing member, a value out of bounds
	MalformedCF          ProblemCode = "malformed_cf"           // not the form of a codice fiscale
	MalformedCaseNumber  ProblemCode = "malformed_case_number"  // see [CaseNumberAllowed]
	UnknownBenefit       ProblemCode = "unknown_benefit"        // not in the issuer's catalogue
	TooLarge             ProblemCode = "too_large"              // a body above [MaxBody]
	UnsupportedMediaType ProblemCode = "unsupported_media_type" // not application/json
	NotFound             ProblemCode = "not_found"
	MethodNotAllowed     ProblemCode = "method_not_allowed"
	RateLimited          ProblemCode = "rate_limited" // retry_after
	Unavailable          ProblemCode = "unavailable"  // cannot tell, try again
	Internal             ProblemCode = "internal"
)

// The problems of the second level.
const (
	SecondLevelNotOffered ProblemCode = "second_level_not_offered"
	Unauthenticated       ProblemCode = "unauthenticated"
	// NoMatch is the one refusal before the reference matches: the paper is not good, or not this person's.
	NoMatch              ProblemCode = "no_match"
	PaperVoid            ProblemCode = "void"
	Replaced             ProblemCode = "replaced" // the codice fiscale changed: ask for a new document
	NoIdempotencyKey     ProblemCode = "no_idempotency_key"
	IdempotencyConflict  ProblemCode = "idempotency_conflict" // used for another challenge
	OrganisationRefused  ProblemCode = "organisation_refused"
	NoChannel            ProblemCode = "no_channel"      // no phone is on file; channels
	ContactRefused       ProblemCode = "contact_refused" // there is one, and it must not be used now
	ContactChanged       ProblemCode = "contact_changed" // start anew
	ChallengeNotFound    ProblemCode = "challenge_not_found"
	ChallengeExpired     ProblemCode = "challenge_expired"
	ChallengeUsed        ProblemCode = "challenge_used"
	ChallengeSuperseded  ProblemCode = "challenge_superseded"
	ChallengeRevoked     ProblemCode = "challenge_revoked"
	TooSoon              ProblemCode = "too_soon" // retry_after
	NoResends            ProblemCode = "no_resends"
	MalformedCode        ProblemCode = "malformed_code" // no attempt was spent; attempts_left
	WrongCode            ProblemCode = "wrong_code"     // attempts_left
	NoAttempts           ProblemCode = "no_attempts"
	WaitAfterFailures    ProblemCode = "wait"    // retry_after
	LockedAfterFailures  ProblemCode = "locked"  // retry_after
	BlockedAfterFailures ProblemCode = "blocked" // only the issuer's staff can lift it
)

// Type returns the URI of the code: a name, not an address.
func (c ProblemCode) Type() string { return "urn:attesta:problem:" + string(c) }

// Status returns the HTTP status that goes with the code, 0 for an unknown one.
func (c ProblemCode) Status() int { return c.row().status }

// Title returns the sentence that goes with the code. It is for developers and may change.
func (c ProblemCode) Title() string { return c.row().title }

// Code returns the cause that an answer has for the problem's sake; none but those of [NoMatch] and
// [PaperVoid] is a no.
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

// ProblemCodes returns every code, in the order of the constants.
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
		{MalformedRequest, CodeUnavailable, http.StatusBadRequest, "the request is not of the documented form"},
		{MalformedCF, CodeUnavailable, http.StatusUnprocessableEntity,
			"the codice fiscale has not the form of one"},
		{MalformedCaseNumber, CodeUnavailable, http.StatusUnprocessableEntity,
			"the case number is not of the allowed form"},
		{UnknownBenefit, CodeUnavailable, http.StatusUnprocessableEntity,
			"the benefit is not in the issuer's catalogue"},
		{TooLarge, CodeUnavailable, http.StatusRequestEntityTooLarge, "the request is too long"},
		{UnsupportedMediaType, CodeUnavailable, http.StatusUnsupportedMediaType,
			"the request is not application/json"},
		{NotFound, CodeUnavailable, http.StatusNotFound, "there is nothing at this path"},
		{MethodNotAllowed, CodeUnavailable, http.StatusMethodNotAllowed, "the path does not know this method"},
		{RateLimited, CodeRateLimited, http.StatusTooManyRequests, "too many requests"},
		{Unavailable, CodeUnavailable, http.StatusServiceUnavailable, "it cannot be told now, try again"},
		{Internal, CodeUnavailable, http.StatusInternalServerError, "the issuer's service has a fault"},
		{SecondLevelNotOffered, CodeNeedsSecondLevel, http.StatusNotImplemented,
			"the issuer does not offer the second level"},
		{Unauthenticated, CodeNeedsSecondLevel, http.StatusUnauthorized, "the operator is not logged in"},
		{NoMatch, CodeCFMismatch, http.StatusUnprocessableEntity, "paper and codice fiscale do not go together"},
		{PaperVoid, CodeVoid, http.StatusUnprocessableEntity,
			"the issuer has voided this paper, a newer one exists"},
		{Replaced, CodeReplaced, http.StatusUnprocessableEntity,
			"the codice fiscale has changed, the paper is of the earlier one"},
		{NoIdempotencyKey, CodeNeedsSecondLevel, http.StatusBadRequest,
			"the header Idempotency-Key is missing or not of the documented form"},
		{IdempotencyConflict, CodeNeedsSecondLevel, http.StatusConflict,
			"the idempotency key was used for another challenge"},
		{OrganisationRefused, CodeNeedsSecondLevel, http.StatusUnprocessableEntity,
			"the organisation's name is not allowed"},
		{NoChannel, CodeNeedsSecondLevel, http.StatusConflict, "no channel to this person is on file"},
		{ContactRefused, CodeNeedsSecondLevel, http.StatusConflict, "the contact on file must not be used now"},
		{ContactChanged, CodeNeedsSecondLevel, http.StatusConflict,
			"the contact changed since the start, start anew"},
		{ChallengeNotFound, CodeNeedsSecondLevel, http.StatusNotFound,
			"there is no such challenge for this operator and person"},
		{ChallengeExpired, CodeNeedsSecondLevel, http.StatusGone, "the challenge is expired"},
		{ChallengeUsed, CodeNeedsSecondLevel, http.StatusConflict, "the code was used already"},
		{ChallengeSuperseded, CodeNeedsSecondLevel, http.StatusConflict,
			"a newer challenge took this one's place"},
		{ChallengeRevoked, CodeNeedsSecondLevel, http.StatusConflict, "the challenge was revoked"},
		{TooSoon, CodeRateLimited, http.StatusTooManyRequests, "too soon to send again"},
		{NoResends, CodeNeedsSecondLevel, http.StatusConflict, "no resends are left"},
		{MalformedCode, CodeNeedsSecondLevel, http.StatusUnprocessableEntity,
			"the code has not the right number of digits"},
		{WrongCode, CodeNeedsSecondLevel, http.StatusUnprocessableEntity, "the code is wrong"},
		{NoAttempts, CodeNeedsSecondLevel, http.StatusConflict, "no attempts are left"},
		{WaitAfterFailures, CodeRateLimited, http.StatusTooManyRequests, "wait after failed attempts"},
		{LockedAfterFailures, CodeRateLimited, http.StatusTooManyRequests,
			"the person is locked after failed attempts"},
		{BlockedAfterFailures, CodeNeedsSecondLevel, http.StatusForbidden,
			"the person is blocked after failed attempts"},
	}
}

// NewProblem returns the problem of a code; an unknown one becomes [Internal].
func NewProblem(c ProblemCode) Problem {
	r := c.row()
	if r.status == 0 {
		c, r = Internal, Internal.row()
	}
	return Problem{Type: c.Type(), Title: r.title, Status: r.status, Code: c}
}
