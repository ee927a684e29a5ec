package benefit

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// A Catalogue is a list of benefits. The zero Catalogue is empty.
type Catalogue struct {
	edition  status.Date
	rows     []Benefit
	index    map[string][]int // the rows with an identifier
	evidence map[string]Text
	titles   map[string]OtherTitle
	terms    []Term
	topics   []topic
}

//go:embed catalogue/*.txt
var catalogueFiles embed.FS

var builtIn = sync.OnceValue(func() Catalogue {
	c, _, _ := readBuiltIn() // a fault, which the tests exclude, leaves it empty
	return c
})

// readBuiltIn reads the files in the order of their names. With an error it returns the name of
// the file.
func readBuiltIn() (Catalogue, string, error) {
	names, err := fs.Glob(catalogueFiles, "catalogue/*.txt")
	if err != nil {
		return Catalogue{}, "", err
	}
	texts := make([]string, len(names))
	for i, name := range names {
		text, err := catalogueFiles.ReadFile(name)
		if err != nil {
			return Catalogue{}, name, err
		}
		texts[i] = string(text)
	}
	c, i, err := Catalogue{}.merge(texts)
	if err != nil {
		return Catalogue{}, names[i], err
	}
	return c, "", nil
}

// Default returns the catalogue of this package. Its benefits are:
//
//	ticket_c01, ticket_c02, ticket_c03, ticket_c04, ticket_c05, ticket_c06, aids, isee_medium,
//	isee_severe, isee_not_self_sufficient, monthly_allowance, inability_pension,
//	attendance_allowance, blind_attendance_allowance, school_attendance_allowance,
//	communication_allowance, special_allowance_blind, blind_pension, deaf_pension,
//	increase_million, universal_benefit, home_care_premium, care_fund, child_allowance,
//	inclusion_allowance, mortgage_suspension, electricity_bonus, after_us,
//	notional_contributions, early_pension, ape_sociale, early_workers_pension, opzione_donna,
//	school_support, school_assistant, school_transport, exam_aids, university_fees, museums,
//	priority, care_costs, aids_vat, prostheses_vat, phone_one_line, phone_two_lines, canone_rai,
//	mobility_aids_irpef, technical_aids_irpef, care_workers_irpef, guide_dog_irpef,
//	interpreter_irpef, insurance_irpef, child_over_30, inheritance, barriers_vat,
//	barriers_irpef, barriers_bonus, barriers_grant, property_tax, ced, carta_blu,
//	rail_concession_iii, local_transport, travel_assistance, parking_badge, car_vat, car_irpef,
//	car_tax, car_registration_tax, blue_lines, ztl, reserved_space, home_vote, assisted_vote,
//	accessible_polling, targeted_employment, reserve_quota, quota_before_hiring,
//	treatment_leave, sickness_hours, choice_of_seat, nearest_seat, no_transfer, permits,
//	two_year_leave, parental_leave, illness_leave, illness_hours, night_work, smart_working,
//	part_time_right, part_time_priority, competition_preselection, competition_aids,
//	competition_reserve, hiring_incentive_70, hiring_incentive_35, switchboard
//
// docs/law.md has their titles, laws and conditions.
func Default() Catalogue { return builtIn() }

// Edition returns the day of the catalogue, which is the latest day of its files.
func (c Catalogue) Edition() status.Date { return c.edition }

// Len returns the number of rows.
func (c Catalogue) Len() int { return len(c.rows) }

// All returns all rows in their order, including the rows of one benefit for several periods.
func (c Catalogue) All() []Benefit { return slices.Clone(c.rows) }

// On returns the benefits that exist on the day, in their order, each once.
func (c Catalogue) On(day status.Date) []Benefit {
	return slices.DeleteFunc(c.All(), func(b Benefit) bool { return !b.ValidOn(day) })
}

// Lookup returns the row of the benefit that is valid on the day. It returns false if there is
// none.
func (c Catalogue) Lookup(id string, day status.Date) (Benefit, bool) {
	for _, i := range c.index[id] {
		if c.rows[i].ValidOn(day) {
			return c.rows[i], true
		}
	}
	return Benefit{}, false
}

// Latest returns the last row with the identifier, whatever its period. Use it for the words in a
// list of earlier requests. It returns false if there is none.
func (c Catalogue) Latest(id string) (Benefit, bool) {
	rows := c.index[id]
	if len(rows) == 0 {
		return Benefit{}, false
	}
	latest := c.rows[rows[0]]
	for _, i := range rows[1:] {
		if c.rows[i].ValidFrom > latest.ValidFrom {
			latest = c.rows[i]
		}
	}
	return latest, true
}

// Evidence returns the words for a code of [Benefit.Accepts], [Benefit.Unchecked] or
// [Decision.Needs], and false for an unknown code.
func (c Catalogue) Evidence(code string) (Text, bool) {
	if annotation, ok := strings.CutPrefix(code, AnnotationPrefix); ok {
		return annotationText(status.Annotation(annotation))
	}
	t, ok := c.evidence[code]
	return t, ok
}

// Terms returns the classes and the ages that conditions name, in their order.
func (c Catalogue) Terms() []Term { return slices.Clone(c.terms) }

// Merge returns a catalogue with the rows of the file over those of c; c is unchanged. The rows
// of a known benefit replace all its earlier ones in their place, and the rows of other benefits
// are appended. Conditions may ask for evidence, classes and ages of the file and of c. A class
// or an age of the file also replaces that of c in the conditions of c. The package comment
// describes the file. Every error is a [*SyntaxError], and the catalogue is then empty.
func (c Catalogue) Merge(file []byte) (Catalogue, error) {
	merged, _, err := c.merge([]string{string(file)})
	return merged, err
}

// merge reads the files as one. With an error it returns the index of the faulty file.
func (c Catalogue) merge(texts []string) (Catalogue, int, error) {
	in := &file{evidence: map[string]Text{}, titles: map[string]OtherTitle{}}
	mentions := make([][]mention, len(texts))
	home := map[string]int{} // the file of a term
	for i, text := range texts {
		if f := in.read(text); f != nil {
			return Catalogue{}, i, place(text, f)
		}
		mentions[i] = in.mentions
		for _, t := range in.terms[len(home):] {
			home[t.ID] = i
		}
	}
	merged := Catalogue{
		edition: max(c.edition, in.edition), evidence: map[string]Text{},
		terms: mergeTerms(c.terms, in.terms), topics: mergeTopics(c.topics, in.topics),
	}
	maps.Copy(merged.evidence, c.evidence)
	maps.Copy(merged.evidence, in.evidence)
	names := &terms{map[string]Term{}, map[string]OtherTitle{}}
	for code, o := range c.titles {
		if _, again := in.evidence[code]; !again {
			names.titles[code] = o
		}
	}
	maps.Copy(names.titles, in.titles)
	merged.titles = names.titles
	for _, t := range merged.terms {
		names.byID[t.ID] = t
	}
	merged.rows = mergeRows(c.rows, in.benefits)
	merged.index = make(map[string][]int, len(merged.rows))
	for i := range merged.rows {
		b := &merged.rows[i]
		b.terms = names
		merged.index[b.ID] = append(merged.index[b.ID], i)
	}
	for i, text := range texts {
		for _, m := range mentions[i] {
			if f := merged.check(m, names); f != nil {
				return Catalogue{}, i, place(text, f)
			}
		}
	}
	for _, t := range in.terms {
		if names.circular(t.ID, 0) {
			return Catalogue{}, home[t.ID], place(texts[home[t.ID]], &fault{t.at, t.ID, ErrCircle})
		}
	}
	return merged, 0, nil
}

// check finds a code that the catalogue does not have.
func (c Catalogue) check(m mention, names *terms) *fault {
	switch m.kind {
	case isClass:
		if names.class(m.code) == nil {
			return &fault{m.at, m.code, ErrUnknown}
		}
	case isAge:
		if names.age(m.code) == nil {
			return &fault{m.at, m.code, ErrUnknown}
		}
	case isBenefit:
		if len(c.index[m.code]) == 0 {
			return &fault{m.at, m.code, ErrUnknown}
		}
	default:
		if _, ok := c.evidence[m.code]; !ok {
			return &fault{m.at, m.code, ErrEvidence}
		}
	}
	return nil
}

func mergeTerms(below, above []Term) []Term {
	list := slices.Clone(below)
	for _, t := range above {
		t.at = 0
		if i := slices.IndexFunc(list, func(b Term) bool { return b.ID == t.ID }); i >= 0 {
			list[i] = t
		} else {
			list = append(list, t)
		}
	}
	return list
}

// mergeRows groups the rows of a benefit in the place of its first row.
func mergeRows(below, above []Benefit) []Benefit {
	old, replacing := byID(below), byID(above)
	list := make([]Benefit, 0, len(below)+len(above))
	done := make(map[string]bool, cap(list))
	for _, b := range slices.Concat(below, above) {
		if done[b.ID] {
			continue
		}
		done[b.ID] = true
		if rows, ok := replacing[b.ID]; ok {
			list = append(list, rows...)
		} else {
			list = append(list, old[b.ID]...)
		}
	}
	return list
}

func byID(rows []Benefit) map[string][]Benefit {
	m := make(map[string][]Benefit, len(rows))
	for _, b := range rows {
		m[b.ID] = append(m[b.ID], b)
	}
	return m
}
