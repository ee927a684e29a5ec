package service

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxBenefit is the longest id of a benefit, which fits into a scope of package otp.
const maxBenefit = 60

// benefit looks an id up in the catalogue of today.
func (v *Service) benefit(id string) (benefit.Benefit, bool) {
	if len(id) > maxBenefit {
		return benefit.Benefit{}, false
	}
	return v.cfg.Benefits.Lookup(id, v.today())
}

// checkScope says whether the scope can be asked for; the code is empty if so.
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

// codeOf is the code that a decision comes to, empty for a yes. Its clause says more about the person and
// stays here, and so does what is still missing for a yes. Undecided says that what is held leaves the
// benefit open.
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

// undecided reports whether the benefit hangs on a domain in which what is held does not decide: were all
// else here, it would still be open.
func undecided(b benefit.Benefit, s status.Status) bool {
	found := false
	for _, d := range s.Domains() {
		switch d.State {
		case status.StateUndecided, status.StateCameOfAge:
			found = true
			s = s.With(status.DomainStatus{Domain: d.Domain, State: status.StateNotHeld, NotHeld: status.ClassOtherBody})
		case status.StateNotHeld:
			s = s.With(status.DomainStatus{Domain: d.Domain})
		}
	}
	s.Complete = true
	return found && b.SecondLevel(s, nil).Outcome == benefit.CannotTell
}

// codeOfReason is the code of an answer, empty for a yes; whatever is not one of the closed set cannot be
// told.
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
