package citizen

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
)

// TestGrowing covers what is due before the 18th birthday, by judgement and application.
func TestGrowing(t *testing.T) {
	minor := func(degree status.Degree) status.Verbale {
		return status.Verbale{ID: "1", Kind: status.KindFirst, Domain: status.CivilInvalidity,
			Decision: 20230208, Effect: 20230208, Definitive: true, Outcome: status.Outcome{Degree: degree}}
	}
	applied := func(day status.Date) status.Verbale {
		return status.Verbale{ID: "2", Kind: status.KindApplication, Domain: status.CivilInvalidity,
			Decision: day, Effect: day}
	}
	free := minor(status.DegreeMinorDifficulty)
	free.NoAdultVisit = true
	law104 := minor(status.DegreeLaw104C3)
	law104.Domain = status.Law104
	plain := minor(status.DegreeMinorDifficulty)
	for _, test := range []struct {
		name         string
		birth, today status.Date
		verbali      []status.Verbale
		text, until  string
	}{
		{"too early", 20160512, 20331111, []status.Verbale{plain}, "", ""},
		{"17½", 20160512, 20331112, []status.Verbale{plain}, "area.grown_apply", "2034-05-11"},
		{"the last day", 20160512, 20340511, []status.Verbale{plain}, "area.grown_apply", "2034-05-11"},
		{"18", 20160512, 20340512, []status.Verbale{plain}, "", ""},
		{"applied in time", 20160512, 20331201, []status.Verbale{plain, applied(20331120)},
			"area.grown_applied", "2034-05-11"},
		{"applied too early", 20160512, 20331201, []status.Verbale{plain, applied(20331111)},
			"area.grown_apply", "2034-05-11"},
		{"attendance", 20160512, 20331201, []status.Verbale{minor(status.DegreeMinorDailyActs)},
			"area.grown_free", "2034-05-11"},
		{"no further visit", 20160512, 20331201, []status.Verbale{free}, "area.grown_free", "2034-05-11"},
		{"not recognised", 20160512, 20331201, []status.Verbale{minor(status.DegreeNone)}, "", ""},
		{"a judgement that has no age", 20160512, 20331201, []status.Verbale{law104}, "", ""},
		{"born on a leap day", 20160229, 20331201, []status.Verbale{plain}, "area.grown_apply", "2034-02-27"},
		{"18 in a leap year", 20060229, 20231201, nil, "", ""}, // no such birth date
		{"nothing held", 20160512, 20331201, nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := growing(registry.Person{Birth: test.birth, Verbali: test.verbali}, test.today)
			require.NoError(t, err)
			assert.Equal(t, test.text, got.Text)
			if test.until == "" {
				assert.Zero(t, got)
				return
			}
			assert.Equal(t, test.until, status.DateOf(got.Until).String())
			assert.Equal(t, got.Until.AddDate(0, 0, 1), got.Birthday)
		})
	}
}
