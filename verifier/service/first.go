package service

import (
	"context"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func (v *Service) firstLevel(ctx context.Context, c Caller, q api.FirstLevelRequest) (api.Result, *fault) {
	cf, f := v.checkFirst(q)
	if f != nil {
		return api.Result{}, f
	}
	result, declared, f := v.check(v.cfg.Once(ctx), c, q, cf)
	if f != nil {
		return api.Result{}, f
	}
	receipt := api.Receipt{ID: newID(), Level: 1, Declared: declared, Case: q.CaseNumber}
	return v.answered(ctx, result, ask(q.CheckID, q.QR, cf, q.Benefit, q.Evidence, receipt))
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
	b, ok := v.benefit(q.Benefit)
	if q.Benefit != "" && !ok {
		return cf, refuse(api.UnknownBenefit)
	}
	if code := checkEvidence(b, q.Evidence); code != "" {
		return cf, refuse(code)
	}
	return cf, nil
}

// check returns a result without outcome and receipt, and whether it rests on declared evidence. Its code is
// empty for a yes.
func (v *Service) check(ctx context.Context, c Caller, q api.FirstLevelRequest,
	cf codicefiscale.Code) (result api.Result, declared bool, f *fault) {
	result.Benefit = q.Benefit
	if result.Code, f = v.match(ctx, c, q.QR, cf); f != nil || result.Code != "" {
		return result, false, f
	}
	s, code, f := v.lookup(ctx, cf)
	if f != nil || code != "" {
		result.Code = code
		return result, false, f
	}
	first := s.FirstLevel(v.cfg.Policy)
	b, known := v.benefit(q.Benefit)
	switch {
	case q.Benefit != "" && !known: // the benefit has left the catalogue since the start
		return api.Result{}, false, refuse(api.UnknownBenefit)
	case known:
		r := rule(q.Evidence, func(seen benefit.Evidence) (benefit.Decision, bool) {
			return b.FirstLevel(first, seen), first.Reason == status.ReasonUndecided
		})
		result.Code, result.Needs = r.code, r.needs
		return result, r.declared, nil
	}
	result.Code = codeOfReason(first.Answer, first.Reason)
	result.Categories, result.SubKinds = texts(first.Categories), texts(first.SubKinds)
	result.Complete = first.Complete && v.cfg.Policy != status.PolicyAny
	return result, false, nil
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
