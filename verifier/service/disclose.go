package service

import (
	"context"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// disclose reads the status and returns the part that the scope covers, and whether it rests on the declared
// evidence.
func (v *Service) disclose(ctx context.Context, scope string, e api.Evidence,
	cf codicefiscale.Code) (result api.Result, declared bool, f *fault) {
	result.Scope = scope
	id, isBenefit := strings.CutPrefix(scope, api.ScopeBenefit)
	b, known := v.benefit(id)
	switch {
	case isBenefit && !known: // the benefit has left the catalogue since the start
		return result, false, refuse(api.UnknownBenefit)
	case isBenefit:
		result.Benefit = id
	}
	s, code, f := v.lookup(ctx, cf)
	switch {
	case f != nil || code != "":
		result.Code = code
	case isBenefit:
		r := rule(e, func(seen benefit.Evidence) (benefit.Decision, bool) {
			return b.SecondLevel(s, seen), undecided(b, s, seen)
		})
		result.Code, result.Needs, declared = r.code, r.needs, r.declared
	default:
		result.Code = v.detail(&result, scope, s)
	}
	return result, declared, f
}

// detail adds the judgements to the result and returns the code, which is empty for a yes. The answer is a
// yes if a judgement is in force. It is a no only if no judgement is missing or undecided. Titles under other
// laws are not disclosed; but if the person has nothing else, the answer is not a no.
func (v *Service) detail(result *api.Result, scope string, s status.Status) api.Code {
	domain, one := strings.CutPrefix(scope, api.ScopeDomain)
	var list []status.Detail
	if one {
		list = s.SecondLevel(status.Domain(domain))
	} else {
		list = s.SecondLevel()
	}
	var inForce, notHeld, open bool
	for _, d := range list {
		result.Details = append(result.Details, wire(d))
		state := s.In(d.Domain)
		inForce = inForce || state.InForce()
		notHeld = notHeld || d.State == status.StateNotHeld
		open = open || state.Open()
	}
	switch {
	case inForce:
		return ""
	case notHeld:
		return api.CodeClassNotHeld
	case open:
		return api.CodeUndecided
	case s.Complete && (one || len(list) > 0 || len(s.Titles) == 0):
		return api.CodeNotEntitled
	}
	return api.CodeNoStatusHere
}

// wire returns a judgement as a type of package api.
func wire(d status.Detail) api.Detail {
	out := api.Detail{
		Domain: string(d.Domain), State: string(d.State), Degree: string(d.Degree), Percent: d.Percent,
		FormulaScheme: d.Formula.Scheme, FormulaCode: d.Formula.Code, NotHeld: string(d.NotHeld),
		Doubt: string(d.Doubt), AdultRights: string(d.AdultRights),
		Decision: day(d.Decision), Since: day(d.Since), Number: d.Number, Body: d.Body,
	}
	if d.Degree == "" {
		return out
	}
	out.Annotations = map[string]string{}
	for _, name := range status.AnnotationCodes() {
		value := string(d.Annotations.Value(name))
		if value == "" {
			value = "not_recorded"
		}
		out.Annotations[string(name)] = value
	}
	return out
}

// day returns the text of a date, or "" for the zero Date.
func day(d status.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
