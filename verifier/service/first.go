package service

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func (v *server) firstLevel(w http.ResponseWriter, r *http.Request) (reply, *fault) {
	var q api.FirstLevelRequest
	if code := decode(w, r, &q); code != "" {
		return reply{}, refuse(code)
	}
	cf, f := v.checkFirst(q)
	if f != nil {
		return reply{}, f
	}
	result, f := v.check(r.Context(), q, cf)
	if f != nil {
		return reply{}, f
	}
	result.CheckedAt = v.Now().UTC().Truncate(time.Second)
	result.Receipt, f = v.receipt(api.Receipt{ID: newID(), Level: 1, Outcome: result.Outcome, Benefit: q.Benefit, Case: q.CaseNumber})
	if f != nil {
		return reply{}, f
	}
	return reply{http.StatusOK, result, result.Outcome, result.Code}, nil
}

func (v *server) checkFirst(q api.FirstLevelRequest) (codicefiscale.Code, *fault) {
	cf, err := codicefiscale.ParseAny(q.CodiceFiscale)
	switch {
	case q.QR == "" || q.CodiceFiscale == "":
		return cf, refuse(api.MalformedRequest)
	case err != nil:
		return cf, refuse(api.MalformedCF)
	case !api.CaseNumberAllowed(q.CaseNumber):
		return cf, refuse(api.MalformedCaseNumber)
	}
	if _, ok := v.benefit(q.Benefit); q.Benefit != "" && !ok {
		return cf, refuse(api.UnknownBenefit)
	}
	return cf, nil
}

// check finds the outcome.
func (v *server) check(ctx context.Context, q api.FirstLevelRequest, cf codicefiscale.Code) (api.FirstLevelResult, *fault) {
	result := api.FirstLevelResult{Benefit: q.Benefit}
	code, f := v.match(ctx, q.QR, cf)
	if f != nil {
		return result, f
	}
	if code != "" {
		result.Outcome, result.Code = api.NotConfirmed, code
		switch code {
		case string(token.ErrNotOurs), string(token.ErrNewerVersion), string(token.ErrUnknownKey), api.CodeReplaced:
			result.Outcome = api.CannotTell
		}
		return result, nil
	}
	s, o, f := v.lookup(ctx, cf)
	if f != nil {
		return result, f
	}
	if o.answer == "" {
		first := s.FirstLevel(v.Policy)
		if b, ok := v.benefit(q.Benefit); ok {
			o = benefitOutcome(b.FirstLevel(first, nil), first.Reason == status.ReasonUndecided)
		} else {
			o = outcomeOf(first.Answer, first.Reason)
			result.Categories, result.SubKinds = texts(first.Categories), texts(first.SubKinds)
			result.Complete = first.Complete && v.Policy != status.PolicyAny
		}
	}
	result.Outcome, result.Code = o.answer, o.code
	return result, nil
}

// receipt signs what happened.
func (v *server) receipt(c api.Receipt) (string, *fault) {
	c.Issuer, c.IssuedAt = v.name, v.Now().Unix()
	payload, err := json.Marshal(c)
	if err != nil {
		return "", unavailable("Issuer", err)
	}
	text, err := v.Issuer.SignJWS(api.ReceiptType, payload)
	if err != nil {
		return "", unavailable("Issuer", err)
	}
	return text, nil
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
