package benefit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// pick has to return the set of the first member of every pair.
func TestPickIsWhatThePairsGive(t *testing.T) {
	members := func(v value) (list []value) {
		for bit := no; bit <= yes; bit <<= 1 {
			if v&bit != 0 {
				list = append(list, bit)
			}
		}
		return list
	}
	for _, order := range [][5]value{worst, best} {
		for a := value(1); a < 32; a++ {
			for b := value(1); b < 32; b++ {
				var want value
				for _, x := range members(a) {
					for _, y := range members(b) {
						want |= order[min(slices.Index(order[:], x), slices.Index(order[:], y))]
					}
				}
				require.Equal(t, want, pick(a, b, order), "%05b %05b", a, b)
			}
		}
	}
}

func TestCompare(t *testing.T) {
	is := map[string]func(a, b int) bool{
		"<": func(a, b int) bool { return a < b }, "<=": func(a, b int) bool { return a <= b },
		"=":  func(a, b int) bool { return a == b },
		">=": func(a, b int) bool { return a >= b }, ">": func(a, b int) bool { return a > b },
	}
	for operator, holds := range is {
		for low := range 12 {
			for high := low; high < 12; high++ {
				for limit := range 13 {
					var want value
					for n := low; n <= high; n++ {
						want |= decided(holds(n, limit))
					}
					require.Equal(t, want, compare(low, high, operator, limit), "%d-%d %s %d", low, high,
						operator, limit)
				}
			}
		}
	}
}

// There is a view for every possible judgement of a verbale.
func TestPossibleViewsAreAll(t *testing.T) {
	for i, name := range status.Domains() {
		views := possibleViews()[i]
		assert.LessOrEqual(t, len(views), 64, "as many as domain.open has bits")
		for _, v := range everyVerbale(name) {
			for _, birth := range []status.Date{19300101, 19800101, 20080102, 20080101, 20250101} {
				s, err := status.Current([]status.Verbale{v}, birth, 20260101)
				if v.Decision < birth {
					continue
				}
				require.NoError(t, err)
				if !s.In(name).InForce() {
					continue
				}
				w := viewOf(s.In(name), setOf(s.FirstLevel(status.PolicySubKinds).Categories))
				w.any = v.Outcome.Percent != 0 && !w.grown
				assert.True(t, slices.ContainsFunc(views, w.isIn), "%s %d", v.Outcome.Degree,
					v.Outcome.Percent)
			}
		}
	}
}

// everyVerbale lists every judgement of a domain, with everything else that affects a view.
func everyVerbale(name status.Domain) (list []status.Verbale) {
	for _, degree := range status.Degrees(name)[1:] {
		for percent := range 101 {
			for _, decision := range []status.Date{20260101, 20251218, 20251217} {
				for _, free := range []bool{false, true} {
					v := status.Verbale{
						ID: "A", Domain: name, Kind: status.KindFirst, Decision: decision, Effect: decision,
						Definitive: true, Outcome: status.Outcome{Degree: degree, Percent: percent},
						NoAdultVisit: free,
					}
					if v.Validate() == nil {
						list = append(list, v)
					}
				}
			}
		}
	}
	return list
}

// No view covers a percentage that no verbale has, or one that leads to other categories.
func TestPossibleViewsAreNoMore(t *testing.T) {
	for i, name := range status.Domains() {
		for _, w := range possibleViews()[i] {
			if !w.any {
				continue
			}
			for percent := w.low; percent <= w.high; percent++ {
				one := w
				one.low = percent
				d := one.sample(name)
				v := status.Verbale{
					ID: "A", Domain: name, Kind: status.KindFirst, Decision: 20260101, Effect: 20260101,
					Outcome: d.Outcome,
				}
				require.NoError(t, v.Validate())
				s := status.Status{Birth: 19500101, At: 20260101}
				if w.listed.has(categoryIndex(status.CategoryMinor)) {
					s.Birth = 20200101
				}
				s = s.With(d)
				assert.Equal(t, w.listed, setOf(s.FirstLevel("").Categories), "%s %d", w.degree, percent)
			}
		}
	}
}

func TestCategoriesHaveOneHome(t *testing.T) {
	var all subset
	for _, d := range status.Domains() {
		mine := categoriesOf(d)
		assert.Zero(t, all&mine)
		all |= mine
	}
	assert.Equal(t, allCategories, all)
	assert.Equal(t, allDomains, subset(1<<len(status.Domains())-1))
	for _, k := range status.SubKinds() {
		for _, d := range status.Domains() {
			for _, degree := range status.Degrees(d) {
				if degree.Facts().SubKind == k {
					assert.Equal(t, d, homeOf(kinOf(k)))
				}
			}
		}
	}
}

// The files of the catalogue have no faults.
func TestBuiltIn(t *testing.T) {
	c, name, err := readBuiltIn()
	require.NoError(t, err, "%s", name)
	assert.Equal(t, Default(), c)
	for _, b := range c.All() {
		assert.Same(t, c.rows[0].terms, b.terms)
	}
}
