package service

import (
	"context"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// disclose reads the judgement and returns what the scope covers and nothing else.
func (v *Service) disclose(ctx context.Context, scope string, cf codicefiscale.Code) (api.Result, *fault) {
	result := api.Result{Disclosure: api.Disclosure{Scope: scope}}
	id, isBenefit := strings.CutPrefix(scope, api.ScopeBenefit)
	b, known := v.benefit(id)
	switch {
	case isBenefit && !known: // the catalogue lost it since the start
		return result, refuse(api.UnknownBenefit)
	case isBenefit:
		result.Benefit = id
	}
	s, code, f := v.lookup(ctx, cf)
	switch {
	case f != nil:
		return result, f
	case code != "":
	case isBenefit:
		code = codeOf(b.SecondLevel(s, nil), undecided(b, s))
	default:
		code = v.detail(&result, scope, s)
	}
	result.Code = code
	return result, nil
}

// detail fills in the judgements and returns the code, empty for a yes. The answer is a yes if one of them
// is in force; a no only where nothing is missing and nothing is open. Titles of other laws are not told,
// and that there is one alone makes no "no".
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

// wire is the judgement as it stands on the wire.
func wire(d status.Detail) api.Detail {
	out := api.Detail{
		Domain: string(d.Domain), State: string(d.State), Degree: string(d.Degree), Percent: d.Percent,
		FormulaScheme: d.Formula.Scheme, FormulaCode: d.Formula.Code, NotHeld: string(d.NotHeld),
		Doubt: string(d.Doubt), AdultRights: string(d.AdultRights), Decision: day(d.Decision), Since: day(d.Since), Number: d.Number, Body: d.Body,
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

// day is a date on the wire; nothing for none.
func day(d status.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
