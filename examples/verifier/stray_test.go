package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

func TestFindStrays(t *testing.T) {
	ours := newBody(t, issuerName)
	digits, jws := ours.text(t, time.Now(), false), ours.jws(t)
	for _, text := range []string{digits, jws} {
		for around, want := range map[[2]string][]scan.Stray{
			{"", ""}:        nil,
			{" ", "\r\n"}:   nil,
			{"", "."}:       {scan.StrayDot},
			{"", "...\n"}:   {scan.StrayDot},
			{`"`, `"`}:      {scan.StrayQuotes},
			{"“", "”"}:      {scan.StrayQuotes},
			{"„", "“"}:      {scan.StrayQuotes},
			{"« ", " »"}:    {scan.StrayQuotes},
			{"'", ""}:       {scan.StrayQuotes},
			{"<", ">"}:      {scan.StrayBrackets},
			{"", ">"}:       {scan.StrayBrackets},
			{`"<`, `>".`}:   {scan.StrayDot, scan.StrayQuotes, scan.StrayBrackets},
			{"<", ">."}:     {scan.StrayDot, scan.StrayBrackets},
			{".", ""}:       nil,
			{"(", ")"}:      nil,
			{"", "x."}:      nil,
			{"<a>", "</a>"}: nil,
		} {
			if around[0] == "." && text == digits { // before the "#" everything is dropped
				continue
			}
			if (around[0] == "<a>" || around[0] == "'") && text == digits {
				continue
			}
			assert.Equal(t, want, scan.Strays(around[0]+text+around[1]), "%q", around)
		}
	}
	assert.Nil(t, scan.Strays("https://shop.example.it/#12345."))
	assert.Nil(t, scan.Strays(""))
	assert.Nil(t, scan.Strays(`"."`))
}

// What stands around a text is named in words, in the language asked for; nothing is guessed from the rest.
func TestStraysAreNamed(t *testing.T) {
	ours := newBody(t, issuerName)
	text := ours.text(t, time.Now(), false)
	words := map[status.Language][3]string{
		"it": {"un punto", "virgolette", "parentesi angolari"},
		"en": {"a dot", "quotation marks", "angle brackets"},
		"de": {"einem Punkt", "Anführungszeichen", "spitze Klammern"},
		"fr": {"un point", "guillemets", "chevrons"},
		"sl": {"s piko", "narekovajih", "lomljenih oklepajih"},
	}
	for _, lang := range status.Languages() {
		for n, pasted := range []string{text + ".", `"` + text + `"`, "<" + text + ">"} {
			for _, command := range [][]string{{"check", "-offline", "-jwks", ours.jwks}, {"show"}} {
				code, out, errs := run(t, []byte(pasted), append(command, "-lang", string(lang), "-")...)
				assert.Equal(t, cannotTell, code, errs)
				assert.Contains(t, out+errs, words[lang][n], "%s: %s", command[0], lang)
			}
		}
	}
	code, out, _ := run(t, []byte("<"+ours.jws(t)+">."), "check", "-offline", "-json", "-jwks", ours.jwks,
		"-")
	assert.Equal(t, cannotTell, code)
	assert.Contains(t, out, `"around":["final_dot","angle_brackets"]`)
	code, out, _ = run(t, []byte(ours.jws(t)+"."), "check", "-offline", "-jwks", ours.jwks, "-lang", "en",
		"-")
	assert.Equal(t, 1, code, "a token with a dot is a damaged one")
	assert.Contains(t, out, "a dot")
	code, out, _ = run(t, []byte(text), "check", "-offline", "-jwks", ours.jwks, "-")
	assert.Equal(t, cli.OK, code)
	assert.NotContains(t, out, "dot")
}

// A QR of INPS is named in words, with INPS's page. JSON has its kind, but not the address: it stands for a
// person, and JSON lines are kept.
func TestINPS(t *testing.T) {
	ours := newBody(t, issuerName)
	for kind, text := range map[string]string{"card": "https://www.inps.it/sdc/DCFC33B056C5",
		"document": "https://www.inps.it/", "test": "https://www.wmo.inps.it/sdc/DCFC33B056C5"} {
		for _, lang := range status.Languages() {
			check := []string{"check", "-offline", "-jwks", ours.jwks, "-lang", string(lang)}
			code, out, errs := run(t, []byte(text), append(check, "-")...)
			assert.Equal(t, cannotTell, code, errs)
			w := answer.ForINPS(lang, kind)
			assert.Contains(t, out, ": "+w.Headline+" [not_ours]\n"+w.Sentence+"\n-> "+w.Next+"\n")
			assert.Equal(t, kind != "test", strings.Contains(out, ": "+text+"\n"), out)
		}
		_, out, _ := run(t, []byte(text), "check", "-offline", "-json", "-jwks", ours.jwks, "-")
		assert.Contains(t, out, `"code":"not_ours"`)
		assert.Contains(t, out, `"inps":"`+kind+`"`)
		assert.NotContains(t, out, "inps.it")
	}
}
