package demo_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const day status.Date = 20261001

func TestPersonas(t *testing.T) {
	people := demo.Personas()
	ids, codes := map[string]demo.Persona{}, map[codicefiscale.Code]bool{}
	for _, p := range people {
		assert.NotContains(t, ids, p.ID)
		assert.False(t, codes[p.CF], p.ID)
		ids[p.ID], codes[p.CF] = p, true
	}
	for _, p := range people {
		t.Run(p.ID, func(t *testing.T) {
			for _, v := range p.Verbali {
				require.NoError(t, v.Validate())
			}
			for _, language := range status.Languages() {
				assert.NotEmpty(t, p.About[string(language)], language)
			}
			assert.Contains(t, status.Languages(), status.Language(p.Lang))
			if p.Registered() {
				_, err := otp.ParsePhone(p.Phone)
				assert.NoError(t, err)
				assert.NotEmpty(t, p.Email)
			}
			birth, ok := p.CF.Birth()
			require.True(t, ok)
			assert.True(t, slices.ContainsFunc(birth.Candidates(time.Now()),
				func(d time.Time) bool { return status.DateOf(d) == p.Birth }))
			place, _ := p.CF.Place()
			assert.True(t, place == "M999" || p.ID == "mario", "a place that exists")
			for _, ward := range p.Wards {
				assert.NotEmpty(t, ids[ward].Verbali, ward)
			}
		})
	}
}

// Every case that the pages promise exists.
func TestEveryCaseIsThere(t *testing.T) {
	source := status.Static{Records: map[codicefiscale.Code]status.Record{}}
	people := map[string]demo.Persona{}
	for _, p := range demo.Personas() {
		people[p.ID] = p
		if len(p.Verbali) > 0 {
			source.Records[p.CF] = status.Record{Birth: p.Birth, Verbali: p.Verbali}
		}
	}
	look := func(id string) (status.Status, error) {
		return status.Lookup(context.Background(), source, people[id].CF, day)
	}
	for category, id := range map[status.Category]string{
		status.CategoryCivilInvalid: "mario", status.CategoryMinor: "giulia",
		status.CategoryAttendance: "anna", status.CategoryBlind: "carlo", status.CategoryDeaf: "klara",
		status.CategoryLaw104: "jana",
	} {
		s, err := look(id)
		require.NoError(t, err, id)
		assert.Contains(t, s.FirstLevel("").Categories, category, id)
	}
	for id, want := range map[string]error{"rosa": status.ErrClassNotHeld, "emma": status.ErrNoStatus,
		"luca": status.ErrNoStatus} {
		_, err := look(id)
		assert.ErrorIs(t, err, want, id)
	}
	for id, want := range map[string]status.State{"helene": status.StateRevisionPending,
		"silvia": status.StateSuspended, "paolo": status.StateValid} {
		s, err := look(id)
		require.NoError(t, err, id)
		assert.Equal(t, want, s.In(status.CivilInvalidity).State, id)
	}
	s, err := look("marco")
	require.NoError(t, err)
	assert.Equal(t, status.ReasonNeedsSecondLevel, s.FirstLevel("").Reason)
	assert.True(t, people["giulia"].Minor(day))
	assert.True(t, people["paolo"].Void)
	assert.Equal(t, []string{"Museo Civico", ""}, []string{people["giorgio"].Organisation,
		people["laura"].Organisation})
}
