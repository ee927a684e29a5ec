package service

import (
	"context"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func (v *Service) firstLevel(ctx context.Context, c Caller, q api.FirstLevelRequest) (api.Result, *fault) {
	cf, f := v.checkFirst(q)
	if f != nil {
		return api.Result{}, f
	}
	result, f := v.check(ctx, c, q, cf)
	if f != nil {
		return api.Result{}, f
	}
	receipt := api.Receipt{ID: newID(), Level: 1, Case: q.CaseNumber}
	return v.answered(ctx, result, ask(q.CheckID, q.QR, cf, q.Benefit, receipt))
}

func (v *Service) checkFirst(q api.FirstLevelRequest) (codicefiscale.Code, *fault) {
	cf, err := codicefiscale.ParseAny(q.CodiceFiscale)
	switch {
	case q.QR == "" || q.CodiceFiscale == "" || !api.CheckIDAllowed(q.CheckID):
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

// check returns a result without outcome and receipt. Its code is empty for a yes.
func (v *Service) check(ctx context.Context, c Caller, q api.FirstLevelRequest,
	cf codicefiscale.Code) (api.Result, *fault) {
	result := api.Result{Disclosure: api.Disclosure{Benefit: q.Benefit}}
	code, f := v.match(ctx, c, q.QR, cf)
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
		first := s.FirstLevel(v.cfg.Policy)
		if b, ok := v.benefit(q.Benefit); ok {
			code = codeOf(b.FirstLevel(first, nil), first.Reason == status.ReasonUndecided)
		} else {
			code = codeOfReason(first.Answer, first.Reason)
			result.Categories, result.SubKinds = texts(first.Categories), texts(first.SubKinds)
			result.Complete = first.Complete && v.cfg.Policy != status.PolicyAny
		}
	}
	result.Code = code
	return result, nil
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
