package intake

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// csvLine is a line of CSV: a person with one verbale, with one title, or with neither.
type csvLine struct {
	entry
	v status.Verbale
	t status.Title
	// verbale and title report that the line has columns of them.
	verbale, title bool
}

func (l csvLine) person() (registry.Person, error) {
	if l.verbale {
		l.Verbali = []status.Verbale{l.v}
	}
	if l.title {
		l.Titles = []status.Title{l.t}
	}
	return l.entry.person()
}

// setter sets the value of one column. It is not called for an empty one.
type setter func(l *csvLine, text string) error

// columns returns all columns, named as in JSON.
func columns() map[string]setter {
	all := personColumns()
	for name, set := range verbaleColumns() {
		all[name] = func(l *csvLine, s string) error {
			l.verbale = true
			return set(l, s)
		}
	}
	for name, set := range titleColumns() {
		all[name] = func(l *csvLine, s string) error {
			l.title = true
			return set(l, s)
		}
	}
	return all
}

func personColumns() map[string]setter {
	return map[string]setter{
		"codice_fiscale":          func(l *csvLine, s string) error { l.CF = s; return nil },
		"previous_codice_fiscale": func(l *csvLine, s string) error { l.Previous = s; return nil },
		"given_name":              func(l *csvLine, s string) error { l.Given = s; return nil },
		"family_name":             func(l *csvLine, s string) error { l.Family = s; return nil },
		"birth": func(l *csvLine, s string) error {
			return l.Birth.UnmarshalText([]byte(s))
		},
		"died":              func(l *csvLine, s string) error { return l.Died.UnmarshalText([]byte(s)) },
		"complete":          func(l *csvLine, s string) error { return readSaid(&l.Complete, s) },
		"elsewhere":         func(l *csvLine, s string) error { return readSaid(&l.Elsewhere, s) },
		"phone":             func(l *csvLine, s string) error { l.Phone = s; return nil },
		"voice_phone":       func(l *csvLine, s string) error { l.Voice = s; return nil },
		"email":             func(l *csvLine, s string) error { l.Email = s; return nil },
		"language":          func(l *csvLine, s string) error { l.Language = status.Language(s); return nil },
		"contacts_verified": func(l *csvLine, s string) error { return l.Verified.UnmarshalText([]byte(s)) },
	}
}

func verbaleColumns() map[string]setter {
	columns := map[string]setter{
		"verbale_id":    func(l *csvLine, s string) error { l.v.ID = s; return nil },
		"version":       func(l *csvLine, s string) error { return readNumber(&l.v.Version, s) },
		"domain":        func(l *csvLine, s string) error { l.v.Domain = status.Domain(s); return nil },
		"kind":          func(l *csvLine, s string) error { l.v.Kind = status.Kind(s); return nil },
		"decision":      func(l *csvLine, s string) error { return l.v.Decision.UnmarshalText([]byte(s)) },
		"effect":        func(l *csvLine, s string) error { return l.v.Effect.UnmarshalText([]byte(s)) },
		"definitive":    func(l *csvLine, s string) error { return readBool(&l.v.Definitive, s) },
		"effective_now": func(l *csvLine, s string) error { return readBool(&l.v.EffectiveNow, s) },
		"until":         func(l *csvLine, s string) error { return l.v.Until.UnmarshalText([]byte(s)) },
		"number":        func(l *csvLine, s string) error { l.v.Number = s; return nil },
		"body":          func(l *csvLine, s string) error { l.v.Body = s; return nil },
		"not_held":      func(l *csvLine, s string) error { l.v.NotHeld = status.Class(s); return nil },
		"degree": func(l *csvLine, s string) error {
			l.v.Outcome.Degree = status.Degree(s)
			return nil
		},
		"percent":         func(l *csvLine, s string) error { return readNumber(&l.v.Outcome.Percent, s) },
		"formula_scheme":  func(l *csvLine, s string) error { l.v.Outcome.Formula.Scheme = s; return nil },
		"formula_code":    func(l *csvLine, s string) error { l.v.Outcome.Formula.Code = s; return nil },
		"revision":        func(l *csvLine, s string) error { return l.v.Revision.UnmarshalText([]byte(s)) },
		"revision_exempt": func(l *csvLine, s string) error { return readBool(&l.v.RevisionExempt, s) },
		"no_adult_visit":  func(l *csvLine, s string) error { return readBool(&l.v.NoAdultVisit, s) },
		"replaces":        func(l *csvLine, s string) error { l.v.Replaces = strings.Fields(s); return nil },
		"annuls":          func(l *csvLine, s string) error { l.v.Annuls = s; return nil },
	}
	for _, name := range status.AnnotationCodes() {
		columns[string(name)] = func(l *csvLine, s string) error {
			*annotation(&l.v.Outcome.Annotations, name) = status.Tri(s)
			return nil
		}
	}
	return columns
}

func titleColumns() map[string]setter {
	return map[string]setter{
		"title_kind":     func(l *csvLine, s string) error { l.t.Kind = status.TitleKind(s); return nil },
		"title_grade":    func(l *csvLine, s string) error { return readNumber(&l.t.Grade, s) },
		"title_percent":  func(l *csvLine, s string) error { return readNumber(&l.t.Percent, s) },
		"title_held":     func(l *csvLine, s string) error { return readBool(&l.t.Held, s) },
		"title_decision": func(l *csvLine, s string) error { return l.t.Decision.UnmarshalText([]byte(s)) },
		"title_effect":   func(l *csvLine, s string) error { return l.t.Effect.UnmarshalText([]byte(s)) },
		"title_end":      func(l *csvLine, s string) error { return l.t.End.UnmarshalText([]byte(s)) },
	}
}

func annotation(a *status.Annotations, name status.Annotation) *status.Tri {
	return map[status.Annotation]*status.Tri{
		status.AnnotationParking: &a.Parking, status.AnnotationReducedMobility: &a.ReducedMobility,
		status.AnnotationGraveWalking:      &a.GraveWalking,
		status.AnnotationPsychicAttendance: &a.PsychicAttendance,
		status.AnnotationBlind:             &a.Blind, status.AnnotationDeaf: &a.Deaf,
	}[name]
}

func readBool(b *bool, s string) error {
	switch s {
	case "true":
		*b = true
	case "false":
		*b = false
	default:
		return errors.New("is neither true nor false")
	}
	return nil
}

func readSaid(b **bool, s string) error {
	*b = new(bool)
	return readBool(*b, s)
}

func readNumber(n *int, s string) error {
	v, err := strconv.ParseUint(s, 10, 10)
	if err != nil {
		return errors.New("is not a number from 0 to 1023")
	}
	*n = int(v)
	return nil
}

// people reads the lines below the header of a file of people.
type people struct {
	*table
	setters []setter // by column
}

func readPeople(header []byte) (*people, error) {
	all := columns()
	t, err := readHeader(header, func(name string) bool { return all[name] != nil })
	if err != nil {
		return nil, err
	}
	p := &people{table: t}
	for _, name := range t.names {
		p.setters = append(p.setters, all[name])
	}
	return p, nil
}

func (p *people) parse(line []byte) (registry.Person, error) {
	fields, err := p.fields(line)
	if err != nil {
		return registry.Person{}, err
	}
	var l csvLine
	for i, text := range fields {
		if text == "" {
			continue
		}
		if err := p.setters[i](&l, text); err != nil {
			return registry.Person{}, fmt.Errorf("%s: %w", p.names[i], err)
		}
	}
	return l.person()
}

// ReadPairs reads an entry written as COLUMN=value, with the columns of CSV. It does not check
// the entry as a whole.
func ReadPairs(pairs []string) (registry.Person, error) {
	columns := columns()
	var l csvLine
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		set := columns[name]
		switch {
		case !ok || set == nil:
			return registry.Person{}, errors.New("want COLUMN=value, by the columns of CSV")
		case text == "":
			continue
		}
		if err := set(&l, text); err != nil {
			return registry.Person{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return l.person()
}
