package service

import (
	"context"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// start asks the person for consent.
func (v *server) start(w http.ResponseWriter, r *http.Request, operator Operator) (reply, *fault) {
	var q api.ChallengeRequest
	if code := decode(w, r, &q); code != "" {
		return reply{}, refuse(code)
	}
	key := r.Header.Get(api.HeaderIdempotencyKey)
	if !isIdempotencyKey(key) {
		return reply{}, refuse(api.NoIdempotencyKey)
	}
	if !api.CaseNumberAllowed(q.CaseNumber) {
		return reply{}, refuse(api.MalformedCaseNumber)
	}
	if code := v.checkScope(q.Scope); code != "" {
		return reply{}, refuse(code)
	}
	cf, f := v.identify(r.Context(), q.QR, q.CodiceFiscale)
	if f != nil {
		return reply{}, f
	}
	contacts, err := v.Contacts(r.Context(), cf)
	if err != nil {
		return reply{}, unavailable("Contacts", err)
	}
	terms := otp.Terms{Organisation: operator.Organisation, Purpose: q.Purpose, Scope: withCase(q.Scope, q.CaseNumber)}
	if terms.Organisation == "" {
		terms.Organisation, terms.Declared = q.Organisation, true
	}
	c, err := v.OTP.Start(r.Context(), otp.StartRequest{
		Parties: operator.parties(cf), Terms: terms, Contacts: contacts, Channel: otp.Channel(q.Channel), Locale: q.Locale,
		IdempotencyKey: key, Source: v.Address(r),
	})
	if err != nil {
		return reply{}, refusal(err)
	}
	code := http.StatusCreated
	if c.Repeated {
		code = http.StatusOK
	}
	return reply{status: code, body: challenge(c)}, nil
}

// maxIdempotencyKey is that of [otp.StartRequest].
const maxIdempotencyKey = 255

func isIdempotencyKey(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxIdempotencyKey
}

// identify takes the steps before any word about a person: whatever is wrong with the paper, or if it is not this
// person's, there is one refusal.
func (v *server) identify(ctx context.Context, qr, text string) (codicefiscale.Code, *fault) {
	if qr == "" || text == "" {
		return codicefiscale.Code{}, refuse(api.MalformedRequest)
	}
	cf, err := codicefiscale.ParseAny(text)
	if err != nil {
		return cf, refuse(api.MalformedCF)
	}
	code, f := v.match(ctx, qr, cf)
	switch {
	case f != nil:
		return cf, f
	case code == api.CodeVoid:
		return cf, refuse(api.PaperVoid)
	case code == api.CodeReplaced:
		return cf, refuse(api.Replaced)
	case code != "":
		return cf, refuse(api.NoMatch)
	}
	return cf, nil
}

// resend sends the same code to the same contact, if that is still the person's.
func (v *server) resend(w http.ResponseWriter, r *http.Request, operator Operator) (reply, *fault) {
	var q api.ResendRequest
	if code := decode(w, r, &q); code != "" {
		return reply{}, refuse(code)
	}
	cf, f := v.identify(r.Context(), q.QR, q.CodiceFiscale)
	if f != nil {
		return reply{}, f
	}
	contacts, err := v.Contacts(r.Context(), cf)
	if err != nil {
		return reply{}, unavailable("Contacts", err)
	}
	c, err := v.OTP.Resend(r.Context(), otp.ResendRequest{Parties: operator.parties(cf), ID: r.PathValue("id"), Contacts: contacts})
	if err != nil {
		return reply{}, refusal(err)
	}
	return reply{status: http.StatusOK, body: challenge(c)}, nil
}

// answer discloses what was approved: the code is consumed, then the record written, then the judgement read.
func (v *server) answer(w http.ResponseWriter, r *http.Request, operator Operator) (reply, *fault) {
	var q api.AnswerRequest
	if code := decode(w, r, &q); code != "" {
		return reply{}, refuse(code)
	}
	cf, f := v.identify(r.Context(), q.QR, q.CodiceFiscale)
	if f != nil {
		return reply{}, f
	}
	ctx := r.Context()
	proof, err := v.OTP.Verify(ctx, otp.VerifyRequest{Parties: operator.parties(cf), ID: r.PathValue("id"), Code: otp.NewCode(q.Code)})
	if err != nil {
		return reply{}, refusal(err)
	}
	scope, caseNumber := splitScope(proof.Terms.Scope)
	id := newID()
	err = v.AccessLog.Append(ctx, Access{
		ID: id, At: proof.VerifiedAt, Person: cf, Operator: operator, Organisation: proof.Terms.Organisation,
		Declared: proof.Terms.Declared, Purpose: proof.Terms.Purpose, Scope: scope, CaseNumber: caseNumber,
		Channel: proof.Channel, Challenge: proof.ChallengeID,
	})
	if err != nil {
		return reply{}, unavailable("AccessLog", err)
	}
	result, f := v.disclose(ctx, scope, cf)
	if f != nil {
		return reply{}, f
	}
	return v.answered(ctx, result, api.Receipt{ID: id, Level: 2, Organisation: proof.Terms.Organisation, Case: caseNumber})
}

func challenge(c otp.Challenge) api.Challenge {
	scope, _ := splitScope(c.Terms.Scope)
	return api.Challenge{
		ID: c.ID, State: c.State.String(), Channel: string(c.Channel), MaskedPhone: c.MaskedPhone,
		ListID: c.ListID, ListNumber: c.ListNumber, Comparison: c.Comparison,
		Organisation: c.Terms.Organisation, OrganisationDeclared: c.Terms.Declared, Scope: scope,
		ExpiresAt: c.ExpiresAt.UTC(), ResendAt: utc(c.ResendAt), ResendsLeft: c.ResendsLeft, AttemptsLeft: c.AttemptsLeft,
		Delivery: c.Delivery.String(),
	}
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
