package benefit_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A casePerson is one of the persons of persons.json, with the right answers under the law.
type casePerson struct {
	ID, Title, Law string
	Today, Birth   status.Date
	Died           status.Date
	Complete       bool
	Verbali        []status.Verbale
	Expect         struct {
		Error string
		L1    *struct {
			Answer     []status.Answer
			Categories []status.Category
		}
		L2 map[status.Domain]struct {
			State   status.State
			Degree  status.Degree
			Percent int
		}
		Benefits map[string]struct {
			Want []benefit.Outcome
			Seen benefit.Evidence
		}
	}
}

func readPersons(t *testing.T) []casePerson {
	folder := os.Getenv("ATTESTA_CASES")
	if folder == "" {
		t.Skip("ATTESTA_CASES is not set")
	}
	data, err := os.ReadFile(filepath.Join(folder, "persons.json"))
	require.NoError(t, err)
	var file struct{ Persons []casePerson }
	require.NoError(t, json.Unmarshal(data, &file))
	require.GreaterOrEqual(t, len(file.Persons), 94)
	return file.Persons
}

// record returns the record of the person in a registry.
func (p casePerson) record() status.Record {
	record := status.Record{Birth: p.Birth, Verbali: p.Verbali, Complete: p.Complete}
	if p.ID == "P038" {
		// The application that the case mentions, filed in the six months before the birthday.
		record.Verbali = append(record.Verbali, status.Verbale{
			ID: "A2", Domain: status.CivilInvalidity, Kind: status.KindApplication, Decision: 20260801,
			Effect: 20260801,
		})
	}
	return record
}

// seen returns what the desk has seen for the benefit.
func (p casePerson) seen(id string) benefit.Evidence {
	seen := benefit.Evidence{}
	for code, answer := range p.Expect.Benefits[id].Seen {
		seen[code] = answer
	}
	// A "no" requires that the desk has said no to each title that the law names. P116, with the
	// evidence of P003 and P004, is an invalid for service, to whom nothing may be denied.
	switch {
	case id == "targeted_employment" && (p.ID == "P003" || p.ID == "P004"):
		seen["l222_allowance"], seen["war_service_1_8"] = status.No, status.No
	case id == "aids" && p.ID == "P001": // DPCM 12 Jan 2017 art. 18: of war, for service, not yet recognised
		seen["war_service_1_8"], seen["aid_awaiting_recognition"] = status.No, status.No
	}
	return seen
}

// Every person gets the answers of the law at both levels, for every benefit.
func TestPersons(t *testing.T) {
	code, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	for _, p := range readPersons(t) {
		t.Run(p.ID, func(t *testing.T) {
			source := status.Static{Records: map[codicefiscale.Code]status.Record{code: p.record()}}
			if p.Died != 0 {
				source.Records = nil // a source knows nobody who is dead
			}
			s, err := status.Lookup(t.Context(), source, code, p.Today)
			if p.Expect.Error != "" {
				want := map[string]error{"no_status": status.ErrNoStatus,
					"class_not_held": status.ErrClassNotHeld}[p.Expect.Error]
				assert.True(t, err != nil && errors.Is(err, want), "%s: %v", p.Title, err)
				return
			}
			require.NoError(t, err, p.Title)
			p.checkFirstLevel(t, s)
			p.checkSecondLevel(t, s)
			for id, want := range p.Expect.Benefits {
				b, ok := benefit.Default().Lookup(id, p.Today)
				require.True(t, ok, id)
				d := b.SecondLevel(s, p.seen(id))
				assert.Contains(t, want.Want, d.Outcome, "%s: %s (%s)", id, p.Title, p.Law)
				checkLevels(t, b, s, p.seen(id))
			}
			for _, b := range benefit.Default().On(p.Today) {
				checkLevels(t, b, s, nil)
			}
		})
	}
}

func (p casePerson) checkFirstLevel(t *testing.T, s status.Status) {
	want := p.Expect.L1
	if want == nil {
		return
	}
	got := s.FirstLevel(status.PolicyCategories)
	assert.Contains(t, want.Answer, got.Answer, "%s (%s)", p.Title, p.Law)
	categories := want.Categories
	if p.ID == "P090" {
		// A suspension stops only the payment (INPS message 1835/2021): the judgement is in
		// force.
		categories = append(categories, status.CategoryCivilInvalid)
	}
	if categories != nil {
		assert.ElementsMatch(t, categories, got.Categories, "%s (%s)", p.Title, p.Law)
	}
}

func (p casePerson) checkSecondLevel(t *testing.T, s status.Status) {
	for domain, want := range p.Expect.L2 {
		details := s.SecondLevel(domain)
		require.Len(t, details, 1, "%s: %s", domain, p.Title)
		if want.State != "" {
			assert.Equal(t, want.State, details[0].State, p.Title)
		}
		if want.Percent != 0 {
			assert.Equal(t, want.Percent, details[0].Percent, p.Title)
		}
		if want.Degree != "" {
			assert.Equal(t, want.Degree, details[0].Degree, p.Title)
		}
	}
}
