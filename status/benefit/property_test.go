package benefit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

func policies() []status.Policy {
	return []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds}
}

// A tape turns bytes into people, conditions and evidence, so that the fuzzer and the
// generator share one way to make them. It reads zeros past its end.
type tape struct{ data []byte }

func (t *tape) next(n int) int {
	if len(t.data) == 0 {
		return 0
	}
	b := t.data[0]
	t.data = t.data[1:]
	return int(b) % n
}

func choose[T any](t *tape, list ...T) T { return list[t.next(len(list))] }

// person makes somebody of any age with any judgement in each domain, or none, or one
// that is suspended, revoked, refused or not held.
func (t *tape) person(tb testing.TB) status.Status {
	birth := choose(t, status.Date(19500101), 19800115, 20081102, 20081101, 20081031, 20150505)
	var list []status.Verbale
	for i, d := range status.Domains() {
		v := status.Verbale{ID: fmt.Sprint("J", i), Domain: d, Kind: status.KindFirst, Definitive: true}
		v.Decision = choose[status.Date](t, 20260210, 20251220, 20241010)
		v.Effect = v.Decision
		switch t.next(6) {
		case 0:
			continue
		case 1:
			v.Kind, v.NotHeld = status.KindCourt, status.ClassCourt
		case 2:
			v.Outcome.Degree = status.DegreeNone
		default:
			v.Outcome.Degree = choose(t, status.Degrees(d)...)
			v.Outcome.Percent = t.next(101)
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
		list = append(list, v)
		if kind := choose(t, "", "", "", status.KindSuspension, status.KindRevocation); kind != "" {
			list = append(list, status.Verbale{
				ID: fmt.Sprint("E", i), Domain: d, Kind: kind, Decision: 20260601, Effect: 20260601, Definitive: true,
			})
		}
	}
	s, err := status.Current(list, birth, today)
	require.NoError(tb, err)
	s.Complete = t.next(2) == 0
	return s
}

// condition makes any condition of at most that depth.
func (t *tape) condition(depth int) string {
	sort := t.next(10)
	if depth == 0 {
		sort = 3 + t.next(7)
	}
	switch sort {
	case 0:
		return "(" + t.condition(depth-1) + ") and (" + t.condition(depth-1) + ")"
	case 1:
		return "(" + t.condition(depth-1) + ") or (" + t.condition(depth-1) + ")"
	case 2:
		return "not (" + t.condition(depth-1) + ")"
	case 3:
		return fmt.Sprintf("percent %s %d", choose(t, "<", "<=", "=", ">=", ">"), t.next(102))
	case 4:
		return fmt.Sprintf("age %s %d", choose(t, "<", "<=", "=", ">=", ">"), t.next(80))
	case 5:
		return fmt.Sprintf("category(%s)", choose(t, append(status.Categories(), "any")...))
	case 6:
		return fmt.Sprintf("subkind(%s)", choose(t, status.SubKinds()...))
	case 7:
		d := status.Domains()[t.next(6)]
		return fmt.Sprintf("degree(%s) or recognised(%s)", choose(t, status.Degrees(d)[1:]...), status.Domains()[t.next(6)])
	case 8:
		return fmt.Sprintf("annotation(%s)", choose(t, status.AnnotationCodes()...))
	}
	return fmt.Sprintf("evidence(%s)", choose(t, evidenceCodes...))
}

var evidenceCodes = []string{"income_limit", "adapted_vehicle", "employment_report"}

func (t *tape) evidence() benefit.Evidence {
	seen := benefit.Evidence{}
	for _, code := range evidenceCodes {
		if answer := choose(t, status.NotRecorded, status.Yes, status.No); answer != "" {
			seen[code] = answer
		}
	}
	return seen
}

func asking(tb testing.TB, condition string) benefit.Benefit {
	c, err := benefit.ParseCondition(condition)
	require.NoError(tb, err, "%s", condition)
	return benefit.Benefit{ID: "made_up", Condition: c}
}

// whereMoreIsKnown lists what the outcome may become for somebody who knows more: an answer
// stays, and "cannot tell" may turn into a denial but never into a right.
func whereMoreIsKnown(o benefit.Outcome) []benefit.Outcome {
	switch o {
	case benefit.NeedsSecondLevel:
		return benefit.Outcomes()
	case benefit.CannotTell:
		return []benefit.Outcome{benefit.CannotTell, benefit.NotSatisfied}
	}
	return []benefit.Outcome{o}
}

// checkLevels holds one question about one person against what must be true of all.
func checkLevels(t testing.TB, b benefit.Benefit, s status.Status, seen benefit.Evidence) {
	second := b.SecondLevel(s, seen)
	require.NotEqual(t, benefit.NeedsSecondLevel, second.Outcome, b.Condition)
	require.Contains(t, benefit.Outcomes(), second.Outcome)
	checkReason(t, b, second)
	if !s.Complete {
		require.NotEqual(t, benefit.NotSatisfied, second.Outcome, "denied by a registry that is not complete")
	}

	// The first level does not contradict the second, and a policy that discloses more does
	// not contradict a stricter one.
	answered := benefit.NeedsSecondLevel
	for _, p := range policies() {
		first := b.FirstLevel(s.FirstLevel(p), seen)
		checkReason(t, b, first)
		require.Contains(t, whereMoreIsKnown(first.Outcome), second.Outcome, "%s under %s", b.Condition, p)
		require.Contains(t, whereMoreIsKnown(answered), first.Outcome, "%s under %s", b.Condition, p)
		answered = first.Outcome
		if !s.FirstLevel(p).Complete {
			require.NotEqual(t, benefit.NotSatisfied, first.Outcome)
		}
	}

	// To learn more never takes away an answer.
	known := second.Outcome == benefit.Satisfied || second.Outcome == benefit.NotSatisfied
	more := benefit.Evidence{}
	for _, code := range evidenceCodes {
		more[code] = status.Yes
		if seen[code] != status.NotRecorded {
			more[code] = seen[code]
		}
	}
	if known {
		require.Equal(t, second.Outcome, b.SecondLevel(s, more).Outcome, "evidence changed an answer: %s", b.Condition)
	}
	complete := s
	complete.Complete = true
	if second.Outcome == benefit.Satisfied {
		require.Equal(t, second.Outcome, b.SecondLevel(complete, seen).Outcome, b.Condition)
	}
}

// checkReason requires a clause of the condition or the code of a title, and codes that exist.
func checkReason(t testing.TB, b benefit.Benefit, d benefit.Decision) {
	if !b.Never && !slices.ContainsFunc(b.OtherTitles(), func(o benefit.OtherTitle) bool { return o.Code == d.Clause }) {
		require.Contains(t, b.Condition.String(), d.Clause)
	}
	missing := d.Outcome == benefit.NeedsEvidence || d.Outcome == benefit.NeedsAnnotation
	require.Equal(t, missing, len(d.Needs) > 0, "%s is %s, needs %v", b.ID, d.Outcome, d.Needs)
	for _, code := range d.Needs {
		if annotation, ok := strings.CutPrefix(code, "annotation:"); ok {
			require.Contains(t, status.AnnotationCodes(), status.Annotation(annotation))
		} else {
			require.Contains(t, b.Evidence(), code)
		}
	}
}

func checkTape(t testing.TB, data []byte) {
	tp := &tape{data}
	s := tp.person(t)
	seen := tp.evidence()
	checkLevels(t, asking(t, tp.condition(3)), s, seen)
	all := benefit.Default().All()
	checkLevels(t, all[tp.next(len(all))], s, seen)
}

func TestLevelsNeverContradict(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		checkTape(t, random(r))
	}
}

func random(r *rand.Rand) []byte {
	data := make([]byte, 120)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

func FuzzLevels(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { checkTape(t, data) })
}

// The properties would prove little if the generator made people of one sort only.
func TestGeneratorReachesEveryOutcome(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	first, second := map[benefit.Outcome]int{}, map[benefit.Outcome]int{}
	for range 5000 {
		tp := &tape{random(r)}
		s, seen := tp.person(t), tp.evidence()
		b := asking(t, tp.condition(3))
		first[b.FirstLevel(s.FirstLevel(choose(tp, policies()...)), seen).Outcome]++
		second[b.SecondLevel(s, seen).Outcome]++
	}
	for _, o := range benefit.Outcomes() {
		if o != benefit.NeedsAnnotation {
			assert.Greater(t, first[o], 50, "first %s", o)
		}
		if o != benefit.NeedsSecondLevel {
			assert.Greater(t, second[o], 50, "second %s", o)
		}
	}
}

// Two people whom the first level shows alike get the same answer to every question that
// there is: those of the catalogue, and one for each percentage and operator. The second
// level tells them apart, so that the questions are worth something.
func TestNoSequenceTellsAPercentage(t *testing.T) {
	questions := benefit.Default().All()
	for percent := range 101 {
		for _, operator := range []string{"<", "<=", "=", ">=", ">"} {
			questions = append(questions, asking(t, fmt.Sprintf("percent %s %d", operator, percent)))
		}
	}
	for _, others := range []string{"", ", law_104_c3", ", blind_partial", ", elsewhere deafness", ", complete"} {
		for _, p := range policies() {
			var shown []status.FirstLevel
			var answers [][]benefit.Decision
			for percent := 34; percent <= 100; percent++ {
				degree := map[bool]string{true: "ic_over_third", false: "ic_over_two_thirds"}[percent < 67]
				if percent == 100 {
					degree = "ic_total"
				}
				s := person(t, fmt.Sprintf("%s %d%s", degree, percent, others))
				f := s.FirstLevel(p)
				var list []benefit.Decision
				for _, q := range questions {
					list = append(list, q.FirstLevel(f, nil))
				}
				shown, answers = append(shown, f), append(answers, list)
			}
			for i := range shown {
				require.Equal(t, shown[0], shown[i])
				require.Equal(t, answers[0], answers[i], "%d %% shows under %s%s", 34+i, p, others)
			}
		}
	}
	sixtySeven, seventyFour := person(t, "ic_over_two_thirds 67"), person(t, "ic_over_two_thirds 74")
	apart := 0
	for _, q := range questions {
		if q.SecondLevel(sixtySeven, nil).Outcome != q.SecondLevel(seventyFour, nil).Outcome {
			apart++
		}
	}
	assert.Greater(t, apart, 20)
}

// What each benefit asks for in per cent, over every percentage that there is: the limits
// of the laws from both sides, and nothing else in between.
func TestThresholds(t *testing.T) {
	want := map[string][2]int{
		"museums": {34, 100}, "priority": {34, 100}, "aids": {34, 100},
		"targeted_employment": {46, 100}, "treatment_leave": {51, 100}, "reserve_quota": {60, 100},
		"university_fees": {66, 100}, "ticket_c03": {67, 99}, "sickness_hours": {67, 100},
		"isee_medium": {67, 100}, "ced": {67, 100}, "local_transport": {67, 100},
		"monthly_allowance": {74, 99}, "notional_contributions": {75, 100}, "early_pension": {80, 100},
		"ticket_c01": {100, 100}, "inability_pension": {100, 100}, "isee_severe": {100, 100},
		"electricity_bonus": {1, 100}, "home_vote": {1, 100}, "assisted_vote": {1, 100},
	}
	// Papers that stand for another title than the percentage are not there.
	instead := []string{"other_title", "inail", "regional_rule", "licence", "certificate"}
	for _, b := range benefit.Default().All() {
		seen := benefit.Evidence{}
		for _, code := range b.Condition.Evidence() {
			seen[code] = status.Yes
			if want[b.ID][0] != 1 && slices.ContainsFunc(instead, func(s string) bool { return strings.Contains(code, s) }) {
				seen[code] = status.No
			}
		}
		var got []int
		for percent := 1; percent <= 100; percent++ {
			words := fmt.Sprintf("complete, refused civil_invalidity %d", percent)
			switch {
			case percent == 100:
				words = "complete, ic_total 100, no_annotations"
			case percent >= 67:
				words = fmt.Sprintf("complete, ic_over_two_thirds %d, no_annotations", percent)
			case percent >= 34:
				words = fmt.Sprintf("complete, ic_over_third %d, no_annotations", percent)
			}
			if b.SecondLevel(person(t, words), seen).Outcome == benefit.Satisfied {
				got = append(got, percent)
			}
		}
		var all []int
		if limits, ok := want[b.ID]; ok {
			for percent := limits[0]; percent <= limits[1]; percent++ {
				all = append(all, percent)
			}
		}
		assert.Equal(t, all, got, b.ID)
	}
}
