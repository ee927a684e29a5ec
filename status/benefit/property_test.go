package benefit_test

import (
	"fmt"
	"iter"
	"maps"
	"math/bits"
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

// whereMoreIsKnown lists the outcomes that more knowledge may lead to: an answer stays the same,
// and "cannot tell" may become a denial but never a right.
func whereMoreIsKnown(o benefit.Outcome) []benefit.Outcome {
	switch o {
	case benefit.NeedsSecondLevel:
		return benefit.Outcomes()
	case benefit.CannotTell:
		return []benefit.Outcome{benefit.CannotTell, benefit.NotSatisfied}
	}
	return []benefit.Outcome{o}
}

// checkLevels checks that one question about one person has the properties of all questions.
func checkLevels(t testing.TB, b benefit.Benefit, s status.Status, seen benefit.Evidence) {
	second := b.SecondLevel(s, seen)
	require.NotEqual(t, benefit.NeedsSecondLevel, second.Outcome, b.Condition)
	require.Contains(t, benefit.Outcomes(), second.Outcome)
	checkReason(t, b, second)
	if !s.Complete && !b.Never {
		require.NotEqual(t, benefit.NotSatisfied, second.Outcome, "denied by a registry that is not complete")
	}

	// The first level does not contradict the second, and a policy that discloses more does not
	// contradict a stricter one.
	answered := benefit.NeedsSecondLevel
	for _, p := range policies() {
		first := b.FirstLevel(s.FirstLevel(p), seen)
		checkReason(t, b, first)
		require.Contains(t, whereMoreIsKnown(first.Outcome), second.Outcome, "%s under %s", b.Condition, p)
		require.Contains(t, whereMoreIsKnown(answered), first.Outcome, "%s under %s", b.Condition, p)
		answered = first.Outcome
		if !s.FirstLevel(p).Complete && !b.Never {
			require.NotEqual(t, benefit.NotSatisfied, first.Outcome)
		}
	}

	// More knowledge never removes an answer.
	known := second.Outcome == benefit.Satisfied || second.Outcome == benefit.NotSatisfied
	more := benefit.Evidence{}
	for _, code := range slices.Concat(b.Accepts(), evidenceCodes) {
		more[code] = status.Yes
		if seen[code] != status.NotRecorded {
			more[code] = seen[code]
		}
	}
	if known {
		require.Equal(t, second.Outcome, b.SecondLevel(s, more).Outcome, "evidence changed an answer: %s",
			b.Condition)
	}
	complete := s
	complete.Complete = true
	if second.Outcome == benefit.Satisfied {
		require.Equal(t, second.Outcome, b.SecondLevel(complete, seen).Outcome, b.Condition)
	}
}

// checkReason requires a clause of the condition or the code of a title, and codes that exist.
func checkReason(t testing.TB, b benefit.Benefit, d benefit.Decision) {
	if !b.Never && !slices.ContainsFunc(b.OtherTitles(),
		func(o benefit.OtherTitle) bool { return o.Code == d.Clause }) {
		require.Contains(t, b.Condition.String(), d.Clause)
	}
	missing := d.Outcome == benefit.NeedsEvidence || d.Outcome == benefit.NeedsAnnotation
	require.Equal(t, missing, len(d.Needs) > 0, "%s is %s, needs %v", b.ID, d.Outcome, d.Needs)
	for _, code := range d.Needs {
		require.Contains(t, b.Accepts(), code)
	}
}

func checkTape(t testing.TB, data []byte) {
	tp := &tape{data}
	s := tp.person(t)
	seen := tp.evidence()
	all := benefit.Default().On(today)
	for _, b := range []benefit.Benefit{tp.benefit(t), choose(tp, all...)} {
		checkLevels(t, b, s, seen)
		checkTitles(t, b, s, seen, tp.title())
	}
}

// checkTitles adds a title. It changes nothing at the first level. At the second level it changes
// only benefits that name titles of its kind, and it removes nothing except what the desk claims
// to have seen.
func checkTitles(t testing.TB, b benefit.Benefit, s status.Status, seen benefit.Evidence,
	title status.Title) {
	more := s
	more.Titles = append(slices.Clone(s.Titles), title)
	for _, p := range policies() {
		require.Equal(t, b.FirstLevel(s.FirstLevel(p), seen), b.FirstLevel(more.FirstLevel(p), seen),
			"%s under %s", b.Condition, p)
	}
	before, after := b.SecondLevel(s, seen), b.SecondLevel(more, seen)
	related := slices.ContainsFunc(b.Evidence(), func(code string) bool {
		return strings.Contains(b.Rule(code), string(title.Kind))
	})
	if !related {
		require.Equal(t, before, after, "%s after an unrelated title", b.Condition)
	}
	if strings.Contains(b.Condition.String(), "not ") {
		return
	}
	if before.Outcome == benefit.Satisfied && b.SecondLevel(s, unseen(b, seen)).Outcome == benefit.Satisfied {
		require.Equal(t, benefit.Satisfied, after.Outcome, "%s took away a right", b.Condition)
	}
}

// unseen returns the evidence of the desk without the titles that a registry may hold.
func unseen(b benefit.Benefit, seen benefit.Evidence) benefit.Evidence {
	rest := maps.Clone(seen)
	for _, code := range b.Evidence() {
		if b.Rule(code) != "" {
			delete(rest, code)
		}
	}
	return rest
}

func TestLevelsNeverContradict(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 8000 {
		checkTape(t, random(r))
	}
}

func FuzzLevels(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { checkTape(t, data) })
}

// The properties would prove little if the generator made only one kind of people.
func TestGeneratorReachesEveryOutcome(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	first, second := map[benefit.Outcome]int{}, map[benefit.Outcome]int{}
	for range 5000 {
		tp := &tape{random(r)}
		s, seen := tp.person(t), tp.evidence()
		b := tp.benefit(t)
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

// Two people with the same first level get the same answer to every possible question: those of
// the catalogue, and one for each percentage and operator. The second level distinguishes them,
// so the questions are meaningful.
func TestNoSequenceTellsAPercentage(t *testing.T) {
	questions := benefit.Default().All()
	for percent := range 101 {
		for _, operator := range []string{"=", ">="} {
			questions = append(questions, asking(t, fmt.Sprintf("percent %s %d", operator, percent)))
		}
	}
	for _, others := range []string{"", ", law_104_c3", ", blind_partial", ", elsewhere deafness",
		", complete",
		", suspended civil_invalidity", ", title inail 50, title war grade 1"} {
		for _, p := range policies() {
			var shown []status.FirstLevel
			var answers [][]benefit.Decision
			for _, percent := range []int{34, 45, 46, 50, 51, 60, 66, 67, 73, 74, 75, 80, 99, 100} {
				degree := map[bool]string{true: "ic_over_third", false: "ic_over_two_thirds"}[percent < 67]
				if percent == 100 {
					degree = "ic_total"
				}
				s := person(t, fmt.Sprintf("%s %d%s", degree, percent, others))
				f := s.FirstLevel(p)
				var list []benefit.Decision
				for _, q := range questions {
					list = append(list, q.FirstLevel(f, nil))
					for _, answer := range []status.Tri{status.Yes, status.No} {
						seen := benefit.Evidence{}
						for _, code := range q.Accepts() {
							seen[code] = answer
						}
						list = append(list, q.FirstLevel(f, seen))
					}
				}
				shown, answers = append(shown, f), append(answers, list)
			}
			for i := range shown {
				require.Equal(t, shown[0], shown[i])
				require.Equal(t, answers[0], answers[i], "%d of them shows under %s%s", i, p, others)
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
	assert.Greater(t, apart, 10)
}

// No evidence tells 67 % from 74 % at the first level: for every benefit and everything that a desk
// may declare, outcome, clause and needs are the same. So they are for every sequence of questions.
func TestNoEvidenceTellsAPercentage(t *testing.T) {
	for _, others := range []string{"", ", complete", ", complete, law_104_c3",
		", on 2011-05-10, blind_partial"} {
		for _, p := range policies() {
			a := person(t, "ic_over_two_thirds 67"+others).FirstLevel(p)
			b := person(t, "ic_over_two_thirds 74"+others).FirstLevel(p)
			require.Equal(t, a, b)
			for _, q := range benefit.Default().On(today) {
				for seen := range everyEvidence(q.Accepts()) {
					x, y := q.FirstLevel(a, seen), q.FirstLevel(b, seen)
					if x.Outcome != y.Outcome || x.Clause != y.Clause || !slices.Equal(x.Needs, y.Needs) {
						t.Fatalf("%s with %v under %s%s", q.ID, seen, p, others)
					}
				}
			}
		}
	}
}

// everyEvidence yields each combination of yes, no and not seen for the codes.
func everyEvidence(codes []string) iter.Seq[benefit.Evidence] {
	return func(yield func(benefit.Evidence) bool) {
		answers := []status.Tri{status.NotRecorded, status.Yes, status.No}
		all := 1
		for range codes {
			all *= len(answers)
		}
		for n := range all {
			seen := benefit.Evidence{}
			for _, code := range codes {
				seen[code] = answers[n%len(answers)]
				n /= len(answers)
			}
			if !yield(seen) {
				return
			}
		}
	}
}

// The percentages that each benefit requires, tested with every percentage: the limits of the
// laws from both sides, and no others.
func TestThresholds(t *testing.T) {
	for _, b := range benefit.Default().On(today) {
		seen := withoutOthers(t, b)
		var got []string
		for percent := 1; percent <= 100; percent++ {
			if b.SecondLevel(invalid(t, percent), seen).Outcome == benefit.Satisfied {
				got = append(got, fmt.Sprint(percent))
			}
		}
		limits := ""
		if len(got) > 0 {
			limits = got[0] + "-" + got[len(got)-1]
			first, last := number(t, got[:1]), number(t, got[len(got)-1:])
			assert.Len(t, got, last-first+1, "%s has a gap", b.ID)
		}
		assert.Equal(t, thresholds[b.ID], limits, b.ID)
	}
}

// thresholds returns the percentages of a person of 46 without any other status.
var thresholds = map[string]string{
	"ticket_c01": "100-100", "ticket_c03": "67-99", "aids": "34-100", "isee_medium": "67-100",
	"isee_severe": "100-100", "monthly_allowance": "74-99", "inability_pension": "100-100",
	"increase_million": "100-100", "home_care_premium": "67-100", "child_allowance": "67-100",
	"inclusion_allowance": "67-100", "mortgage_suspension": "80-100",
	"notional_contributions": "75-100", "early_pension": "80-100", "ape_sociale": "74-100",
	"early_workers_pension": "74-100", "opzione_donna": "74-100", "university_fees": "66-100",
	"museums": "34-100", "priority": "34-100", "care_costs": "100-100", "aids_vat": "34-100",
	"ced": "67-100", "local_transport": "67-100", "targeted_employment": "46-100",
	"reserve_quota": "60-100", "quota_before_hiring": "46-100", "treatment_leave": "51-100",
	"sickness_hours": "67-100", "illness_leave": "74-100", "illness_hours": "74-100",
	"competition_preselection": "80-100", "hiring_incentive_70": "46-100",
	"hiring_incentive_35": "67-79",
}

func invalid(t testing.TB, percent int) status.Status {
	switch {
	case percent == 100:
		return person(t, "complete, ic_total 100, no_annotations")
	case percent >= 67:
		return person(t, fmt.Sprintf("complete, ic_over_two_thirds %d, no_annotations", percent))
	case percent >= 34:
		return person(t, fmt.Sprintf("complete, ic_over_third %d, no_annotations", percent))
	}
	return person(t, fmt.Sprintf("complete, refused civil_invalidity %d", percent))
}

// withoutOthers says yes to all evidence but the other titles, and to as little of the rest as
// possible, so that a person of 20 % is not satisfied and, if that is possible, one of 99 % or
// 100 % is.
func withoutOthers(t testing.TB, b benefit.Benefit) benefit.Evidence {
	codes := b.Evidence()
	titles := b.OtherTitles()
	nobody, less, total := invalid(t, 20), invalid(t, 99), invalid(t, 100)
	var best benefit.Evidence
	least := len(codes) + 1
	for subset := range 1 << len(codes) {
		seen := benefit.Evidence{}
		for i, code := range codes {
			seen[code] = status.Yes
			isTitle := slices.ContainsFunc(titles, func(o benefit.OtherTitle) bool { return o.Code == code })
			if isTitle || subset&(1<<i) != 0 {
				seen[code] = status.No
			}
		}
		denied := bits.OnesCount(uint(subset))
		some := func(s status.Status) bool { return b.SecondLevel(s, seen).Outcome == benefit.Satisfied }
		if denied < least && !some(nobody) && (some(total) || some(less)) {
			best, least = seen, denied
		}
	}
	return best
}
