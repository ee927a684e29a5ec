package answer

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// codes returns the codes and the problem codes, each name once.
func codes() map[string]bool {
	all := map[string]bool{}
	for _, c := range api.Codes() {
		all[string(c)] = true
	}
	for _, c := range api.ProblemCodes() {
		all[string(c)] = true
	}
	return all
}

// Each language has words for every code and for nothing else.
func TestEveryCodeHasItsOwnWords(t *testing.T) {
	for _, lang := range status.Languages() {
		t.Run(string(lang), func(t *testing.T) {
			b := in(lang)
			for code := range codes() {
				assert.Contains(t, b.Code, code)
			}
			for code := range b.Code {
				assert.True(t, codes()[code], "%s is no code", code)
			}
			for _, v := range []api.Outcome{api.Confirmed, api.NotConfirmed, api.CannotTell} {
				assert.Contains(t, b.Verdict, v.String())
			}
			for _, a := range []verifier.Authenticity{
				verifier.Authentic, verifier.NotAuthentic, verifier.AuthenticityUnknown,
			} {
				assert.Contains(t, b.Authenticity, a.String())
			}
			for _, l := range []api.Limit{api.LimitDocument, api.LimitCaller} {
				assert.Contains(t, b.Limit, string(l))
			}
			for _, kind := range []string{"card", "document", "test"} {
				assert.Equal(t, b.INPS[kind], ForINPS(lang, kind))
			}
			assert.Len(t, b.INPS, 3)
			assert.Len(t, b.Limit, 2)
			assert.Len(t, b.Verdict, 3)
			assert.Len(t, b.Authenticity, 3)

			said := map[string]string{}
			each(b, func(name string, w Words) {
				for _, s := range []string{w.Headline, w.Sentence} {
					assert.Empty(t, said[s], "%s and %s say the same", name, said[s])
					said[s] = name
				}
			})
		})
	}
}

func each(b book, f func(name string, w Words)) {
	for name, w := range b.Code {
		f(name, w)
	}
	for name, w := range b.Limit {
		f("limit "+name, w)
	}
	for name, w := range b.Card {
		f("card "+name, w)
	}
	for name, w := range b.Verdict {
		f("verdict "+name, w)
	}
	for name, w := range b.Authenticity {
		f("authenticity "+name, w)
	}
	for kind, w := range b.INPS {
		f("inps "+kind, w)
	}
	f("status not checked", b.StatusNotChecked)
	f("foreign", b.Foreign)
}

func TestForm(t *testing.T) {
	for _, lang := range status.Languages() {
		each(in(lang), func(name string, w Words) {
			t.Run(string(lang)+" "+name, func(t *testing.T) {
				assert.LessOrEqual(t, utf8.RuneCountInString(w.Headline), 45, "big on a phone")
				assert.LessOrEqual(t, utf8.RuneCountInString(w.Sentence), 240)
				assert.LessOrEqual(t, utf8.RuneCountInString(w.Next), 200)
				assert.False(t, strings.HasSuffix(w.Headline, "."))
				for _, s := range []string{w.Sentence, w.Next} {
					assert.True(t, strings.HasSuffix(s, "."), s)
				}
				for _, s := range []string{w.Headline, w.Sentence, w.Next} {
					assert.Equal(t, strings.TrimSpace(s), s)
					assert.NotContains(t, s, "  ")
					assert.NotContains(t, s, "'", "a typewriter's apostrophe")
					assert.NotContains(t, s, "<")
				}
			})
		})
	}
}

// The words of a code that could be mistaken for a no say that it is not one. Only a no by the registry does
// not.
func TestNothingAboutThePerson(t *testing.T) {
	nothing := map[status.Language]string{
		status.Italian: "Questo non dice nulla sulla persona.",
		status.English: "This says nothing about the person.",
		status.German:  "Das sagt nichts über die Person.",
		status.French:  "Cela ne dit rien de la personne.",
		status.Slovene: "To ne pove ničesar o osebi.",
	}
	noNo := map[status.Language]string{
		status.Italian: "Questo non è un no",
		status.English: "This is not a no",
		status.German:  "Das ist kein Nein",
		status.French:  "Ce n’est pas un non",
		status.Slovene: "To ni »ne«",
	}
	aboutTheDesk := []string{
		"malformed_case_number",
		"organisation_refused",
		"malformed_code",
	} // what was typed, no answer yet
	for _, lang := range status.Languages() {
		for limit, w := range in(lang).Limit {
			assert.True(t, strings.HasSuffix(w.Sentence, nothing[lang]), "%s %s", lang, limit)
		}
		for kind, w := range in(lang).INPS {
			assert.True(t, strings.HasSuffix(w.Sentence, nothing[lang]), "%s %s", lang, kind)
		}
		check := func(code string, w Words) {
			switch api.Code(code) {
			case api.CodeNotEntitled, "confirmed":
				assert.NotContains(t, w.Sentence, nothing[lang])
			case api.CodeNoStatusHere, api.CodeClassNotHeld, api.CodeUndecided, api.CodeNeedsSecondLevel,
				api.CodeNeedsEvidence, api.CodeNeedsAnnotation:
				assert.Contains(t, w.Sentence, noNo[lang], code)
			default:
				if !slices.Contains(aboutTheDesk, code) {
					assert.True(t, strings.HasSuffix(w.Sentence, nothing[lang]), "%s %s", lang, code)
				}
			}
		}
		for _, words := range []map[string]Words{in(lang).Code, in(lang).Card} {
			for code, w := range words {
				check(code, w)
			}
		}
	}
}

// The headline alone makes clear that a paper checked offline is not a yes.
func TestStatusNotCheckedIsNoYes(t *testing.T) {
	for lang, no := range map[status.Language]string{
		status.Italian: "NON È UN SÌ", status.English: "NOT A YES", status.German: "KEIN JA",
		status.French: "CE N’EST PAS UN OUI", status.Slovene: "TO NI »DA«",
	} {
		w := StatusNotChecked(lang)
		assert.True(
			t,
			strings.HasPrefix(w.Headline, no+":") || strings.HasPrefix(w.Headline, no+"\u00a0:"),
			w.Headline,
		)
		assert.NotContains(t, w.Headline, ForVerdict(lang, api.Confirmed).Headline)
		assert.NotEqual(t, w, ForAuthenticity(lang, verifier.Authentic))
	}
}

func TestForReport(t *testing.T) {
	problem := api.NewProblem(api.NoChannel)
	tests := []struct {
		report verifier.Report
		want   Words
	}{
		{verifier.Report{}, ForVerdict(status.German, api.CannotTell)},
		{verifier.Report{Authenticity: verifier.Authentic}, StatusNotChecked(status.German)},
		{
			verifier.Report{Authenticity: verifier.Authentic, Verdict: api.Confirmed},
			ForVerdict(status.German, api.Confirmed),
		},
		{verifier.Report{Verdict: api.NotConfirmed, Code: api.CodeVoid}, For(status.German, api.CodeVoid)},
		{
			verifier.Report{Code: api.CodeNeedsSecondLevel, Problem: &problem},
			ForProblem(status.German, api.NoChannel),
		},
		{
			verifier.Report{Problem: &api.Problem{Code: api.RateLimited, Limit: api.LimitCaller}},
			ForLimit(status.German, api.LimitCaller),
		},
		{
			verifier.Report{Problem: &api.Problem{Code: api.RateLimited, Limit: "a later one"}},
			ForProblem(status.German, api.RateLimited),
		},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, ForReport(status.German, test.report))
		assert.NotEmpty(t, test.want.Headline)
	}
}

func TestUnknown(t *testing.T) {
	cannot := ForVerdict(status.English, api.CannotTell)
	assert.Equal(t, cannot, For(status.English, "invented"))
	assert.Equal(t, cannot, ForProblem("la", "invented"))
	assert.Equal(t, cannot, ForVerdict(status.English, 7))
	assert.Equal(t, For(status.English, api.CodeNotOurs), ForINPS(status.English, "invented"))
	assert.Equal(
		t,
		ForAuthenticity(status.English, verifier.AuthenticityUnknown),
		ForAuthenticity(status.English, 7),
	)
}

// The words of a paper of another issuer name both issuers.
func TestForeign(t *testing.T) {
	f := &verifier.Foreign{Named: "https://qr-ente-example.it", Trusted: []string{"Ente di prova"}}
	for _, lang := range status.Languages() {
		w := ForReport(lang, verifier.Report{Code: api.CodeUnknownKey, Foreign: f})
		assert.NotEqual(t, For(lang, api.CodeUnknownKey), w)
		assert.Contains(t, w.Sentence, "Ente di prova")
		assert.Contains(t, w.Sentence, " qr-ente-example.it")
		assert.NotContains(t, w.Headline+w.Sentence+w.Next, "{")
		f := &verifier.Foreign{Named: "https://a.it", Trusted: []string{"b", "c", "d", "e"}}
		assert.Contains(t, ForReport(lang, verifier.Report{Foreign: f}).Sentence, "b, c, d…")
	}
}
