package benefit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// A tape turns bytes into people, conditions and evidence, so that the fuzzer and the generator
// make them in the same way. Past its end it reads zeros.
type tape struct{ data []byte }

func random(r *rand.Rand) []byte {
	data := make([]byte, 200)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func (t *tape) next(n int) int {
	if len(t.data) == 0 {
		return 0
	}
	b := t.data[0]
	t.data = t.data[1:]
	return int(b) % n
}

func choose[T any](t *tape, list ...T) T { return list[t.next(len(list))] }

// person returns a person of any age with, in each domain, any judgement or none, or one that is
// suspended, revoked, refused, not held or undecided, and with any titles.
func (t *tape) person(tb testing.TB) status.Status {
	record := status.Record{Birth: choose(t, status.Date(19500101), 19800115, 20081102, 20081101, 20081031,
		20080601, 20150505)}
	decided := t.next(3) == 0 // nothing is left open
	for i, d := range status.Domains() {
		record.Verbali = append(record.Verbali, t.domain(i, d, record.Birth, decided)...)
	}
	for range t.next(4) {
		record.Titles = append(record.Titles, t.title())
	}
	record.Complete = t.next(2) == 0
	s, err := record.Status(today)
	require.NoError(tb, err)
	return s
}

// domain returns the events of one domain.
func (t *tape) domain(i int, d status.Domain, birth status.Date, decided bool) (list []status.Verbale) {
	v := status.Verbale{ID: fmt.Sprint("J", i), Domain: d, Kind: status.KindFirst, Definitive: true}
	v.Decision = max(choose[status.Date](t, 20260210, 20251220, 20251210, 20241010), birth)
	v.Effect = v.Decision
	event := func(k status.Kind, day status.Date) {
		list = append(list, status.Verbale{
			ID: fmt.Sprint(k,
				i), Domain: d, Kind: k, Decision: day, Effect: day, Definitive: k != status.KindApplication,
		})
	}
	sort := t.next(9)
	switch {
	case sort == 0:
		return nil
	case sort == 1 && !decided:
		v.Kind, v.NotHeld = status.KindCourt, status.ClassCourt
	case sort == 2:
		v.Outcome.Degree = status.DegreeNone
	case sort == 3 && !decided:
		event(status.KindApplication, 20260701)
		return list
	default:
		t.judge(&v)
	}
	list = append(list, v)
	switch after := t.next(8); {
	case after < 2:
		event(status.KindSuspension, 20260601)
	case after == 2:
		event(status.KindRevocation, 20260601)
	case after == 3 && !decided:
		event(status.KindApplication, choose[status.Date](t, 20260601, 20261001))
	case after == 4 && !decided: // a second act of the same day and rank
		w := v
		w.ID, w.NotHeld, w.Kind = v.ID+"b", "", status.KindFirst
		w.Outcome, w.NoAdultVisit = status.Outcome{Degree: status.DegreeNone}, false
		list = append(list, w)
	}
	return list
}

func (t *tape) judge(v *status.Verbale) {
	v.Outcome.Degree = choose(t, status.Degrees(v.Domain)...)
	v.Outcome.Percent = t.next(101)
	v.NoAdultVisit = t.next(2) == 0 && v.Outcome.Degree.Facts().Minor
	a := func() status.Tri { return choose(t, status.NotRecorded, status.Yes, status.No) }
	v.Outcome.Annotations = status.Annotations{
		Parking: a(), ReducedMobility: a(), GraveWalking: a(), PsychicAttendance: a(), Blind: a(), Deaf: a(),
	}
	if v.Validate() != nil {
		v.Outcome.Percent = 0
	}
	if v.Validate() != nil { // too early for the degree
		v.Decision, v.Effect = 20260210, 20260210
	}
}

func (t *tape) title() status.Title {
	title := status.Title{
		Kind: choose(t, status.TitleKinds()...), Decision: 20150101, Effect: 20150101, Held: t.next(3) > 0,
	}
	switch {
	case !title.Held:
	case title.Kind == status.TitleINAIL:
		title.Percent = t.next(101)
	case title.Kind == status.TitleL222:
		title.Grade = choose(t, 0, 1, 2, 5)
	default:
		title.Grade = t.next(9)
	}
	return title
}

// condition returns any condition of at most that depth.
func (t *tape) condition(depth int) string {
	sort := t.next(12)
	if depth == 0 {
		sort = 3 + t.next(9)
	}
	operator := func() string { return choose(t, "<", "<=", "=", ">=", ">") }
	switch sort {
	case 0:
		return "(" + t.condition(depth-1) + ") and (" + t.condition(depth-1) + ")"
	case 1:
		return "(" + t.condition(depth-1) + ") or (" + t.condition(depth-1) + ")"
	case 2:
		return "not (" + t.condition(depth-1) + ")"
	case 3:
		return fmt.Sprintf("percent %s %d", operator(), t.next(102))
	case 4:
		return fmt.Sprintf("age %s %s", operator(), choose(t, fmt.Sprint(t.next(80)), fmt.Sprint(t.next(80),
			"+", t.next(12)), "x.ages"))
	case 5:
		return fmt.Sprintf("category(%s)", choose(t, append(status.Categories(), "any")...))
	case 6:
		return fmt.Sprintf("subkind(%s)", choose(t, status.SubKinds()...))
	case 7:
		d := choose(t, status.Domains()...)
		return fmt.Sprintf("degree(%s) or recognised(%s)", choose(t, status.Degrees(d)[1:]...), choose(t,
			status.Domains()...))
	case 8:
		return fmt.Sprintf("annotation(%s)", choose(t, status.AnnotationCodes()...))
	case 9:
		return fmt.Sprintf("at_18(%s)", choose(t, status.AdultWithoutVisit, status.AdultApplied))
	case 10:
		return "class(x.class)"
	}
	return fmt.Sprintf("evidence(%s)", choose(t, append(evidenceCodes, "x.title")...))
}

// rules are those of other titles; the empty rule is that of a title that no registry has.
var rules = []string{"", "inail percent > 33", "war grade 1-3 or service grade 1-3", "l222 grade 1-1",
	"service",
	"inail percent >= 50 or war grade 1-8"}

var evidenceCodes = []string{"x.a", "x.b", "x.c", "x.d", benefit.PaymentResumed}

// annotationCodes are those of evidence about annotations.
func annotationCodes() []string {
	var list []string
	for _, a := range status.AnnotationCodes() {
		list = append(list, benefit.AnnotationPrefix+string(a))
	}
	return list
}

func (t *tape) evidence() benefit.Evidence {
	seen := benefit.Evidence{}
	for _, code := range evidenceCodes {
		if answer := choose(t, status.NotRecorded, status.Yes, status.No); answer != "" {
			seen[code] = answer
		}
	}
	for _, code := range annotationCodes() {
		seen[code] = choose(t, status.NotRecorded, status.NotRecorded, status.NotRecorded, status.Yes,
			status.No)
	}
	return seen
}

// benefit returns a benefit that may be a payment and may name other titles.
func (t *tape) benefit(tb testing.TB) benefit.Benefit {
	fields := "  condition: " + t.condition(3) + "\n"
	if t.next(3) == 0 {
		fields += "  payment: yes\n"
	}
	var titles []string
	for _, code := range evidenceCodes[2 : 2+t.next(3)] {
		titles = append(titles, strings.TrimSuffix(code+" = "+choose(t, rules...), " = "))
	}
	if titles != nil {
		fields += "  other_titles: " + strings.Join(titles, "; ") + "\n"
	}
	return madeUp(tb, fields)
}

func asking(tb testing.TB, condition string) benefit.Benefit {
	return madeUp(tb, "  condition: "+condition+"\n")
}

// madeUp reads a benefit with these fields and everything that they may refer to.
func madeUp(tb testing.TB, fields string) benefit.Benefit {
	file := `attesta-benefits 1 2026-11-01
class x.class
  law: L. 1/2026
  checked: 2026-11-01 read
  condition: percent >= 67 or evidence(x.b) and category(blind)

age x.ages
  law: L. 1/2026
  checked: 2026-11-01 read
  ages: 17 until 1990-01-01, 17+1 until 2008-11-01, 18+3

benefit made_up
  it: X
  law: L. 1/2026
  checked: 2026-11-01 read
` + fields
	for _, code := range append([]string{"a", "b", "c.d"}, evidenceCodes...) {
		file += "\nevidence " + code + "\n  it: X\n"
	}
	file += "\nevidence x.title\n  it: X\n  title: inail percent > 50 or l222\n"
	c, err := benefit.Catalogue{}.Merge([]byte(file))
	require.NoError(tb, err, "%s", fields)
	b, ok := c.Lookup("made_up", today)
	require.True(tb, ok)
	return b
}
