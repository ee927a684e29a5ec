package benefit

import (
	"fmt"
	"slices"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// A Level says which level of the service can answer for a benefit.
type Level string

// The levels. Their codes are stable and are never reused.
const (
	LevelFirst         Level = "first"           // the first level answers for everybody
	LevelFirstOrSecond Level = "first_or_second" // the first level for some, the second for the others
	LevelSecond        Level = "second"          // the second level only
	LevelNone          Level = "none"            // the benefit does not depend on the status
)

// Needs are the data that a desk has to ask for before it can grant a benefit.
type Needs struct {
	Level      Level
	Annotation bool     // an annotation of art. 4 DL 5/2012 can decide
	Evidence   []string // codes of evidence that can decide
}

// Needs returns the needs of the benefit under a policy of the first level. It considers every
// first level of a person whose registry misses nothing, so the result depends on the benefit and
// not on the registry.
func (b Benefit) Needs(p status.Policy) Needs {
	n := Needs{Evidence: b.Evidence()}
	b.walk(func(part *node) { n.Annotation = n.Annotation || part.kind == isAnnotation })
	nobody := b.FirstLevel(status.Status{Complete: true}.FirstLevel(p), nil).Outcome
	settles, leaves := false, false
	for _, l := range firstLevelsUnder(p) {
		switch outcome := b.FirstLevel(l, nil).Outcome; outcome {
		case NeedsSecondLevel:
			leaves = true
		case Satisfied, NeedsEvidence:
			settles = settles || outcome != nobody
		}
	}
	switch {
	case settles && leaves:
		n.Level = LevelFirstOrSecond
	case settles:
		n.Level = LevelFirst
	case leaves:
		n.Level = LevelSecond
	default:
		n.Level = LevelNone
	}
	return n
}

// firstLevelsUnder computes the first levels once per policy. An unknown policy counts as
// PolicyAny.
func firstLevelsUnder(p status.Policy) []status.FirstLevel {
	switch p {
	case status.PolicySubKinds:
		return underSubKinds()
	case status.PolicyCategories, "":
		return underCategories()
	}
	return underAny()
}

var (
	underAny        = sync.OnceValue(func() []status.FirstLevel { return firstLevels(status.PolicyAny) })
	underCategories = sync.OnceValue(
		func() []status.FirstLevel { return firstLevels(status.PolicyCategories) })
	underSubKinds = sync.OnceValue(func() []status.FirstLevel { return firstLevels(status.PolicySubKinds) })
)

// firstLevels returns the different first levels of all people with a complete status, each once.
func firstLevels(p status.Policy) []status.FirstLevel {
	people := []status.Status{{Birth: bornLong, At: sampleDay, Complete: true}}
	for i, views := range possibleViews() {
		var more []status.Status
		for k, w := range views {
			if w.degree == "" || slices.ContainsFunc(views[:k], w.looksLike) {
				continue
			}
			for _, s := range people {
				s = s.With(w.sample(status.Domains()[i]))
				if w.listed.has(categoryIndex(status.CategoryMinor)) {
					s.Birth = bornLately
				}
				more = append(more, s)
			}
		}
		people = append(people, more...)
	}
	var list []status.FirstLevel
	known := map[string]bool{}
	for _, s := range people {
		l := s.FirstLevel(p)
		if key := fmt.Sprint(l.Answer, l.Reason, l.Categories, l.SubKinds, l.Complete); !known[key] {
			known[key] = true
			list = append(list, l)
		}
	}
	return list
}

// looksLike reports whether no policy distinguishes the two.
func (w view) looksLike(v view) bool {
	return w.listed == v.listed && w.subKind == v.subKind && w.implies == v.implies &&
		w.doubtful == v.doubtful
}
