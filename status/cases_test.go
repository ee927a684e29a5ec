package status_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// A caseFile is one person as in a registry, with the result under the law.
type caseFile struct {
	name     string // what happened, and the law that decides
	birth    status.Date
	at       status.Date
	verbali  []status.Verbale
	complete bool

	states     states // every domain that is not named is absent
	categories []status.Category
	subKinds   []status.SubKind
	reason     status.Reason // "" means confirmed
	also       func(*testing.T, status.Status)
}

type states map[status.Domain]status.State

const (
	adult  status.Date = 19800115 // born then
	senior status.Date = 19500310
	today  status.Date = 20261101
)

const (
	ic      = status.CivilInvalidity
	valid   = status.StateValid
	pending = status.StateRevisionPending
)

// judged returns a definitive judgement that takes effect on the day of its decision.
func judged(id string, d status.Domain, k status.Kind, on status.Date, degree status.Degree,
	percent int) status.Verbale {
	return status.Verbale{
		ID: id, Domain: d, Kind: k, Decision: on, Effect: on, Definitive: true,
		Outcome: status.Outcome{Degree: degree, Percent: percent},
	}
}

func first(id string, d status.Domain, on status.Date, degree status.Degree, percent int) status.Verbale {
	return judged(id, d, status.KindFirst, on, degree, percent)
}

// event returns a definitive event without a judgement.
func event(id string, d status.Domain, k status.Kind, on status.Date) status.Verbale {
	return status.Verbale{ID: id, Domain: d, Kind: k, Decision: on, Effect: on, Definitive: true}
}

func with(v status.Verbale, change func(*status.Verbale)) status.Verbale {
	change(&v)
	return v
}

func effect(v status.Verbale, on status.Date) status.Verbale {
	return with(v, func(v *status.Verbale) { v.Effect = on })
}

func revision(v status.Verbale, on status.Date) status.Verbale {
	return with(v, func(v *status.Verbale) { v.Revision = on })
}

func annuls(v status.Verbale, id string) status.Verbale {
	return with(v, func(v *status.Verbale) { v.Annuls = id })
}

func notHeld(v status.Verbale, class status.Class) status.Verbale {
	return with(v, func(v *status.Verbale) { v.NotHeld = class })
}

func annotated(v status.Verbale, a status.Annotations) status.Verbale {
	return with(v, func(v *status.Verbale) { v.Outcome.Annotations = a })
}

func percentage(low, high int) func(*testing.T, status.Status) {
	return func(t *testing.T, s status.Status) {
		l, h, ok := s.In(ic).Percentage()
		assert.True(t, ok)
		assert.Equal(t, []int{low, high}, []int{l, h})
	}
}

func doubt(want status.Doubt) func(*testing.T, status.Status) {
	return func(t *testing.T, s status.Status) { assert.Equal(t, want, s.In(ic).Doubt) }
}

func replaces(v status.Verbale, ids ...string) status.Verbale {
	return with(v, func(v *status.Verbale) { v.Replaces = ids })
}

func allCases() []caseFile {
	return slices.Concat(civilInvalidityCases(), ageCases(), sensoryCases(), handicapCases(), historyCases(),
		limitCases(), linkCases(), provisionalCases())
}

func TestCaseFiles(t *testing.T) {
	law := regexp.MustCompile(`: .*(L\.|DL|D\.Lgs\.|DM|DPR|c\.c\.|c\.p\.c\.|circ\.|message)`)
	seen := map[string]bool{}
	for _, c := range allCases() {
		t.Run(c.name, func(t *testing.T) {
			require.Regexp(t, law, c.name, "a case names its law")
			require.False(t, seen[c.name], "two cases with one name")
			seen[c.name] = true
			s, err := status.Current(c.verbali, c.birth, c.at)
			require.NoError(t, err)
			s.Complete = c.complete
			for _, d := range status.Domains() {
				assert.Equal(t, c.states[d], s.In(d).State, "%s", d)
			}
			f := s.FirstLevel(status.PolicySubKinds)
			assert.Equal(t, c.categories, f.Categories)
			assert.Equal(t, c.subKinds, f.SubKinds)
			assert.Equal(t, c.reason, f.Reason)
			switch c.reason {
			case "":
				assert.Equal(t, status.Confirmed, f.Answer)
			case status.ReasonNotEntitled:
				assert.Equal(t, status.NotConfirmed, f.Answer)
			default:
				assert.Equal(t, status.CannotTell, f.Answer)
			}
			if c.also != nil {
				c.also(t, s)
			}
		})
	}
	assert.GreaterOrEqual(t, len(seen), 50)
}
