package service

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxBenefit is the maximum length of a benefit's id. A longer one does not fit into a scope of package otp.
const maxBenefit = 60

// benefit looks up an id in today's catalogue.
func (v *Service) benefit(id string) (benefit.Benefit, bool) {
	if len(id) > maxBenefit {
		return benefit.Benefit{}, false
	}
	return v.cfg.Benefits.Lookup(id, v.today())
}

// checkScope returns an empty code if the scope can be requested.
func (v *Service) checkScope(scope string) api.ProblemCode {
	if scope == api.ScopeDetail {
		return ""
	}
	if domain, ok := strings.CutPrefix(scope, api.ScopeDomain); ok {
		domains := status.Domains()
		if slices.Contains(domains[:], status.Domain(domain)) {
			return ""
		}
		return api.MalformedRequest
	}
	if id, ok := strings.CutPrefix(scope, api.ScopeBenefit); ok {
		if _, ok := v.benefit(id); ok {
			return ""
		}
		return api.UnknownBenefit
	}
	return api.MalformedRequest
}

// codeOf returns the code of a decision, which is empty for a yes. The clause of the decision and the missing
// evidence say more about the person than the caller asked, so the code does not depend on them. undecided is
// the result of the function undecided.
func codeOf(d benefit.Decision, undecided bool) api.Code {
	switch d.Outcome {
	case benefit.Satisfied:
		return ""
	case benefit.NotSatisfied:
		return api.CodeNotEntitled
	case benefit.NeedsSecondLevel:
		return api.CodeNeedsSecondLevel
	case benefit.NeedsEvidence, benefit.NeedsAnnotation:
	default:
		if undecided {
			return api.CodeUndecided
		}
	}
	return api.CodeNoStatusHere
}

// undecided reports whether the benefit depends on a domain whose verbali do not decide: the decision would
// be open even if nothing else were missing.
func undecided(b benefit.Benefit, s status.Status) bool {
	found := false
	for _, d := range s.Domains() {
		switch d.State {
		case status.StateUndecided, status.StateCameOfAge:
			found = true
			open := status.DomainStatus{Domain: d.Domain, State: status.StateNotHeld}
			open.NotHeld = status.ClassOtherBody
			s = s.With(open)
		case status.StateNotHeld:
			s = s.With(status.DomainStatus{Domain: d.Domain})
		}
	}
	s.Complete = true
	return found && b.SecondLevel(s, nil).Outcome == benefit.CannotTell
}

// codeOfReason returns the code of an answer, which is empty for a yes.
func codeOfReason(a status.Answer, r status.Reason) api.Code {
	switch {
	case a == status.Confirmed:
		return ""
	case a == status.NotConfirmed:
		return api.CodeNotEntitled
	case r == status.ReasonClassNotHeld, r == status.ReasonUndecided, r == status.ReasonNeedsSecondLevel:
		return api.Code(r)
	}
	return api.CodeNoStatusHere
}
