package service

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// checkEvidence returns an empty code if each part of the evidence belongs to the benefit, which the zero
// Benefit has none of.
func checkEvidence(b benefit.Benefit, e api.Evidence) api.ProblemCode {
	accepted := b.Accepts()
	for code, value := range e {
		if !slices.Contains(accepted, code) || value != api.EvidenceYes && value != api.EvidenceNo {
			return api.MalformedRequest
		}
	}
	return ""
}

// checkScope returns an empty code if the scope can be requested with the evidence.
func (v *Service) checkScope(scope string, e api.Evidence) api.ProblemCode {
	if domain, ok := strings.CutPrefix(scope, api.ScopeDomain); ok {
		domains := status.Domains()
		if !slices.Contains(domains[:], status.Domain(domain)) {
			return api.MalformedRequest
		}
		return checkEvidence(benefit.Benefit{}, e)
	}
	if id, ok := strings.CutPrefix(scope, api.ScopeBenefit); ok {
		b, ok := v.benefit(id)
		if !ok {
			return api.UnknownBenefit
		}
		return checkEvidence(b, e)
	}
	if scope != api.ScopeDetail {
		return api.MalformedRequest
	}
	return checkEvidence(benefit.Benefit{}, e)
}

// A ruling is the answer about a benefit.
type ruling struct {
	code  api.Code // empty for a yes
	needs []string
	// declared reports that the code would be another one without the evidence.
	declared bool
}

// rule decides with the evidence. decide returns a decision and the result of the function undecided.
func rule(e api.Evidence, decide func(benefit.Evidence) (benefit.Decision, bool)) ruling {
	seen := benefit.Evidence{}
	for code, value := range e {
		seen[code] = status.Tri(value)
	}
	d, undecided := decide(seen)
	r := ruling{code: codeOf(d, undecided), needs: d.Needs}
	if len(seen) > 0 {
		r.declared = codeOf(decide(nil)) != r.code
	}
	return r
}
