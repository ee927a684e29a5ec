package service_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// history returns a record with the acts, and gives each an ID.
func history(birth status.Date, acts ...status.Verbale) status.Record {
	for n := range acts {
		acts[n].ID, acts[n].Definitive = string(rune('a'+n)), true
		if acts[n].Effect == 0 {
			acts[n].Effect = acts[n].Decision
		}
	}
	return status.Record{Birth: birth, Verbali: acts}
}

func judged(domain status.Domain, day status.Date, degree status.Degree) status.Verbale {
	return status.Verbale{Kind: status.KindFirst, Domain: domain, Decision: day,
		Outcome: status.Outcome{Degree: degree}}
}

func event(kind status.Kind, domain status.Domain, day status.Date) status.Verbale {
	return status.Verbale{Kind: kind, Domain: domain, Decision: day}
}

// Verbali that do not decide have their own code at both levels. They are never a no, even if the registry is
// complete.
func TestUndecided(t *testing.T) {
	tie := history(19800101, judged(status.Law104, 20200110, status.DegreeLaw104C3),
		judged(status.Law104, 20200110, status.DegreeNone))
	grown := history(20070101, judged(status.CivilInvalidity, 20200110, status.DegreeMinorDifficulty))
	filed := history(19800101, event(status.KindApplication, status.Law104, 20251110))
	mixed := history(19800101, judged(status.Law68, 20200110, status.DegreeTargetedEmployment),
		event(status.KindApplication, status.Law104, 20251110))
	suspended := history(19800101, judged(status.Law104, 20200110, status.DegreeLaw104C3),
		event(status.KindSuspension, status.Law104, 20251110))
	revoked := history(19800101, judged(status.Law104, 20200110, status.DegreeLaw104C3),
		event(status.KindRevocation, status.Law104, 20240110))
	titles := history(19800101)
	titles.Titles = []status.Title{
		{Kind: status.TitleINAIL, Percent: 40, Held: true, Decision: 20200110, Effect: 20200110},
	}
	for _, tt := range []struct {
		name, scope string
		record      status.Record
		complete    bool
		first       api.Code // empty: confirmed
		second      api.Code
		state       string
		doubt       string
	}{
		{"tie", "detail", tie, false, api.CodeUndecided, api.CodeUndecided, "undecided", "tie"},
		{"tie, one domain", "domain:law_104", tie, false, api.CodeUndecided, api.CodeUndecided,
			"undecided", "tie"},
		{"tie, complete", "detail", tie, true, api.CodeUndecided, api.CodeUndecided, "undecided", "tie"},
		{"tie, another domain", "domain:blindness", tie, false, api.CodeUndecided,
			api.CodeNoStatusHere, "", ""},
		{"tie, another domain, complete", "domain:blindness", tie, true, api.CodeUndecided,
			api.CodeNotEntitled, "", ""},
		{"18", "detail", grown, false, api.CodeUndecided, api.CodeUndecided, "came_of_age", "came_of_age"},
		{"18, complete", "domain:civil_invalidity", grown, true, api.CodeUndecided, api.CodeUndecided,
			"came_of_age", "came_of_age"},
		{"application", "detail", filed, true, api.CodeUndecided, api.CodeUndecided, "undecided",
			"application_filed"},
		{"recognised elsewhere", "detail", mixed, true, api.CodeNeedsSecondLevel, "", "undecided",
			"application_filed"},
		{"suspended is in force", "domain:law_104", suspended, false, "", "", "suspended", ""},
		{"revoked", "domain:law_104", revoked, false, api.CodeNoStatusHere, api.CodeNoStatusHere,
			"revoked", ""},
		{"revoked, complete", "detail", revoked, true, api.CodeNotEntitled, api.CodeNotEntitled,
			"revoked", ""},
		{"titles alone", "detail", titles, false, api.CodeNoStatusHere, api.CodeNoStatusHere, "", ""},
		{"titles alone, complete", "detail", titles, true, api.CodeNoStatusHere,
			api.CodeNoStatusHere, "", ""},
		{"benefit of a tie", "benefit:permits", tie, false, api.CodeUndecided, api.CodeUndecided, "", ""},
		{"benefit of a tie, complete", "benefit:permits", tie, true, api.CodeUndecided,
			api.CodeUndecided, "", ""},
		{"benefit at 18, complete", "benefit:ticket_c01", grown, true, api.CodeUndecided,
			api.CodeUndecided, "", ""},
		{"benefit at 18", "benefit:ticket_c01", grown, false, api.CodeUndecided, api.CodeUndecided, "", ""},
		{"benefit that depends on something else", "benefit:ticket_c01", tie, false, api.CodeUndecided,
			api.CodeNoStatusHere, "", ""},
		{"benefit with titles alone", "benefit:ticket_c01", titles, false, api.CodeNoStatusHere,
			api.CodeNoStatusHere, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.record.Complete = tt.complete
			w := newWorld(t, func(w *world) {
				w.Registry.Static.Records[must(codicefiscale.Parse(person))] = tt.record
			})
			cf, qr := code(t, person), w.paper(t, person)
			check := func(r verifier.Report, want api.Code) {
				t.Helper()
				assert.Equal(t, want, r.Code)
				verdict := want.Outcome()
				if want == "" {
					verdict = api.Confirmed
				}
				assert.Equal(t, verdict, r.Verdict)
				text, err := json.Marshal(r)
				require.NoError(t, err)
				assert.NotContains(t, string(text), "inail")
			}
			asked := verifier.FirstLevelOptions{}
			if id, ok := strings.CutPrefix(tt.scope, api.ScopeBenefit); ok {
				asked.Benefit = id
			}
			check(w.Client.FirstLevel(t.Context(), qr, cf, asked), tt.first)
			challenge, _ := w.Client.RequestSecondLevel(t.Context(), qr, cf, approve(tt.scope))
			require.NotNil(t, challenge)
			r := w.Client.Answer(t.Context(), qr, cf, reply(challenge, w.LastCode()))
			check(r, tt.second)
			require.NotNil(t, r.Disclosed)
			if tt.state == "" {
				assert.Empty(t, r.Disclosed.Details)
				return
			}
			detail := r.Disclosed.Details[0]
			assert.Equal(t, tt.state, detail.State)
			assert.Equal(t, tt.doubt, detail.Doubt)
			if tt.doubt != "" {
				want := api.Detail{Domain: detail.Domain, State: tt.state, Doubt: tt.doubt}
				assert.Equal(t, want, detail, "an act that does not decide is not disclosed")
			}
		})
	}
}

// A desk learns what a person who has just turned 18 may claim (DL 90/2014 art. 25 c. 5 and 6).
func TestAdultRights(t *testing.T) {
	flagged := judged(status.CivilInvalidity, 20200110, status.DegreeMinorDifficulty)
	flagged.NoAdultVisit = true
	for want, record := range map[status.AdultRights]status.Record{
		status.AdultWithoutVisit: history(20071115, flagged),
		status.AdultApplied: history(20071115,
			judged(status.CivilInvalidity, 20200110, status.DegreeMinorDifficulty),
			event(status.KindApplication, status.CivilInvalidity, 20251001)),
	} {
		w := newWorld(t, func(w *world) {
			w.Registry.Static.Records[must(codicefiscale.Parse(person))] = record
		})
		cf, qr := code(t, person), w.paper(t, person)
		challenge, _ := w.Client.RequestSecondLevel(t.Context(), qr, cf, approve("detail"))
		require.NotNil(t, challenge)
		r := w.Client.Answer(t.Context(), qr, cf, reply(challenge, w.LastCode()))
		require.NotNil(t, r.Disclosed)
		assert.Equal(t, string(want), r.Disclosed.Details[0].AdultRights)
	}
}

// No level discloses a title under another law, for any request, with or without a judgement.
func TestTitlesAreToldAtNoLevel(t *testing.T) {
	answers := map[bool][]string{}
	for _, with := range []bool{false, true} {
		for _, policy := range []status.Policy{status.PolicyAny, status.PolicyCategories,
			status.PolicySubKinds} {
			w := newWorld(t, func(w *world) {
				w.Config.Policy = policy
				record := servicetest.Invalid(74, status.DegreeOverTwoThirds)
				if with {
					record.Titles = []status.Title{
						{Kind: status.TitleWar, Grade: 1, Held: true, Decision: 20200110, Effect: 20200110},
					}
				}
				w.Registry.Static.Records[must(codicefiscale.Parse(person))] = record
			})
			answer, text := w.post(t, api.PathFirstLevel,
				body("qr", w.paper(t, person), "codice_fiscale", person))
			answers[with] = append(answers[with], withoutIDs(answer, text))
			cf, qr := code(t, person), w.paper(t, person)
			challenge, _ := w.Client.RequestSecondLevel(t.Context(), qr, cf, approve(api.ScopeDetail))
			require.NotNil(t, challenge)
			r := w.Client.Answer(t.Context(), qr, cf, reply(challenge, w.LastCode()))
			r.Receipt = ""
			told, err := json.Marshal(r)
			require.NoError(t, err)
			answers[with] = append(answers[with], string(told))
		}
	}
	assert.Equal(t, answers[false], answers[true])
	assert.NotContains(t, answers[true], "war")
}
