package registry

import (
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/status"
)

// A Remark describes doubts about an entry that was stored. It contains no value.
type Remark struct {
	Line int64
	// Birth reports that the date of birth contradicts the codice fiscale. A rectified date may,
	// and so may a code resolved from omocodia.
	Birth bool
	// Opened are the domains that are undecided after the entry and were not before, or were for
	// another reason. Closed are those that are decided again.
	Opened, Closed []status.DomainStatus
	// NotWithdrawn reports that an event is marked as entered in error but is not definitive, so
	// the mark has no effect.
	NotWithdrawn bool
}

// Warning returns what needs a look, in the codes of package status; empty means nothing. A
// filed application, a class that is not held, a judgement for minors and an ended certificate
// are no faults: the report of a check has them.
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

// open returns the person's domains that are undecided on the day.
func (r *row) open(at status.Date) []status.DomainStatus {
	if r.record == nil {
		return nil
	}
	s, err := r.record.Status(at)
	if err != nil {
		return nil // for a stored record this happens only before the birth
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

// without returns the elements of the list that equal none of the others.
func without(list, others []status.DomainStatus,
	same func(a, b status.DomainStatus) bool) []status.DomainStatus {
	return slices.DeleteFunc(slices.Clone(list), func(d status.DomainStatus) bool {
		return slices.ContainsFunc(others, func(o status.DomainStatus) bool { return same(d, o) })
	})
}
