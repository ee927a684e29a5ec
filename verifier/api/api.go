// Package api is the contract between a desk that checks a paper and the body that issued it: paths, wire types,
// problem codes and the OpenAPI document. Package verifier/service serves it, package verifier calls it; a
// third party that writes its own half needs no more than [OpenAPI].
//
// The types are what stands on the wire: strings, snake_case members. Outcomes and codes are declared here
// and nowhere else. They hold personal data in the clear and are made for one request; keep them out of
// logs. What is not checked here: anything. A value of these types is as true as its sender.
package api

import "time"

// The paths of the contract, below the issuer's base address. The id of a challenge stands in PathResend and
// PathAnswers in place of {id}.
const (
	PathJWKS        = "/.well-known/jwks.json"
	PathHealth      = "/v1/status"
	PathOpenAPI     = "/v1/openapi.yaml"
	PathFirstLevel  = "/v1/first-level-checks"
	PathSecondLevel = "/v1/second-level-challenges"
	PathResend      = PathSecondLevel + "/{id}/resend"
	PathAnswers     = PathSecondLevel + "/{id}/answers"
)

// HeaderIdempotencyKey names the header that a request for a challenge carries: a second request with the
// same value gets the first one's challenge.
const HeaderIdempotencyKey = "Idempotency-Key"

// MaxBody is the longest body of a request, in bytes: a QR text of 2 KiB and the rest with room to spare.
// MaxAnswer is the longest body that a caller need read.
const (
	MaxBody   = 8 << 10
	MaxAnswer = 64 << 10
)

// Scopes of the second level: all that is held, one domain, or yes or no for one benefit.
const (
	ScopeDetail  = "detail"
	ScopeDomain  = "domain:"  // and the domain's code
	ScopeBenefit = "benefit:" // and the benefit's id
)

// FirstLevelRequest asks whether a paper is good, is this person's, and what the person's status is.
type FirstLevelRequest struct {
	// QR is the scanned text, or the token alone.
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
	// Benefit is the id of a benefit; then only the answer for it returns.
	Benefit string `json:"benefit,omitempty"`
	// CaseNumber is the caller's own and comes back in the receipt; see [CaseNumberAllowed].
	CaseNumber string `json:"case_number,omitempty"`
}

// Result is the answer at either level.
type Result struct {
	Outcome Outcome `json:"outcome"`
	// Code is the cause of an outcome that is not Confirmed.
	Code Code `json:"code,omitempty"`
	Disclosure
	// Receipt is a JWS of [ReceiptType].
	Receipt string `json:"receipt"`
}

// Disclosure is what the issuer disclosed about the person. It is data concerning health: show it, do not
// keep it.
type Disclosure struct {
	// CheckedAt is when the issuer looked.
	CheckedAt time.Time `json:"checked_at"`
	// Benefit is the one that was asked for; then the outcome is all there is.
	Benefit string `json:"benefit,omitempty"`
	// Categories and SubKinds of the first level, as codes of package status, as far as the issuer's policy
	// discloses them. Complete says that a category that is not listed is one that the person is not in.
	Categories []string `json:"categories,omitempty"`
	SubKinds   []string `json:"sub_kinds,omitempty"`
	Complete   bool     `json:"complete,omitempty"`
	// Scope and Details of the second level: what the person approved, and the judgements for [ScopeDetail] and
	// [ScopeDomain]. With [ScopeBenefit] there are none.
	Scope   string   `json:"scope,omitempty"`
	Details []Detail `json:"details,omitempty"`
}

// ChallengeRequest asks for a code to be sent to the person.
type ChallengeRequest struct {
	// Key is the value of the header [HeaderIdempotencyKey], not a member of the body: 1 to 255 visible ASCII
	// characters.
	Key           string `json:"-"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
	// Organisation is the body for which the operator asks. It counts where the issuer does not know it from
	// the login, and is then shown as declared: at most 24 letters, spaces and . ' -
	Organisation string `json:"organisation,omitempty"`
	// Purpose is the id of an entry in the caller's register: 1 to 64 out of A-Z a-z 0-9 . _ : -
	Purpose    string `json:"purpose"`
	Scope      string `json:"scope"`
	CaseNumber string `json:"case_number,omitempty"`
	// Channel that the person wants: sms, voice or list; empty: the person's first.
	Channel string `json:"channel,omitempty"`
	// Locale of the message: it, en, de, fr or sl; empty: it.
	Locale string `json:"locale,omitempty"`
}

// Challenge is what the operator may know of a challenge: neither the code nor the number.
type Challenge struct {
	// Repeated says that a request with the same key was there before and no second code was sent. It is not in
	// the body: the status is 200 then, else 201.
	Repeated bool `json:"-"`

	ID      string `json:"id"`
	State   string `json:"state"`
	Channel string `json:"channel"`
	// MaskedPhone is where the code went; empty for a printed list.
	MaskedPhone string `json:"masked_phone,omitempty"`
	// ListID and ListNumber say which code of which printed list is asked.
	ListID     string `json:"list_id,omitempty"`
	ListNumber int    `json:"list_number,omitempty"`
	// Comparison is the number that operator and person compare.
	Comparison           string    `json:"comparison_number,omitempty"`
	Organisation         string    `json:"organisation"`
	OrganisationDeclared bool      `json:"organisation_declared"`
	Scope                string    `json:"scope"`
	ExpiresAt            time.Time `json:"expires_at"`
	// ResendAt is the earliest time of a resend; absent: none is possible any more.
	ResendAt     time.Time `json:"resend_at,omitzero"`
	ResendsLeft  int       `json:"resends_left"`
	AttemptsLeft int       `json:"attempts_left"`
	Delivery     string    `json:"delivery"`
}

// ResendRequest asks for the same code again.
type ResendRequest struct {
	// Challenge is the id in the path, not a member of the body.
	Challenge     string `json:"-"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
}

// AnswerRequest brings the code that the person told.
type AnswerRequest struct {
	// Challenge is the id in the path, not a member of the body.
	Challenge     string `json:"-"`
	Code          string `json:"code"`
	QR            string `json:"qr"`
	CodiceFiscale string `json:"codice_fiscale"`
}

// Detail is the judgement in one domain and its act; the codes are those of package status. There is no
// place for a diagnosis.
type Detail struct {
	Domain string `json:"domain"`
	State  string `json:"state"`
	Degree string `json:"degree,omitempty"`
	// Percent is the percentage of civil invalidity; 0: the verbale states none.
	Percent int `json:"percent,omitempty"`
	// FormulaScheme and FormulaCode are the source's own code for the text of the judgement.
	FormulaScheme string `json:"formula_scheme,omitempty"`
	FormulaCode   string `json:"formula_code,omitempty"`
	// Annotations of art. 4 DL 5/2012: yes, no or not_recorded by code; absent where no judgement is held.
	Annotations map[string]string `json:"annotations,omitempty"`
	// NotHeld is the class of a judgement that the registry knows of without its content.
	NotHeld string `json:"not_held,omitempty"`
	// Doubt is why the state is undecided or came_of_age.
	Doubt string `json:"doubt,omitempty"`
	// AdultRights says what a person of 18 or more may claim on a judgement for minors: without_visit or applied.
	AdultRights string `json:"adult_rights,omitempty"`
	// Decision is the day of the act and Since the day from which it counts, as YYYY-MM-DD; Number and Body
	// are the number of the act and the body that issued it. The ISEE form asks for them (DSU, frame FC7).
	// Empty: not stated.
	Decision string `json:"decision,omitempty"`
	Since    string `json:"since,omitempty"`
	Number   string `json:"number,omitempty"`
	Body     string `json:"body,omitempty"`
}

// Health is the answer at [PathHealth], of the form of a [Problem] as the Italian guidelines ask.
type Health struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	// SecondLevel says whether the second level is offered.
	SecondLevel bool `json:"second_level"`
}
