package registry

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// A Remark is what is to be said about an entry that was stored. It names no value.
type Remark struct {
	Line int64
	// Birth: the date of birth contradicts the codice fiscale, as a rectified one may, or one whose code
	// was resolved from omocodia.
	Birth bool
	// Opened are the domains which cannot be told after the entry, and before it could, or held nothing, or
	// could not for another reason; Closed those which can be told again.
	Opened, Closed []status.DomainStatus
	// NotWithdrawn: an event is said to be entered in error, and is not definitive, so that this counts for
	// nothing.
	NotWithdrawn bool
}

// Warning says, with the codes of package status, what somebody should look at; empty: nothing. An
// application that was filed, a class that is not held, a judgement for minors and a certificate that has
// ended are no faults: they are left to the report of a check.
func (r Remark) Warning() string {
	var parts []string
	if r.Birth {
		parts = append(parts, "birth: contradicts the codice fiscale; stored as it is")
	}
	for _, d := range r.Opened {
		switch d.Doubt {
		case status.DoubtTie, status.DoubtCircle, status.DoubtTwice, status.DoubtRuling:
			parts = append(parts, string(d.Domain)+": undecided: "+string(d.Doubt))
		}
	}
	if r.NotWithdrawn {
		parts = append(parts, "entered_in_error: counts for nothing, since it is not definitive")
	}
	return strings.Join(parts, "; ")
}

// open are the domains of the person that cannot be told on the day.
func (r *row) open(at status.Date) []status.DomainStatus {
	if r.record == nil {
		return nil
	}
	s, err := r.record.Status(at)
	if err != nil {
		return nil // of a record that is stored: only before the birth
	}
	return slices.DeleteFunc(s.Domains(), func(d status.DomainStatus) bool { return !d.Open() })
}

func (r *row) remark(p Person, before []status.DomainStatus, at status.Date) Remark {
	after := r.open(at)
	told := p.Birth != 0 || !p.Previous.IsZero()
	return Remark{
		Birth: told && !Person{CF: p.CF, Birth: r.record.Birth}.BirthAgrees(),
		Opened: without(after, before, func(a, b status.DomainStatus) bool {
			return a.Domain == b.Domain && a.Doubt == b.Doubt && a.NotHeld == b.NotHeld
		}),
		Closed: without(before, after, func(a, b status.DomainStatus) bool { return a.Domain == b.Domain }),
		NotWithdrawn: slices.ContainsFunc(p.Verbali, func(v status.Verbale) bool {
			return v.Kind == status.KindWithdrawn && !v.Definitive
		}),
	}
}

// without are those of the list that are the same as none of the others.
func without(list, others []status.DomainStatus,
	same func(a, b status.DomainStatus) bool) []status.DomainStatus {
	return slices.DeleteFunc(slices.Clone(list), func(d status.DomainStatus) bool {
		return slices.ContainsFunc(others, func(o status.DomainStatus) bool { return same(d, o) })
	})
}
