package service

import (
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// start makes a challenge: it asks the person for consent.
func (v *Service) start(ctx context.Context, by Caller, q api.ChallengeRequest) (api.Challenge, *fault) {
	if !isIdempotencyKey(q.Key) {
		return api.Challenge{}, refuse(api.NoIdempotencyKey)
	}
	if !api.CheckIDAllowed(q.CheckID) {
		return api.Challenge{}, malformed("check_id")
	}
	if !api.PurposeAllowed(q.Purpose) {
		return api.Challenge{}, malformed("purpose")
	}
	if !api.CaseNumberAllowed(q.CaseNumber) {
		return api.Challenge{}, refuse(api.MalformedCaseNumber)
	}
	if code := v.checkScope(q.Scope, q.Evidence); code != "" {
		return api.Challenge{}, refuse(code)
	}
	organisation, declared, f := v.organisation(by, q)
	if f != nil {
		return api.Challenge{}, f
	}
	once := v.cfg.Once(ctx)
	cf, contacts, f := v.reach(once, by, q.QR, q.CodiceFiscale)
	if f != nil {
		receipt := api.Receipt{Level: 2, Organisation: by.Operator.Organisation, Case: q.CaseNumber}
		return api.Challenge{}, v.refused(ctx, f, ask(q.CheckID, q.QR, cf, q.Scope, q.Evidence, receipt))
	}
	terms := otp.Terms{Organisation: organisation, Declared: declared, Purpose: q.Purpose, Scope: q.Scope,
		CaseNumber: q.CaseNumber, Evidence: q.Evidence.String()}
	locale, f := v.locale(once, cf, q.Locale)
	if f != nil {
		return api.Challenge{}, f
	}
	c, err := v.cfg.OTP.Start(once, otp.StartRequest{
		Parties: by.Operator.parties(cf), Terms: terms, Contacts: contacts,
		Channel: otp.Channel(q.Channel), Locale: locale, IdempotencyKey: q.Key, Source: by.Address,
	})
	if err != nil {
		return api.Challenge{}, v.waiting(ctx, cf, refusal(err))
	}
	return v.challenge(c, contacts), nil
}

// waiting adds to a fault without a channel when the person will have one.
func (v *Service) waiting(ctx context.Context, cf codicefiscale.Code, f *fault) *fault {
	if f.Code != api.NoChannel || v.cfg.UsableFrom == nil {
		return f
	}
	from, err := v.cfg.UsableFrom(ctx, cf)
	if err != nil {
		return unavailable("Contacts", err)
	}
	f.UsableFrom = from
	return f
}

// locale returns the language of the message: the one that the operator chose, or the person's own.
func (v *Service) locale(ctx context.Context, cf codicefiscale.Code, chosen string) (string, *fault) {
	if chosen != "" || v.cfg.Language == nil {
		return chosen, nil
	}
	lang, err := v.cfg.Language(ctx, cf)
	if err != nil {
		return "", unavailable("Language", err)
	}
	return string(lang), nil
}

// reach returns the person's codice fiscale and contacts, if the paper belongs to them.
func (v *Service) reach(ctx context.Context, by Caller,
	qr, text string) (codicefiscale.Code, []otp.Contact, *fault) {
	cf, f := v.identify(ctx, by, qr, text)
	if f != nil {
		return cf, nil, f
	}
	contacts, err := v.cfg.Contacts(ctx, cf)
	if err != nil {
		return cf, nil, unavailable("Contacts", err)
	}
	return cf, contacts, nil
}

// maxIdempotencyKey is the limit of [otp.StartRequest].
const maxIdempotencyKey = 255

func isIdempotencyKey(s string) bool {
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxIdempotencyKey
}

// identify returns the person's codice fiscale if the paper is valid and belongs to them. For an invalid
// paper and for another person's paper the fault is the same. A text that is no token of this issuer is
// neither of the two.
func (v *Service) identify(ctx context.Context, by Caller, qr, text string) (codicefiscale.Code, *fault) {
	if qr == "" || text == "" {
		return codicefiscale.Code{}, refuse(api.MalformedRequest)
	}
	cf, err := codicefiscale.ParseAny(text)
	if err != nil {
		return cf, refuse(api.MalformedCF)
	}
	code, f := v.match(ctx, by, qr, cf)
	switch {
	case f != nil:
		return cf, f
	case code == api.CodeVoid:
		return cf, refuse(api.PaperVoid)
	case code.Outcome() == api.CannotTell && code != "":
		return cf, refuse(api.ProblemCode(code)) // the problem has the name of the code
	case code != "":
		f := refuse(api.NoMatch)
		f.mismatch = code == api.CodeCFMismatch
		return cf, f
	}
	return cf, nil
}

// resend sends the same code to the same contact, if the person still has that contact.
func (v *Service) resend(ctx context.Context, by Caller, q api.ResendRequest) (api.Challenge, *fault) {
	once := v.cfg.Once(ctx)
	cf, contacts, f := v.reach(once, by, q.QR, q.CodiceFiscale)
	if f != nil {
		return api.Challenge{}, f
	}
	c, err := v.cfg.OTP.Resend(once, otp.ResendRequest{
		Parties: by.Operator.parties(cf), ID: q.Challenge, Contacts: contacts,
	})
	if err != nil {
		return api.Challenge{}, refusal(err)
	}
	return v.challenge(c, contacts), nil
}

// answer consumes the code, then appends the access record, then reads the status and discloses what the
// person approved.
func (v *Service) answer(ctx context.Context, by Caller, q api.AnswerRequest) (api.Result, *fault) {
	if !api.CheckIDAllowed(q.CheckID) {
		return api.Result{}, refuse(api.MalformedRequest)
	}
	once := v.cfg.Once(ctx)
	cf, f := v.identify(once, by, q.QR, q.CodiceFiscale)
	if f != nil {
		receipt := api.Receipt{Level: 2, Organisation: by.Operator.Organisation}
		return api.Result{}, v.refused(ctx, f, ask(q.CheckID, q.QR, cf, "", nil, receipt))
	}
	proof, err := v.cfg.OTP.Verify(once, otp.VerifyRequest{
		Parties: by.Operator.parties(cf), ID: q.Challenge, Code: otp.NewCode(q.Code),
	})
	if err != nil {
		return api.Result{}, refusal(err)
	}
	terms, id := proof.Terms, newID()
	err = v.cfg.AccessLog.Append(ctx, Access{
		ID: id, At: proof.VerifiedAt, Person: cf, Operator: by.Operator, Organisation: terms.Organisation,
		Declared: terms.Declared, Purpose: terms.Purpose, Scope: terms.Scope, CaseNumber: terms.CaseNumber,
		Evidence: terms.Evidence, Channel: proof.Channel, Challenge: proof.ChallengeID,
	})
	switch {
	case errors.Is(err, ErrRecorded):
		return api.Result{}, refuse(api.ChallengeUsed)
	case err != nil:
		return api.Result{}, unavailable("AccessLog", err)
	}
	seen, err := api.ParseEvidence(terms.Evidence)
	if err != nil { // start has checked it
		return api.Result{}, unavailable("OTP", err)
	}
	result, declared, f := v.disclose(ctx, terms.Scope, seen, cf)
	if f != nil {
		return api.Result{}, f
	}
	receipt := api.Receipt{ID: id, Level: 2, Declared: declared, Organisation: terms.Organisation,
		Case: terms.CaseNumber}
	return v.answered(ctx, result, ask(q.CheckID, q.QR, cf, terms.Scope, seen, receipt))
}

func (v *Service) challenge(c otp.Challenge, contacts []otp.Contact) api.Challenge {
	return api.Challenge{Channels: channelNames(v.cfg.OTP.Usable(contacts)),
		Repeated: c.Repeated, ID: c.ID, State: c.State.String(), Channel: string(c.Channel),
		MaskedPhone: c.MaskedPhone,
		ListID:      c.ListID, ListNumber: c.ListNumber, Comparison: c.Comparison,
		Organisation: c.Terms.Organisation, OrganisationDeclared: c.Terms.Declared, Scope: c.Terms.Scope,
		ExpiresAt: c.ExpiresAt.UTC(), ResendAt: utc(c.ResendAt), ResendsLeft: c.ResendsLeft,
		AttemptsLeft: c.AttemptsLeft, Digits: c.Digits, Delivery: c.Delivery.String(),
	}
}

func channelNames(channels []otp.Channel) (list []string) {
	for _, c := range channels {
		list = append(list, string(c))
	}
	return list
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC()
}
