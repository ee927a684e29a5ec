package service

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
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
	return v.answered(r.Context(), result, api.Receipt{ID: newID(), Level: 1, Case: q.CaseNumber})
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

// check finds the code, empty for a yes, and what is disclosed.
func (v *server) check(ctx context.Context, q api.FirstLevelRequest, cf codicefiscale.Code) (api.Result, *fault) {
	result := api.Result{Disclosure: api.Disclosure{Benefit: q.Benefit}}
	code, f := v.match(ctx, q.QR, cf)
	if f != nil {
		return result, f
	}
	if code != "" {
		result.Code = code
		return result, nil
	}
	s, code, f := v.lookup(ctx, cf)
	if f != nil {
		return result, f
	}
	if code == "" {
		first := s.FirstLevel(v.Policy)
		if b, ok := v.benefit(q.Benefit); ok {
			code = codeOf(b.FirstLevel(first, nil), first.Reason == status.ReasonUndecided)
		} else {
			code = codeOfReason(first.Answer, first.Reason)
			result.Categories, result.SubKinds = texts(first.Categories), texts(first.SubKinds)
			result.Complete = first.Complete && v.Policy != status.PolicyAny
		}
	}
	result.Code = code
	return result, nil
}

// answered completes an answer: its outcome follows from its code, and the receipt says both.
func (v *server) answered(ctx context.Context, result api.Result, receipt api.Receipt) (reply, *fault) {
	result.Outcome = api.Confirmed
	if result.Code != "" {
		result.Outcome = result.Code.Outcome()
	}
	now := v.Now()
	result.CheckedAt = now.UTC().Truncate(time.Second)
	receipt.Issuer, receipt.IssuedAt, receipt.Outcome, receipt.Benefit = v.name, now.Unix(), result.Outcome, result.Benefit
	payload, err := json.Marshal(receipt)
	if err != nil {
		return reply{}, unavailable("Signer", err)
	}
	signer, err := v.Signer(ctx)
	if err != nil {
		return reply{}, unavailable("Signer", err)
	}
	if result.Receipt, err = signer.SignJWS(api.ReceiptType, payload); err != nil {
		return reply{}, unavailable("Signer", err)
	}
	return reply{http.StatusOK, result, result.Outcome.String(), string(result.Code)}, nil
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
