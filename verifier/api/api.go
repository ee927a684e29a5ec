// Package api is the contract between a desk that checks a paper and the body that issued it. It has the
// paths, the JSON types, the codes and the OpenAPI document. Package verifier/service serves the contract and
// package verifier calls it. To write one of the two sides in another language, [OpenAPI] is enough.
//
// The types are as they are sent, with strings for codes and dates. Requests and answers contain personal
// data that is not encrypted: use a value for one request and keep it out of logs.
//
// # What is not checked
//
// The package checks nothing. The values of a request or an answer are what its sender wrote.
package api

import "time"

// The paths of the contract, below the issuer's base URL. In PathResend and PathAnswers, {id} is the ID of a
// challenge.
const (
	PathJWKS        = "/.well-known/jwks.json"
	PathHealth      = "/v1/status"
	PathBenefits    = "/v1/benefits"
	PathOpenAPI     = "/v1/openapi.yaml"
	PathFirstLevel  = "/v1/first-level-checks"
	PathSecondLevel = "/v1/second-level-challenges"
	PathResend      = PathSecondLevel + "/{id}/resend"
	PathAnswers     = PathSecondLevel + "/{id}/answers"
)

// HeaderIdempotencyKey is the header of a request for a challenge. A second request with the same value gets
// the challenge of the first.
const HeaderIdempotencyKey = "Idempotency-Key"

// MaxBody is the maximum length of a request's body in bytes: a QR text of 2 KiB and ample room for the rest.
// MaxAnswer is the maximum length of an answer's body.
const (
	MaxBody   = 8 << 10
	MaxAnswer = 64 << 10
)

// The scopes of the second level: all judgements, the judgement in one domain, or yes or no for one benefit.
const (
	ScopeDetail  = "detail"
	ScopeDomain  = "domain:"  // followed by the domain's code
	ScopeBenefit = "benefit:" // followed by the benefit's id
)

// FirstLevelRequest asks whether a paper is valid and belongs to this person, and what the person's status
// is.
type FirstLevelRequest struct {
	// CheckID is of [NewCheckID], new for each request. A retry keeps it.
	CheckID string `json:"check_id"`
	// QR is the scanned text, or the token alone.
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
	// Benefit is the id of a benefit. If it is set, the answer is about this benefit only.
	Benefit string `json:"benefit,omitempty"`
	// Evidence is what the caller has seen in addition to the status; it requires Benefit.
	Evidence Evidence `json:"evidence,omitempty"`
	// CaseNumber is a number of the caller's choice that the receipt repeats; see [CaseNumberAllowed].
	CaseNumber string `json:"case_number,omitempty"`
}

// Result is the answer at either level.
type Result struct {
	Outcome Outcome `json:"outcome"`
	// Code is the reason of an outcome other than Confirmed.
	Code Code `json:"code,omitempty"`
	Disclosure
	// Receipt is a JWS of [ReceiptType].
	Receipt string `json:"receipt"`
}

// Disclosure is what the issuer disclosed about the person. It is data concerning health: show it, but do not
// store it.
type Disclosure struct {
	// CheckedAt is the time at which the issuer looked up the status.
	CheckedAt time.Time `json:"checked_at"`
	// Benefit is the benefit of the request. If it is set, nothing but the outcome is disclosed.
	Benefit string `json:"benefit,omitempty"`
	// Needs is set with [CodeNeedsEvidence] and [CodeNeedsAnnotation]: what is still to be seen, as codes of
	// [Evidence]. All alternatives are listed, so not each of them has to be a yes.
	Needs []string `json:"needs,omitempty"`
	// Categories and SubKinds are codes of package status. They are part of an answer at the first level, if
	// the issuer's policy discloses them.
	Categories []string `json:"categories,omitempty"`
	SubKinds   []string `json:"sub_kinds,omitempty"`
	// Complete reports that the person is in no category other than those listed.
	Complete bool `json:"complete,omitempty"`
	// Scope is the scope that the person approved at the second level.
	Scope string `json:"scope,omitempty"`
	// Details are the judgements, for [ScopeDetail] and [ScopeDomain].
	Details []Detail `json:"details,omitempty"`
}

// ChallengeRequest asks the issuer to send a code to the person.
type ChallengeRequest struct {
	// Key is the value of the header [HeaderIdempotencyKey], not a member of the body: 1 to 255 visible
	// ASCII characters.
	Key string `json:"-"`
	// CheckID is of [NewCheckID], new for each request. A retry keeps it.
	CheckID       string `json:"check_id"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
	// Organisation is the body for which the operator asks: at most 24 letters, digits, spaces and . ' - with
	// at most three digits. If the issuer knows the organisation from the login, it ignores this member.
	// Otherwise it shows the name to the person as declared by the operator, and refuses that of an
	// authority, its own, and words such as "telefono", however they are written.
	Organisation string `json:"organisation,omitempty"`
	// Purpose is the id of an entry in the caller's register; see [PurposeAllowed].
	Purpose string `json:"purpose"`
	Scope   string `json:"scope"`
	// Evidence is what the operator has seen in addition to the status; it requires [ScopeBenefit]. The
	// person sees it in the record of the access.
	Evidence   Evidence `json:"evidence,omitempty"`
	CaseNumber string   `json:"case_number,omitempty"`
	// Channel is sms, voice or list. If it is empty, the issuer uses the person's first channel.
	Channel string `json:"channel,omitempty"`
	// Locale is the language of the message: it, en, de, fr or sl. If it is empty, the message is in the
	// person's own language, which the operator does not learn, or in Italian if the issuer does not know it.
	Locale string `json:"locale,omitempty"`
}

// Challenge is a challenge as the operator may see it. It contains neither the code nor the phone number.
type Challenge struct {
	// Repeated reports that an earlier request with the same key made the challenge and no second code was
	// sent. It is not in the body: the HTTP status is then 200 instead of 201.
	Repeated bool `json:"-"`

	ID      string `json:"id"`
	State   string `json:"state"`
	Channel string `json:"channel"`
	// Channels are all channels of the person, with Channel, in the person's order. Another one needs a new
	// challenge.
	Channels []string `json:"channels,omitempty"`
	// MaskedPhone is the number to which the code was sent, masked. It is empty for a printed list.
	MaskedPhone string `json:"masked_phone,omitempty"`
	// ListID and ListNumber identify the printed list and the code on it.
	ListID     string `json:"list_id,omitempty"`
	ListNumber int    `json:"list_number,omitempty"`
	// Comparison is a number that the operator and the person compare.
	Comparison           string    `json:"comparison_number,omitempty"`
	Organisation         string    `json:"organisation"`
	OrganisationDeclared bool      `json:"organisation_declared"`
	Scope                string    `json:"scope"`
	ExpiresAt            time.Time `json:"expires_at"`
	// ResendAt is the earliest time of a resend. It is absent if no resend is possible.
	ResendAt     time.Time `json:"resend_at,omitzero"`
	ResendsLeft  int       `json:"resends_left"`
	AttemptsLeft int       `json:"attempts_left"`
	// Digits is the length of the code, 6 to 8. With it a page can tell when the code is complete.
	Digits   int    `json:"digits"`
	Delivery string `json:"delivery"`
}

// ResendRequest asks for the same code again.
type ResendRequest struct {
	// Challenge is the id in the path, not a member of the body.
	Challenge     string `json:"-"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
}

// AnswerRequest contains the code that the person told the operator.
type AnswerRequest struct {
	// Challenge is the id in the path, not a member of the body.
	Challenge string `json:"-"`
	// CheckID is of [NewCheckID], new for each request.
	CheckID       string `json:"check_id"`
	Code          string `json:"code"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
}

// Detail is the judgement in one domain, and the act that contains it. The codes are those of package status.
// There is no member for a diagnosis.
type Detail struct {
	Domain string `json:"domain"`
	State  string `json:"state"`
	Degree string `json:"degree,omitempty"`
	// Percent is the percentage of civil invalidity, or 0 if the verbale states none.
	Percent int `json:"percent,omitempty"`
	// FormulaScheme and FormulaCode are the code that the source uses for the text of the judgement.
	FormulaScheme string `json:"formula_scheme,omitempty"`
	FormulaCode   string `json:"formula_code,omitempty"`
	// Annotations are those of art. 4 DL 5/2012. The keys are their codes, the values yes, no or
	// not_recorded. They are absent if the registry does not hold the judgement.
	Annotations map[string]string `json:"annotations,omitempty"`
	// NotHeld is the class of a judgement whose content the registry does not hold.
	NotHeld string `json:"not_held,omitempty"`
	// Doubt is the reason of the states undecided and came_of_age.
	Doubt string `json:"doubt,omitempty"`
	// AdultRights is what an adult may claim on the basis of a judgement for minors: without_visit or
	// applied.
	AdultRights string `json:"adult_rights,omitempty"`
	// Decision is the day of the act, and Since the day from which it has effect, as YYYY-MM-DD. Number is
	// the number of the act, and Body the body that issued it. The ISEE form requires them (DSU, frame FC7).
	// A member is empty if the act does not state it.
	Decision string `json:"decision,omitempty"`
	Since    string `json:"since,omitempty"`
	Number   string `json:"number,omitempty"`
	Body     string `json:"body,omitempty"`
}

// Health is the answer at [PathHealth]. It has the members of a [Problem], as the Italian API guidelines
// require.
type Health struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// SecondLevel reports whether the issuer offers the second level and can answer there.
	SecondLevel bool `json:"second_level"`
	// Page is the URL of the issuer's own checking page, at which an operator with a phone can log in and
	// check, or empty if it has none.
	Page string `json:"page,omitempty"`
	// Failing names the parts that cannot work now, by the constants Part….
	Failing []string `json:"failing,omitempty"`
}

// The parts of an issuer. Without keys, signer or registry no level is answered, and without consent or
// access log the second level is not.
const (
	PartKeys      = "keys"
	PartSigner    = "signer"
	PartRegistry  = "registry"
	PartAccessLog = "access_log"
	PartConsent   = "consent"
)
