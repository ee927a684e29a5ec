package answer_test

import (
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

var asked = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

// reports returns a report of each kind.
func reports() map[string]verifier.Report {
	paper := &verifier.Paper{
		IssuerName: "https://qr.example.it",
		IssuedAt:   asked.AddDate(-1, 0, 0),
		ExpiresAt:  asked.AddDate(4, 0, 0),
	}
	left := 3
	return map[string]verifier.Report{
		"zero": {},
		"categories": {
			Authenticity: verifier.Authentic,
			Verdict:      api.Confirmed,
			Paper:        paper,
			Receipt:      "a.b.c",
			Checks:       []verifier.Check{{Name: "key", Result: verifier.Pass, AsOf: asked}},
			Disclosed: &api.Disclosure{
				CheckedAt:  asked,
				Categories: []string{"civil_invalid", "law_104"},
				SubKinds:   []string{"law_104_c3"},
			},
		},
		"benefit": {Authenticity: verifier.Authentic, Verdict: api.Confirmed, Paper: paper,
			Disclosed: &api.Disclosure{CheckedAt: asked, Benefit: benefit.Default().All()[0].ID}},
		"not entitled": {
			Authenticity: verifier.Authentic,
			Verdict:      api.NotConfirmed,
			Code:         api.CodeNotEntitled,
			Paper:        paper,
		},
		"second level": {Authenticity: verifier.Authentic, Code: api.CodeNeedsSecondLevel, Paper: paper},
		"offline":      {Authenticity: verifier.Authentic, Paper: paper},
		"wrong code": {
			Authenticity: verifier.Authentic,
			Code:         api.CodeUnavailable,
			Problem:      &api.Problem{Code: api.WrongCode, AttemptsLeft: &left},
		},
		"no channel": {
			Code:    api.CodeUnavailable,
			Problem: &api.Problem{Code: api.NoChannel, Channels: []string{"list"}},
		},
		"limited": {Code: api.CodeRateLimited, Problem: &api.Problem{Code: api.RateLimited, RetryAfter: 61}},
		"limited for days": {Code: api.CodeRateLimited,
			Problem: &api.Problem{Code: api.RateLimited, Limit: api.LimitDocument, RetryAfter: 315_360}},
		"detail": {
			Authenticity: verifier.Authentic,
			Verdict:      api.Confirmed,
			Disclosed: &api.Disclosure{CheckedAt: asked, Scope: "detail",
				Details: []api.Detail{
					{Domain: "civil_invalidity", State: "valid", Degree: "ic_over_two_thirds", Percent: 74,
						Annotations: map[string]string{"parking_art_381": "yes",
							"deaf_art_6": "not_recorded"}},
					{Domain: "deafness", State: "not_held", NotHeld: "court"},
					{Domain: "law_104", State: "valid", Degree: "law_104_c3", Decision: "2020-01-10",
						Since:  "2019-12-10",
						Number: "IC 417/2020", Body: "INPS, commissione di Roma"},
					{Domain: "school_inclusion", State: "undecided", Doubt: "application_filed"},
					{Domain: "blindness", State: "valid", Decision: "soon"},
					{Domain: "of a later release", State: "valid"},
				}},
		},
	}
}

func TestOf(t *testing.T) {
	all := reports()
	of := func(name string) answer.Answer { return answer.Of(status.English, all[name], benefit.Default()) }
	for name, tone := range map[string]string{
		"zero": "unknown", "categories": "yes", "benefit": "yes", "not entitled": "no",
		"second level": "unknown", "offline": "unknown", "wrong code": "unknown", "no channel": "unknown",
		"limited": "unknown", "detail": "yes",
	} {
		a := of(name)
		assert.Equal(t, tone, a.Tone, name)
		assert.Equal(t, answer.ForReport(status.English, all[name]), a.Words, name)
	}
	a := of("categories")
	require.Len(t, a.Categories, 3)
	assert.NotEmpty(t, a.Categories[0].Plain)
	assert.Equal(t, asked, a.KeysAsOf)
	assert.Equal(t, asked, a.CheckedAt)
	assert.Equal(t, benefit.Default().All()[0].Title.In(status.English), of("benefit").Benefit)
	assert.True(t, of("second level").SecondLevel)
	assert.Equal(t, 3, of("wrong code").AttemptsLeft)
	assert.Equal(t, -1, of("zero").AttemptsLeft)
	assert.Equal(t, 2, of("limited").Minutes)
	assert.Zero(t, of("limited").Hours)
	assert.Zero(t, of("limited for days").Minutes)
	assert.Equal(t, 88, of("limited for days").Hours)
	assert.Contains(t, of("offline").Headline, "NOT A YES")
	d := of("detail").Judgements
	require.Len(t, d, 6)
	assert.Equal(t, 74, d[0].Percent)
	assert.Len(t, d[0].Annotations, 2)
	assert.NotEqual(t, d[0].Annotations[0].Value, d[0].Annotations[1].Value)
	assert.NotEmpty(t, d[1].NotHeld)
	assert.Equal(t, answer.Act{Body: "INPS, commissione di Roma", Number: "IC 417/2020",
		Decision: time.Date(
			2020,
			1,
			10,
			12,
			0,
			0,
			0,
			time.UTC,
		), Since: time.Date(2019, 12, 10, 12, 0, 0, 0, time.UTC)}, d[2].Act)
	assert.NotEmpty(t, d[3].Doubt.Legal)
	assert.Zero(t, d[3].Act)
	assert.Zero(t, d[4].Act, "a date that is none")
	assert.Equal(t, "of a later release", d[5].Domain)
}

func TestTitle(t *testing.T) {
	first := benefit.Default().All()[0]
	assert.Equal(
		t,
		first.Title.In(status.German),
		answer.Title(status.German, benefit.Default(), api.ScopeBenefit+first.ID),
	)
	assert.Equal(t, "other.one", answer.Title(status.German, benefit.Default(), "other.one"))
	assert.Empty(t, answer.Title(status.German, benefit.Default(), ""))
}

// Each report can be shown in each language.
func TestTemplate(t *testing.T) {
	pages := fstest.MapFS{"x.gohtml": {Data: []byte(`{{define "main"}}{{template "report" .Data}}{{end}}`)}}
	site, err := web.New(web.Config{Pages: []fs.FS{pages}})
	require.NoError(t, err)
	for name, r := range reports() {
		for _, lang := range status.Languages() {
			a := answer.Of(lang, r, benefit.Default())
			w := httptest.NewRecorder()
			h := site.Secure(
				http.HandlerFunc(
					func(w http.ResponseWriter, r *http.Request) { site.Render(w, r, http.StatusOK, "x", a) },
				),
			)
			h.ServeHTTP(w, httptest.NewRequest("GET", "/?lang="+string(lang), nil))
			require.Equal(t, http.StatusOK, w.Code, name)
			assert.Contains(t, w.Body.String(), "answer-"+a.Tone, name)
			assert.NotContains(t, w.Body.String(), "%!", name)
			assert.NotContains(t, w.Body.String(), "a.b.c", "a receipt is for its own page")
			if name == "detail" {
				assert.Regexp(t, `(?s)FC7\).*INPS, commissione di Roma.*IC 417/2020.*2020.*2019`,
					w.Body.String())
				assert.Equal(t, 1, strings.Count(w.Body.String(), "FC7"), "one act is told")
				box, _, _ := strings.Cut(w.Body.String(), "panel")
				for _, j := range a.Judgements {
					assert.Contains(t, html.UnescapeString(box), "<li>"+j.Domain, "what is confirmed")
				}
			}
		}
	}
}

func TestScope(t *testing.T) {
	first := benefit.Default().All()[0]
	for scope, want := range map[string]string{
		"detail": "", "domain:law_104": "Handicap (Condizione di disabilità)", "domain:other": "other",
		"benefit:" + first.ID: first.Title.In(status.Italian), "benefit:other.one": "benefit:other.one",
	} {
		assert.Equal(t, want, answer.Scope(status.Italian, benefit.Default(), scope), scope)
	}
}
