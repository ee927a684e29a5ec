package benefit

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
)

// pick has to be the set of what comes first in every pair of members.
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
					require.Equal(t, want, compare(low, high, operator, limit), "%d-%d %s %d", low, high, operator, limit)
				}
			}
		}
	}
}

// Whatever judgement a verbale can have, there is a view for it.
func TestPossibleViewsAreAll(t *testing.T) {
	for i, name := range status.Domains() {
		views := possibleViews()[i]
		assert.LessOrEqual(t, len(views), 64, "as many as domain.open has bits")
		for _, degree := range status.Degrees(name)[1:] {
			for percent := range 101 {
				for _, birth := range []status.Date{19300101, 19800101, 20080102, 20080101, 20250101} {
					v := status.Verbale{
						ID: "A", Domain: name, Kind: status.KindFirst, Decision: 20260101, Effect: 20260101, Definitive: true,
						Outcome: status.Outcome{Degree: degree, Percent: percent},
					}
					if v.Validate() != nil {
						continue
					}
					s, err := status.Current([]status.Verbale{v}, birth, 20260101)
					require.NoError(t, err)
					if !s.In(name).InForce() {
						continue
					}
					w := viewOf(s.In(name), setOf(s.FirstLevel(status.PolicySubKinds).Categories))
					w.any = percent != 0
					assert.True(t, slices.ContainsFunc(views, func(v view) bool { return w.isIn(v) }), "%s %d", degree, percent)
				}
			}
		}
	}
}

// And no view stands for a percentage that no verbale has, or that leads to other categories.
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
					ID: "A", Domain: name, Kind: status.KindFirst, Decision: 20260101, Effect: 20260101, Outcome: d.Outcome,
				}
				require.NoError(t, v.Validate())
				s := status.Status{Birth: 19500101, At: 20260101}
				s = s.With(d)
				assert.Equal(t, w.listed, setOf(s.FirstLevel("").Categories), "%s %d", w.degree, percent)
			}
		}
	}
}

func TestCategoriesHaveOneHome(t *testing.T) {
	var all set
	for _, d := range status.Domains() {
		mine := categoriesOf(d)
		assert.Zero(t, all&mine)
		all |= mine
	}
	assert.Equal(t, all, all)
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
