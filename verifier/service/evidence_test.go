package service_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

type evidence = api.Evidence

// withRecord returns a world with a record of the person.
func withRecord(t *testing.T, record status.Record) *world {
	return newWorld(t, func(w *world) {
		w.Config.Policy = status.PolicySubKinds
		w.Registry.Static.Records[must(codicefiscale.Parse(person))] = record
	})
}

// second asks at the second level, and the person approves.
func (w *world) second(t *testing.T, q verifier.SecondLevelRequest) verifier.Report {
	t.Helper()
	cf, qr := code(t, person), w.paper(t, person)
	challenge, r := w.Client.RequestSecondLevel(t.Context(), qr, cf, q)
	require.NotNil(t, challenge, "%v", r.Problem)
	return w.Client.Answer(t.Context(), qr, cf, verifier.SecondLevelAnswer{Challenge: challenge.ID,
		Code: w.LastCode(), Scope: q.Scope, CaseNumber: q.CaseNumber, Evidence: q.Evidence})
}

// ask asks for the benefit at the level.
func (w *world) ask(t *testing.T, level int, id string, e evidence) verifier.Report {
	t.Helper()
	if level == 1 {
		return w.Client.FirstLevel(t.Context(), w.paper(t, person), code(t, person),
			verifier.FirstLevelOptions{Benefit: id, Evidence: e})
	}
	q := approve(api.ScopeBenefit + id)
	q.Evidence = e
	return w.second(t, q)
}

func complete(r status.Record) status.Record {
	r.Complete = true
	return r
}

// Each of these benefits needs a paper that no registry has. With the paper the answer is a yes. Without it
// the answer is a no, if the law leaves no other way and the registry misses nothing; else it stays open.
func TestEvidence(t *testing.T) {
	invalid := func(percent int) status.Record {
		switch {
		case percent == 100:
			return servicetest.Invalid(percent, status.DegreeTotal)
		case percent >= 67:
			return servicetest.Invalid(percent, status.DegreeOverTwoThirds)
		}
		return servicetest.Invalid(percent, status.DegreeOverThird)
	}
	minor := history(20150505, judged(status.CivilInvalidity, 20200110, status.DegreeMinorWalking))
	severe := history(19800101, judged(status.Law104, 20200110, status.DegreeLaw104C3))
	old := servicetest.Invalid(100, status.DegreeTotal) // its verbale records no annotation
	for _, tt := range []struct {
		name, benefit string
		level         int
		record        status.Record
		open          api.Code
		needs         []string
		yes, no       evidence
		denied        api.Code
	}{
		{"aids", "aids", 1, complete(invalid(50)), api.CodeNeedsEvidence, []string{"aid_prescription"},
			evidence{"aid_prescription": "yes"}, evidence{"aid_prescription": "no"}, api.CodeNotEntitled},
		{"aids, a registry that may miss something", "aids", 1, invalid(50), api.CodeNeedsEvidence,
			[]string{"aid_prescription"}, evidence{"aid_prescription": "yes"},
			evidence{"aid_prescription": "no"}, api.CodeNoStatusHere},
		{"home vote", "home_vote", 1, complete(invalid(50)), api.CodeNeedsEvidence,
			[]string{"home_vote_certificate"}, evidence{"home_vote_certificate": "yes"},
			evidence{"home_vote_certificate": "no"}, api.CodeNotEntitled},
		{"assisted vote", "assisted_vote", 1, complete(invalid(50)), api.CodeNeedsEvidence,
			[]string{"assisted_vote_certificate"}, evidence{"assisted_vote_certificate": "yes"},
			evidence{"assisted_vote_certificate": "no"}, api.CodeNotEntitled},
		{"electricity", "electricity_bonus", 1, invalid(50), api.CodeNeedsEvidence,
			[]string{"medical_device"}, evidence{"medical_device": "yes"}, evidence{"medical_device": "no"},
			api.CodeNoStatusHere},
		{"early pension", "early_pension", 2, complete(invalid(85)), api.CodeNeedsEvidence,
			[]string{"l222_assessment"}, evidence{"l222_assessment": "yes"},
			evidence{"l222_assessment": "no"}, api.CodeNotEntitled},
		{"inability pension", "inability_pension", 2, complete(invalid(100)), api.CodeNeedsEvidence,
			[]string{"income_limit"}, evidence{"income_limit": "yes"}, evidence{"income_limit": "no"},
			api.CodeNotEntitled},
		{"monthly allowance", "monthly_allowance", 2, complete(invalid(80)), api.CodeNeedsEvidence,
			[]string{"income_limit"}, evidence{"income_limit": "yes"}, evidence{"income_limit": "no"},
			api.CodeNotEntitled},
		{"VAT on aids", "aids_vat", 1, complete(invalid(50)), api.CodeNeedsEvidence,
			[]string{"functional_link"}, evidence{"functional_link": "yes"},
			evidence{"functional_link": "no"}, api.CodeNotEntitled},
		{"after us", "after_us", 1, complete(severe), api.CodeNeedsEvidence,
			[]string{"not_age_related", "no_family_support"},
			evidence{"not_age_related": "yes", "no_family_support": "yes"},
			evidence{"not_age_related": "yes", "no_family_support": "no"}, api.CodeNotEntitled},
		{"ticket C04", "ticket_c04", 1, complete(minor), api.CodeNeedsEvidence,
			[]string{"frequency_allowance"}, evidence{"frequency_allowance": "yes"},
			evidence{"frequency_allowance": "no"}, api.CodeNotEntitled},
		{"sickness hours", "sickness_hours", 2, complete(invalid(80)), api.CodeNeedsEvidence,
			[]string{"related_illness", "lifesaving_therapy"}, evidence{"related_illness": "yes"},
			evidence{"related_illness": "no", "lifesaving_therapy": "no"}, api.CodeNotEntitled},
		{"sickness hours by therapy", "sickness_hours", 1, invalid(80), api.CodeNeedsEvidence,
			[]string{"service_1_3", "related_illness", "lifesaving_therapy"},
			evidence{"lifesaving_therapy": "yes"},
			evidence{"lifesaving_therapy": "no", "related_illness": "no"}, api.CodeNoStatusHere},
		{"museums by another paper", "museums", 1, complete(history(19800101,
			judged(status.CivilInvalidity, 20200110, status.DegreeNone))), api.CodeNeedsEvidence,
			[]string{"other_attestation"}, evidence{"other_attestation": "yes"},
			evidence{"other_attestation": "no"}, api.CodeNotEntitled},
		{"parking", "parking_badge", 2, complete(old), api.CodeNeedsAnnotation,
			[]string{"annotation:parking_art_381", "walking_certificate"},
			evidence{"annotation:parking_art_381": "yes"},
			evidence{"annotation:parking_art_381": "no", "walking_certificate": "no"}, api.CodeNotEntitled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := withRecord(t, tt.record)
			r := w.ask(t, tt.level, tt.benefit, nil)
			assert.Equal(t, tt.open, r.Code)
			require.NotNil(t, r.Disclosed)
			assert.Equal(t, tt.needs, r.Disclosed.Needs)
			assert.Equal(t, api.CannotTell, r.Verdict)
			assert.False(t, r.ReceiptClaims.Declared)

			r = w.ask(t, tt.level, tt.benefit, tt.yes)
			assert.Equal(t, api.Confirmed, r.Verdict, r.Code)
			assert.Empty(t, r.Disclosed.Needs)
			assert.True(t, r.ReceiptClaims.Declared)
			for code := range tt.yes {
				assert.NotContains(t, payload(t, r.Receipt), code, "a receipt never names the papers")
			}

			w = withRecord(t, tt.record) // the limit of messages a day
			r = w.ask(t, tt.level, tt.benefit, tt.no)
			assert.Equal(t, tt.denied, r.Code)
			assert.Equal(t, tt.denied.Outcome(), r.Verdict)
			assert.True(t, r.ReceiptClaims.Declared)
		})
	}
}

// A held fact takes precedence over what the desk declares, and the receipt says that the answer does not
// rest on it.
func TestHeldFactsWin(t *testing.T) {
	denied := servicetest.Invalid(100, status.DegreeTotal)
	denied.Complete, denied.Verbali[0].Outcome.Annotations = true, status.NoAnnotations()
	r := withRecord(t, denied).ask(t, 2, "parking_badge",
		evidence{"annotation:parking_art_381": "yes", "walking_certificate": "no"})
	assert.Equal(t, api.CodeNotEntitled, r.Code)

	war := complete(status.Record{Birth: 19800101, Titles: []status.Title{
		{Kind: status.TitleWar, Grade: 1, Held: true, Decision: 20200110, Effect: 20200110},
	}})
	r = withRecord(t, war).ask(t, 2, "isee_severe", evidence{"isee_other_title": "no"})
	assert.Equal(t, api.Confirmed, r.Verdict)
	assert.False(t, r.ReceiptClaims.Declared)
}

// Evidence that is not the row's is the caller's fault at both levels, before anybody gets a message.
func TestEvidenceThatIsNotTheRows(t *testing.T) {
	w := newWorld(t, nil)
	ask := func(path string, members map[string]any) (*http.Response, string) {
		all := map[string]any{"check_id": api.NewCheckID(), "qr": w.paper(t, person),
			"codice_fiscale": person}
		if path == api.PathSecondLevel {
			all["organisation"], all["purpose"] = "MUSEO CIVICO", "museum"
		}
		for name, value := range members {
			all[name] = value
		}
		return w.post(t, path, string(must(json.Marshal(all))), "Authorization", "Bearer good",
			api.HeaderIdempotencyKey, "k")
	}
	for name, e := range map[string]any{
		"another row's":         evidence{"cude_held": "yes"},
		"unknown":               evidence{"a": "yes"},
		"another annotation":    evidence{"annotation:blind_art_6": "yes"},
		"neither yes nor no":    evidence{"aid_prescription": "maybe"},
		"not seen":              evidence{"aid_prescription": ""},
		"null":                  map[string]any{"aid_prescription": nil},
		"an object":             map[string]any{"aid_prescription": evidence{}},
		"a list":                []string{"aid_prescription"},
		"a string":              "aid_prescription=yes",
		"more than one message": evidence{strings.Repeat("a", 600): "yes"},
	} {
		_, text := ask(api.PathFirstLevel, map[string]any{"benefit": "aids", "evidence": e})
		assert.Contains(t, text, `"code":"malformed_request"`, name)
		_, text = ask(api.PathSecondLevel, map[string]any{"scope": "benefit:aids", "evidence": e})
		assert.Contains(t, text, `"code":"malformed_request"`, name)
	}
	good := evidence{"aid_prescription": "yes"}
	_, text := ask(api.PathFirstLevel, map[string]any{"evidence": good})
	assert.Contains(t, text, `"code":"malformed_request"`, "without a benefit")
	for _, scope := range []string{"detail", "domain:blindness"} {
		_, text := ask(api.PathSecondLevel, map[string]any{"scope": scope, "evidence": good})
		assert.Contains(t, text, `"code":"malformed_request"`, scope)
	}
	assert.Empty(t, w.Messages.Messages())

	repeated := bytes.Replace(must(json.Marshal(map[string]any{"check_id": api.NewCheckID(), "qr": "q",
		"codice_fiscale": person, "benefit": "aids", "evidence": good})), []byte(`"aid_prescription":"yes"`),
		[]byte(`"aid_prescription":"yes","aid_prescription":"no"`), 1)
	_, text = w.post(t, api.PathFirstLevel, string(repeated))
	assert.Contains(t, text, `"code":"malformed_request"`, "twice")
}

// What the operator declared is part of what the person approves: it is in the access record, and the same
// idempotency key with other evidence is a conflict.
func TestEvidenceIsApproved(t *testing.T) {
	w := withRecord(t, complete(servicetest.Invalid(85, status.DegreeOverTwoThirds)))
	q := approve(api.ScopeBenefit + "sickness_hours")
	q.Key, q.Evidence = "k", evidence{"related_illness": "yes", "lifesaving_therapy": "no"}
	r := w.second(t, q)
	assert.Equal(t, api.Confirmed, r.Verdict)
	require.Len(t, w.Accesses.Records(), 1)
	assert.Equal(t, "lifesaving_therapy=no;related_illness=yes", w.Accesses.Records()[0].Evidence)

	q.Evidence = evidence{"related_illness": "yes"}
	_, r = w.Client.RequestSecondLevel(t.Context(), w.paper(t, person), code(t, person), q)
	assert.Equal(t, api.IdempotencyConflict, r.Problem.Code)
	assert.Equal(t, api.CodeUsage, r.Code)
}

// At the first level the service answers the same for 67 % as for 74 %, whatever the desk declares: a yes, a
// no or nothing for each code of each benefit.
func TestNoEvidenceTellsAPercentage(t *testing.T) {
	answers, checkID := map[int][]string{}, api.NewCheckID()
	for _, percent := range []int{67, 74} {
		w := newWorld(t, func(w *world) {
			w.Config.Limiter = unlimited{}
			w.Registry.Static.Records[must(codicefiscale.Parse(person))] =
				servicetest.Invalid(percent, status.DegreeOverTwoThirds)
		})
		qr := w.paper(t, person)
		for _, b := range w.Config.Benefits.On(20261101) {
			for _, value := range []string{"", api.EvidenceYes, api.EvidenceNo} {
				e := evidence{}
				for _, code := range b.Accepts() {
					if value != "" {
						e[code] = value
					}
				}
				r, err := w.Service.FirstLevel(t.Context(), service.Caller{}, api.FirstLevelRequest{
					CheckID: checkID, QR: qr, CodiceFiscale: person, Benefit: b.ID, Evidence: e})
				require.NoError(t, err)
				declared := strings.Contains(payload(t, r.Receipt), `"declared":true`)
				r.Receipt = ""
				text, err := json.Marshal(struct {
					api.Result
					Declared bool
				}{r, declared})
				require.NoError(t, err)
				answers[percent] = append(answers[percent], string(text))
			}
		}
	}
	assert.Equal(t, answers[67], answers[74])
}
