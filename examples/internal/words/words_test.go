package words

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// codes returns the names of both closed sets, each once.
func codes() map[string]bool {
	all := map[string]bool{}
	for _, c := range verifier.Codes() {
		all[string(c)] = true
	}
	for _, c := range api.ProblemCodes() {
		all[string(c)] = true
	}
	return all
}

// labels returns all labels.
func labels() []Label {
	return []Label{
		LabelIssuer, LabelIssued, LabelValidUntil, LabelCodiceFiscale, LabelThisPerson, LabelAnotherPerson,
		LabelEarlierCode, LabelOnlyIssuerTells, LabelNotGiven, LabelNotCompared, LabelCategories,
		LabelBenefit, LabelDetails, LabelDoubt, LabelAct, LabelActBody, LabelActNumber, LabelActDecision,
		LabelActSince, LabelReceipt, LabelReason, LabelLogInAt, LabelSentTo, LabelPrintedList,
		LabelComparisonNumber, LabelShownAs, LabelTimeLeft, LabelAttemptsLeft, LabelWait, LabelOtherWays,
		LabelTypeCode, LabelSentAgain, LabelStopped, LabelFiles,
		LabelPerSecond, LabelCheckedBefore, LabelInterrupted,
	}
}

// Every code has its own words in every language, and there are no others.
func TestEveryCodeHasItsOwnWords(t *testing.T) {
	for _, lang := range status.Languages() {
		t.Run(string(lang), func(t *testing.T) {
			text, err := files.ReadFile("data/" + string(lang) + ".json")
			require.NoError(t, err)
			b, err := parse(text)
			require.NoError(t, err)
			for code := range codes() {
				assert.Contains(t, b.Code, code)
			}
			for code := range b.Code {
				assert.True(t, codes()[code], "%s is no code", code)
			}
			for _, v := range []verifier.Verdict{verifier.Confirmed, verifier.NotConfirmed,
				verifier.CannotTell} {
				assert.Contains(t, b.Verdict, v.String())
			}
			for _, a := range []verifier.Authenticity{verifier.Authentic, verifier.NotAuthentic,
				verifier.AuthenticityUnknown} {
				assert.Contains(t, b.Authenticity, a.String())
			}
			assert.Len(t, b.Verdict, 3)
			assert.Len(t, b.Authenticity, 3)

			for _, l := range labels() {
				assert.NotEmpty(t, b.Label[l], l)
				assert.Equal(t, 1, bytes.Count(text, []byte("\n\""+l+"\": \"")), "%s stands twice", l)
			}
			assert.Len(t, b.Label, len(labels()))

			said := map[string]string{}
			each(b, func(name string, w Words) {
				for _, s := range []string{w.Headline, w.Sentence} {
					assert.Empty(t, said[s], "%s and %s say the same", name, said[s])
					said[s] = name
				}
			})
			assert.Equal(t, len(codes())+7, bytes.Count(text, []byte(`"headline"`)),
				"a code that stands twice")
		})
	}
}

func each(b book, f func(name string, w Words)) {
	for name, w := range b.Code {
		f(name, w)
	}
	for name, w := range b.Verdict {
		f("verdict "+name, w)
	}
	for name, w := range b.Authenticity {
		f("authenticity "+name, w)
	}
	f("status not checked", b.StatusNotChecked)
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
					if lang == status.French {
						assert.NotRegexp(t, ` [:;!?]`, s, "a line break before the mark")
					}
				}
			})
		})
	}
}

// A text that could be taken for a no says that it is none, except when the registry's answer
// is one.
func TestNothingAboutThePerson(t *testing.T) {
	nothing := map[status.Language]string{
		status.Italian: "Questo non dice nulla sulla persona.",
		status.English: "This says nothing about the person.",
		status.German:  "Das sagt nichts über die Person.", status.French: "Cela ne dit rien de la personne.",
		status.Slovene: "To ne pove ničesar o osebi.",
	}
	noNo := map[status.Language]string{
		status.Italian: "Questo non è un no", status.English: "This is not a no",
		status.German: "Das ist kein Nein",
		status.French: "Ce n’est pas un non", status.Slovene: "To ni »ne«",
	}
	// These are about what was typed; there is no answer yet.
	aboutTheDesk := []string{"malformed_case_number", "organisation_refused", "malformed_code"}
	for _, lang := range status.Languages() {
		for code, w := range in(lang).Code {
			switch verifier.Code(code) {
			case verifier.NotEntitled:
				assert.NotContains(t, w.Sentence, nothing[lang])
			case verifier.NoStatusHere, verifier.ClassNotHeld, verifier.Undecided, verifier.NeedsSecondLevel:
				assert.Contains(t, w.Sentence, noNo[lang], code)
			default:
				if !slices.Contains(aboutTheDesk, code) {
					assert.True(t, strings.HasSuffix(w.Sentence, nothing[lang]), "%s %s", lang, code)
				}
			}
		}
	}
}

// The headline alone does not make a paper that was checked offline look like a yes.
func TestStatusNotCheckedIsNoYes(t *testing.T) {
	for lang, no := range map[status.Language]string{
		status.Italian: "NON È UN SÌ", status.English: "NOT A YES", status.German: "KEIN JA",
		status.French: "CE N’EST PAS UN OUI", status.Slovene: "TO NI »DA«",
	} {
		w := StatusNotChecked(lang)
		assert.True(t, strings.HasPrefix(w.Headline, no+":") || strings.HasPrefix(w.Headline, no+"\u00a0:"),
			w.Headline)
		assert.NotContains(t, w.Headline, ForVerdict(lang, verifier.Confirmed).Headline)
		assert.NotEqual(t, w, ForAuthenticity(lang, verifier.Authentic))
	}
}

func TestForReport(t *testing.T) {
	problem := api.NewProblem(api.NoChannel)
	tests := []struct {
		report verifier.Report
		want   Words
	}{
		{verifier.Report{}, ForVerdict(status.German, verifier.CannotTell)},
		{verifier.Report{Authenticity: verifier.Authentic}, StatusNotChecked(status.German)},
		{verifier.Report{Authenticity: verifier.Authentic, Verdict: verifier.Confirmed},
			ForVerdict(status.German, verifier.Confirmed)},
		{verifier.Report{Verdict: verifier.NotConfirmed, Code: verifier.Void},
			For(status.German, verifier.Void)},
		{verifier.Report{Code: verifier.NeedsSecondLevel, Problem: &problem},
			ForProblem(status.German, api.NoChannel)},
	}
	for _, test := range tests {
		assert.Equal(t, test.want, ForReport(status.German, test.report))
		assert.NotEmpty(t, test.want.Headline)
	}
}

func TestUnknown(t *testing.T) {
	assert.Equal(t, "Receipt", Say("la", LabelReceipt))
	assert.Equal(t, "invented", Say(status.Italian, "invented"))
	cannot := ForVerdict(status.English, verifier.CannotTell)
	assert.Equal(t, cannot, For(status.English, "invented"))
	assert.Equal(t, cannot, ForProblem("la", "invented"))
	assert.Equal(t, cannot, ForVerdict(status.English, 7))
	assert.Equal(t, ForAuthenticity(status.English, verifier.AuthenticityUnknown),
		ForAuthenticity(status.English, 7))
}

func TestFromLocale(t *testing.T) {
	for text, want := range map[string]status.Language{
		"it_IT.UTF-8": "it", "it": "it", "sl_SI": "sl", "de-AT": "de", "FR": "fr", "en_GB.UTF-8": "en",
		"C": "en", "C.UTF-8": "en", "POSIX": "en", "es_ES": "en", "": "en", "italiano": "en",
		"it.UTF-8": "it",
	} {
		assert.Equal(t, want, FromLocale(text), text)
	}
	assert.Equal(t, status.Slovene, FromLocale("", "", "sl_SI.UTF-8", "it_IT"))
	assert.Equal(t, status.English, FromLocale("C", "it_IT"), "the first one that is set decides")
}

func TestParse(t *testing.T) {
	for _, text := range []string{"", "[]", `{"codes":{}}`, `{"code":{"expired":{"title":"x"}}}`,
		`{"code":`} {
		_, err := parse([]byte(text))
		assert.Error(t, err, text)
	}
}
