package status_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// A tape turns bytes into a history, so that the fuzzer and the generator make people in the same
// way. Past its end it reads zeros.
type tape struct{ data []byte }

func (t *tape) next(n int) int {
	if len(t.data) == 0 {
		return 0
	}
	b := t.data[0]
	t.data = t.data[1:]
	return int(b) % n
}

func (t *tape) date() status.Date {
	return status.Date((2024+t.next(3))*10000 + (1+t.next(4)*3)*100 + 1 + t.next(2)*14)
}

// verbale always returns a valid verbale. Its identifiers repeat, and its annulments sometimes
// have a target.
func (t *tape) verbale(n int) status.Verbale {
	domain := ic
	if domains := status.Domains(); t.next(2) == 0 {
		domain = domains[t.next(len(domains))]
	}
	v := status.Verbale{ID: fmt.Sprintf("V%02d", n), Domain: domain, Definitive: t.next(8) != 0}
	v.Decision = t.date()
	v.Effect = v.Decision
	if t.next(4) == 0 {
		v.Effect = t.date()
	}
	if t.next(8) == 0 {
		v.ID, v.Version = fmt.Sprintf("V%02d", t.next(12)), 2+n
	}
	switch t.next(10) {
	case 8:
		v.Kind = status.KindApplication
		return v
	case 9:
		v.Kind, v.NotHeld = status.KindFirst, status.ClassOtherBody
		return v
	case 0:
		v.Kind = status.KindSuspension
		return v
	case 1:
		v.Kind = status.KindLifting
		return v
	case 2:
		v.Kind = status.KindRevocation
		return v
	case 3:
		v.Kind, v.NotHeld = status.KindCourt, status.ClassCourt
		return v
	case 4:
		v.Kind, v.Annuls = status.KindAutotutela, fmt.Sprintf("V%02d", t.next(12))
		if v.Annuls == v.ID {
			v.Annuls = "V99"
		}
		return v
	}
	v.Kind = []status.Kind{status.KindWorsening, status.KindWorsening, status.KindCourt}[t.next(3)]
	if other := fmt.Sprintf("V%02d", t.next(12)); t.next(3) == 0 && other != v.ID {
		v.Replaces = status.IDs{other}
	}
	if v.Domain == status.Law104 && !v.Definitive && t.next(2) == 0 {
		v.EffectiveNow, v.Until = true, max(t.date(), v.Decision)
	}
	degrees := slices.DeleteFunc(status.Degrees(v.Domain), func(d status.Degree) bool {
		return first("A", v.Domain, v.Decision, d, 0).Validate() != nil // too early for the degree
	})
	v.Outcome.Degree = degrees[t.next(len(degrees))]
	if f := v.Outcome.Degree.Facts(); v.Domain == ic && f.High > 0 && t.next(2) == 0 {
		v.Outcome.Percent = max(f.Low, 1) + t.next(f.High-max(f.Low, 1)+1)
	}
	if t.next(3) == 0 {
		v.Revision = max(t.date(), v.Decision)
	}
	v.Outcome.Annotations.Parking = []status.Tri{status.NotRecorded, status.Yes, status.No}[t.next(3)]
	return v
}

func (t *tape) history() []status.Verbale {
	list := make([]status.Verbale, t.next(12))
	for i := range list {
		list[i] = t.verbale(i)
	}
	return list
}

// person returns a birth that is around the 18th birthday in half of the cases.
func (t *tape) person() (birth status.Date, at status.Date, list []status.Verbale) {
	at = t.date()
	birth = []status.Date{adult, senior, at - 180000, at - 179999, 20100301}[t.next(5)]
	if !birth.Valid() {
		birth = adult
	}
	return birth, at, t.history()
}

// checkProperties checks that a history has the properties of all histories.
func checkProperties(t *testing.T, data []byte, shuffle *rand.Rand) {
	tp := &tape{data}
	birth, at, list := tp.person()
	s, err := status.Current(list, birth, at)

	shuffled := slices.Clone(list)
	shuffle.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	again, err2 := status.Current(shuffled, birth, at)
	require.True(t, errors.Is(err2, err), "the order decides the error: %v, %v", err, err2)
	require.True(t, reflect.DeepEqual(s, again), "the order decides the status")
	if err != nil {
		require.Zero(t, s)
		return
	}
	checkFirstLevel(t, s)

	// The text of an identifier makes no difference.
	renamed := slices.Clone(list)
	for i := range renamed {
		renamed[i].ID = rename(renamed[i].ID)
		renamed[i].Replaces = slices.Clone(renamed[i].Replaces)
		for k := range renamed[i].Replaces {
			renamed[i].Replaces[k] = rename(renamed[i].Replaces[k])
		}
		if renamed[i].Annuls != "" {
			renamed[i].Annuls = rename(renamed[i].Annuls)
		}
	}
	again, err = status.Current(renamed, birth, at)
	require.NoError(t, err)
	require.True(t, reflect.DeepEqual(s, again), "the identifiers decide the status")

	// A title changes neither level.
	record := status.Record{Birth: birth, Verbali: list, Titles: []status.Title{
		{Kind: status.TitleINAIL, Percent: 40, Held: true, Decision: birth, Effect: birth},
	}}
	titled, err := record.Status(at)
	require.NoError(t, err)
	require.Equal(t, s.SecondLevel(), titled.SecondLevel())
	require.Equal(t, s.FirstLevel(status.PolicySubKinds), titled.FirstLevel(status.PolicySubKinds))

	// An addition in one domain changes no other domain.
	domain := status.Domains()[tp.next(len(status.Domains()))]
	worse := judged("NEW", domain, status.KindWorsening, at, status.DegreeNone, 0)
	changed, err := status.Current(append(shuffled, worse), birth, at)
	require.NoError(t, err)
	for _, d := range status.Domains() {
		if d != domain {
			require.True(t, s.In(d) == changed.In(d), "an aggravamento of %s changed %s", domain, d)
		}
	}
}

// rename reverses the order of the identifiers.
func rename(id string) string {
	n, _ := strconv.Atoi(id[1:])
	return fmt.Sprintf("W%02d", 99-n)
}

// checkFirstLevel: the first level is the same for every possible percentage of the judgement on
// one side of 34 %, and a stricter policy discloses less.
func checkFirstLevel(t *testing.T, s status.Status) {
	any, byCategory, bySubKind := s.FirstLevel(status.PolicyAny), s.FirstLevel(status.PolicyCategories),
		s.FirstLevel(status.PolicySubKinds)
	require.Equal(t, byCategory, s.FirstLevel(""))
	require.Equal(t, any, s.FirstLevel("everything"))
	require.Empty(t, any.Categories)
	require.Empty(t, any.SubKinds)
	require.Empty(t, byCategory.SubKinds)
	require.Equal(t, bySubKind.Categories, byCategory.Categories)
	require.Equal(t, byCategory.Answer == status.Confirmed, len(byCategory.Categories) > 0)
	require.Equal(t, any.Answer, bySubKind.Answer)

	civil := s.In(ic)
	f := civil.Degree.Facts()
	if civil.Percent == 0 {
		return
	}
	for percent := max(f.Low, 1); percent <= f.High; percent++ {
		civil.Percent = percent
		other := s.With(civil)
		for _, p := range []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds} {
			require.Equal(t, s.FirstLevel(p), other.FirstLevel(p), "%d %% shows under %s", percent, p)
		}
	}
}

func TestProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		data := make([]byte, 8+r.IntN(140))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		checkProperties(t, data, r)
	}
}

// The properties would prove nothing if the generator made only one kind of people.
func TestPropertiesReachEveryState(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	seen := map[status.State]int{}
	failed := map[error]int{}
	doubts := map[status.Doubt]int{}
	for range 20000 {
		data := make([]byte, 150)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		birth, at, list := (&tape{data}).person()
		s, err := status.Current(list, birth, at)
		failed[err]++
		for _, d := range s.Domains() {
			seen[d.State]++
			doubts[d.Doubt]++
		}
	}
	for _, state := range append(status.States(), status.StateAbsent) {
		assert.Greater(t, seen[state], 20, "%q", state)
	}
	assert.Greater(t, failed[nil], 1000)
	assert.Greater(t, failed[status.ErrAnnulment], 50)
	assert.Greater(t, failed[status.ErrReplacement], 50)
	for _, doubt := range status.Doubts() {
		assert.Positive(t, doubts[doubt], "%q", doubt)
	}
}

// Degrees of one category that differ in percentage look the same at the first level.
func TestFirstLevelHidesTheDegree(t *testing.T) {
	var seen []status.FirstLevel
	for _, degree := range []status.Degree{status.DegreeOverThird, status.DegreeOverTwoThirds,
		status.DegreeTotal} {
		for percent := 1; percent <= 100; percent++ {
			v := first("A", ic, 20240510, degree, percent)
			if v.Validate() != nil {
				continue
			}
			s, err := status.Current([]status.Verbale{v}, adult, today)
			require.NoError(t, err)
			seen = append(seen, s.FirstLevel(status.PolicySubKinds))
		}
	}
	require.Len(t, seen, 100-33)
	for _, f := range seen {
		assert.Equal(t, seen[0], f)
	}
}

func FuzzCurrent(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		checkProperties(t, data, rand.New(rand.NewPCG(seed, 0)))
	})
}
