package service

import (
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

// codeOf returns the code of a decision, which is empty for a yes. The clause of the decision says more about
// the person than the caller asked, so the code does not depend on it. undecided is the result of the
// function undecided.
func codeOf(d benefit.Decision, undecided bool) api.Code {
	switch d.Outcome {
	case benefit.Satisfied:
		return ""
	case benefit.NotSatisfied:
		return api.CodeNotEntitled
	case benefit.NeedsSecondLevel:
		return api.CodeNeedsSecondLevel
	case benefit.NeedsEvidence:
		return api.CodeNeedsEvidence
	case benefit.NeedsAnnotation:
		return api.CodeNeedsAnnotation
	}
	if undecided {
		return api.CodeUndecided
	}
	return api.CodeNoStatusHere
}

// undecided reports whether the benefit depends on a domain whose verbali do not decide: the decision would
// be open even if nothing else were missing.
func undecided(b benefit.Benefit, s status.Status, seen benefit.Evidence) bool {
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
	return found && b.SecondLevel(s, seen).Outcome == benefit.CannotTell
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
