package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// setter writes the text of one column; it is not called for an empty one.
type setter func(e *entry, v *status.Verbale, text string) error

// personColumns are those of the person, verbaleColumns those of the one verbale of the line, named as in JSON.
func personColumns() map[string]setter {
	return map[string]setter{
		"codice_fiscale":    func(e *entry, _ *status.Verbale, s string) error { e.CF = s; return nil },
		"given_name":        func(e *entry, _ *status.Verbale, s string) error { e.Given = s; return nil },
		"family_name":       func(e *entry, _ *status.Verbale, s string) error { e.Family = s; return nil },
		"birth":             func(e *entry, _ *status.Verbale, s string) error { return e.Birth.UnmarshalText([]byte(s)) },
		"died":              func(e *entry, _ *status.Verbale, s string) error { return e.Died.UnmarshalText([]byte(s)) },
		"complete":          func(e *entry, _ *status.Verbale, s string) error { return readBool(&e.Complete, s) },
		"elsewhere":         func(e *entry, _ *status.Verbale, s string) error { return readBool(&e.Elsewhere, s) },
		"phone":             func(e *entry, _ *status.Verbale, s string) error { e.Phone = s; return nil },
		"voice_phone":       func(e *entry, _ *status.Verbale, s string) error { e.Voice = s; return nil },
		"email":             func(e *entry, _ *status.Verbale, s string) error { e.Email = s; return nil },
		"language":          func(e *entry, _ *status.Verbale, s string) error { e.Language = status.Language(s); return nil },
		"contacts_verified": func(e *entry, _ *status.Verbale, s string) error { return e.Verified.UnmarshalText([]byte(s)) },
	}
}

func verbaleColumns() map[string]setter {
	columns := map[string]setter{
		"verbale_id":      func(_ *entry, v *status.Verbale, s string) error { v.ID = s; return nil },
		"domain":          func(_ *entry, v *status.Verbale, s string) error { v.Domain = status.Domain(s); return nil },
		"kind":            func(_ *entry, v *status.Verbale, s string) error { v.Kind = status.Kind(s); return nil },
		"decision":        func(_ *entry, v *status.Verbale, s string) error { return v.Decision.UnmarshalText([]byte(s)) },
		"effect":          func(_ *entry, v *status.Verbale, s string) error { return v.Effect.UnmarshalText([]byte(s)) },
		"definitive":      func(_ *entry, v *status.Verbale, s string) error { return readBool(&v.Definitive, s) },
		"not_held":        func(_ *entry, v *status.Verbale, s string) error { v.NotHeld = status.Class(s); return nil },
		"degree":          func(_ *entry, v *status.Verbale, s string) error { v.Outcome.Degree = status.Degree(s); return nil },
		"percent":         func(_ *entry, v *status.Verbale, s string) error { return readNumber(&v.Outcome.Percent, s) },
		"formula_scheme":  func(_ *entry, v *status.Verbale, s string) error { v.Outcome.Formula.Scheme = s; return nil },
		"formula_code":    func(_ *entry, v *status.Verbale, s string) error { v.Outcome.Formula.Code = s; return nil },
		"revision":        func(_ *entry, v *status.Verbale, s string) error { return v.Revision.UnmarshalText([]byte(s)) },
		"revision_exempt": func(_ *entry, v *status.Verbale, s string) error { return readBool(&v.RevisionExempt, s) },
		"annuls":          func(_ *entry, v *status.Verbale, s string) error { v.Annuls = s; return nil },
	}
	for _, name := range status.AnnotationCodes() {
		columns[string(name)] = func(_ *entry, v *status.Verbale, s string) error {
			*annotation(&v.Outcome.Annotations, name) = status.Tri(s)
			return nil
		}
	}
	return columns
}

func annotation(a *status.Annotations, name status.Annotation) *status.Tri {
	return map[status.Annotation]*status.Tri{
		status.AnnotationParking: &a.Parking, status.AnnotationReducedMobility: &a.ReducedMobility,
		status.AnnotationGraveWalking: &a.GraveWalking, status.AnnotationPsychicAttendance: &a.PsychicAttendance,
		status.AnnotationBlind: &a.Blind, status.AnnotationDeaf: &a.Deaf,
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

func readNumber(n *int, s string) error {
	v, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return errors.New("is not a number from 0 to 255")
	}
	*n = int(v)
	return nil
}

// table reads the lines of a CSV file. The reader of package csv is given one line at a time.
type table struct {
	columns []tableColumn
	line    bytes.Reader
	reader  *csv.Reader
}

type tableColumn struct {
	name      string
	set       setter
	ofVerbale bool
}

// readHeader takes a comma or, as Italian spreadsheets write, a semicolon between the columns.
func readHeader(line []byte) (*table, error) {
	t := new(table)
	t.reader = csv.NewReader(&t.line)
	t.reader.ReuseRecord = true
	if bytes.ContainsRune(line, ';') {
		t.reader.Comma = ';'
	}
	names, err := t.split(line)
	if err != nil {
		return nil, err
	}
	person, verbale := personColumns(), verbaleColumns()
	seen := make(map[string]bool)
	for i, name := range names {
		name = strings.TrimSpace(name)
		c := tableColumn{name: name, set: person[name]}
		if c.set == nil {
			c.set, c.ofVerbale = verbale[name], true
		}
		switch {
		case c.set == nil:
			return nil, fmt.Errorf("column %d has a name that is not known", i+1)
		case seen[name]:
			return nil, fmt.Errorf("column %s stands twice", name)
		}
		seen[name] = true
		t.columns = append(t.columns, c)
	}
	if !seen["codice_fiscale"] {
		return nil, errors.New("there is no column codice_fiscale")
	}
	return t, nil
}

func (t *table) split(line []byte) ([]string, error) {
	t.line.Reset(line)
	fields, err := t.reader.Read()
	if err != nil && !errors.Is(err, csv.ErrFieldCount) {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("is empty")
		}
		return nil, errors.New("quotation marks do not match")
	}
	return fields, nil
}

func (t *table) parse(line []byte) (registry.Person, error) {
	fields, err := t.split(line)
	if err != nil {
		return registry.Person{}, err
	}
	if len(fields) != len(t.columns) {
		return registry.Person{}, fmt.Errorf("has %d columns, the header %d", len(fields), len(t.columns))
	}
	var e entry
	var v status.Verbale
	some := false
	for i, c := range t.columns {
		text := strings.TrimSpace(fields[i])
		if text == "" {
			continue
		}
		if err := c.set(&e, &v, text); err != nil {
			return registry.Person{}, fmt.Errorf("%s: %w", c.name, err)
		}
		some = some || c.ofVerbale
	}
	if some {
		e.Verbali = []status.Verbale{v}
	}
	return e.person()
}

// ReadPairs reads an entry written as COLUMN=value, by the columns of CSV. The entry is not checked as a whole.
func ReadPairs(pairs []string) (person registry.Person, v status.Verbale, err error) {
	columns, verbale := personColumns(), verbaleColumns()
	maps.Copy(columns, verbale)
	var e entry
	for _, pair := range pairs {
		name, text, ok := strings.Cut(pair, "=")
		set := columns[name]
		switch {
		case !ok || set == nil:
			return person, v, errors.New("want COLUMN=value, by the columns of CSV")
		case text == "":
			continue
		}
		if err := set(&e, &v, text); err != nil {
			return person, v, fmt.Errorf("%s: %w", name, err)
		}
	}
	person, err = e.person()
	return person, v, err
}
