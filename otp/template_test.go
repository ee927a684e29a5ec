package otp_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// These are all texts with the longest names, as they are sent.
func TestDefaultTexts(t *testing.T) {
	texts := otp.DefaultTemplates()
	require.ElementsMatch(t, words.Languages(), slices.Collect(maps.Keys(texts)))
	f := newFixture(t, func(c *otp.Config) { c.Policy.Digits = 8 })
	for locale := range texts {
		for _, declared := range []bool{false, true} {
			f.clock.Advance(24 * time.Hour)
			c, code := f.start(func(q *otp.StartRequest) {
				q.Locale, q.Declared, q.Organisation = locale, declared, "Azienda È "+strings.Repeat("M", 14)
			})
			m := f.sent.Last()
			text := m.Text.Reveal()
			t.Log(len(text), text)
			n := gsm7.Count(text)
			assert.True(t, n.GSM7)
			assert.Equal(t, 1, n.Count)
			assert.True(t, strings.HasPrefix(text, code.Reveal()+" "), "the code comes first")
			assert.Contains(t, text, " "+c.Comparison)
			assert.Contains(t, text, "INPS")
			assert.Contains(t, text, "Azienda E M", "transliterated")
			assert.Equal(t, declared, strings.Contains(text, texts[locale].Declared[:5]))
			assert.Len(t, regexp.MustCompile(`[0-9]+`).FindAllString(text, -1), 3, "code, number, minutes")
		}
	}
}

func TestTemplateRules(t *testing.T) {
	good := otp.Template{
		Text:     "{code} {display_name} {organisation} {number}. Lo dica solo a chi ha davanti.",
		Declared: "(dichiarato)"}
	for name, c := range map[string]struct {
		text, declared string
		want           string
	}{
		"good":         {good.Text, good.Declared, ""},
		"with minutes": {good.Text + " {minutes} min", good.Declared, ""},
		"code not first": {"Codice {code} {display_name} {organisation} {number}", "(d)",
			"does not begin with {code}"},
		"code glued": {"{code}. {display_name} {organisation} {number}", "(d)",
			"does not begin with {code}"},
		"no code": {"{display_name} {organisation} {number}", "(d)", "{code} occurs 0 times"},
		"code twice": {"{code} {code} {display_name} {organisation} {number}", "(d)",
			"{code} occurs 2 times"},
		"no organisation":      {"{code} {display_name} {number}", "(d)", "{organisation} occurs 0 times"},
		"no comparison number": {"{code} {display_name} {organisation}", "(d)", "{number} occurs 0 times"},
		"no issuer":            {"{code} {organisation} {number}", "(d)", "{display_name} occurs 0 times"},
		"unknown placeholder":  {good.Text + " {name}", "(d)", "unknown placeholder"},
		"open brace":           {good.Text + " {minutes", "(d)", "unknown placeholder"},
		"telephone number":     {good.Text + " Info 803164", "(d)", "digit outside"},
		"law by its number":    {good.Text + " L. 104", "(d)", "digit outside"},
		"digit in declared":    {good.Text, "(1)", "digit outside"},
		"full-width digit":     {good.Text + " １", "(d)", "digit outside"},
		"link":                 {good.Text + " https://inps", "(d)", "looks like a link"},
		"bare domain":          {good.Text + " inps.it", "(d)", "looks like a link"},
		"domain by placeholder": {"{code} {display_name}.it {organisation} {number}", "(d)",
			"looks like a link"},
		"origin-bound line":       {good.Text + "\n@inps.it #{code}", "(d)", "occurs 2 times"},
		"line break":              {good.Text + "\nCiao", "(d)", "line break"},
		"declared empty":          {good.Text, " ", "declared mark is empty"},
		"health, italian":         {good.Text + " Invalidità", "(d)", "is a word about health"},
		"health, english":         {good.Text + " DISABILITY", "(d)", "is a word about health"},
		"health, german":          {good.Text + " Behinderung", "(d)", "is a word about health"},
		"health, german compound": {good.Text + " Schwerbehinderung", "(d)", "is a word about health"},
		"health, french":          {good.Text + " aveugle", "(d)", "is a word about health"},
		"health, slovene":         {good.Text + " slepota", "(d)", "is a word about health"},
		"health, in declared":     {good.Text, "(verbale)", "is a word about health"},
		"outside GSM-7":           {good.Text + " 你好", "(d)", "outside GSM-7"},
		"two parts":               {good.Text + strings.Repeat(" ciao", 20), "(d)", "one part holds 160"},
		"two parts if declared":   {good.Text, strings.Repeat("dichiarato ", 9), "one part holds 160"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := otptest.Config(&otptest.Recorder{}, nil)
			cfg.Templates = map[string]otp.Template{"it": {Text: c.text, Declared: c.declared}}
			_, err := otp.New(cfg)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

// Exactly 160 units pass with the longest names; 161 do not.
func TestTemplateLengthIsExact(t *testing.T) {
	base := "{code} {display_name} {organisation} {number} "
	used := 6 + 1 + 4 + 1 + 24 + 1 + 1 + 1 + 2 + 1 // code issuer organisation declared number
	for extra, ok := range map[int]bool{160 - used: true, 161 - used: false} {
		cfg := otptest.Config(&otptest.Recorder{}, nil)
		cfg.Templates = map[string]otp.Template{"it": {Text: base + strings.Repeat("x", extra),
			Declared: "d"}}
		_, err := otp.New(cfg)
		assert.Equal(t, ok, err == nil, "%d: %v", extra, err)
	}
}

func TestOrganisation(t *testing.T) {
	for name, c := range map[string]struct {
		organisation     string
		mapped, declared bool
	}{
		"plain":                  {"COMUNE DI ROMA", true, true},
		"apostrophe":             {"Città dell'Aquila", true, true},
		"curly apostrophe":       {"Città dell’Aquila", true, true},
		"abbreviation":           {"A.S.L. Roma", true, true},
		"abbreviated first name": {"Museo S. Giovanni", true, true},
		"slovene":                {"Občina Škofja Loka", true, true},
		"24 letters":             {strings.Repeat("a", 24), true, true},
		"25 letters":             {strings.Repeat("a", 25), false, false},
		"24 with one that grows": {"Cœur" + strings.Repeat("a", 20), false, false},
		"digits":                 {"ASL Napoli 1 Centro", true, false},
		"telephone number":       {"Banca 0612345678", true, false},
		"domain":                 {"inps.it", false, false},
		"domain, with space":     {"Entra in inps.com", false, false},
		"domain, odd dot":        {"inps。it", false, false},
		"www":                    {"www inps", false, false},
		"scheme":                 {"http://x", false, false},
		"mail":                   {"a@b", false, false},
		"phone as text":          {"chiama +39", false, false},
		"line break":             {"INPS\nChiama", false, false},
		"quotes":                 {`INPS" chiama`, false, false},
		"braces":                 {"{code} x", false, false},
		"invisible":              {"IN\u200bPS", false, false},
		"right to left":          {"\u202eSPNI", false, false},
		"cyrillic":               {"ІNРS Банк", false, false},
		"space around":           {" INPS", false, false},
		"two spaces":             {"IN  PS", false, false},
		"no letters":             {"...", false, false},
		"one letter":             {"A", false, false},
		"empty":                  {"", false, false},
		"not UTF-8":              {"INPS\xff", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			for declared, want := range map[bool]bool{false: c.mapped, true: c.declared} {
				f := newFixture(t)
				q := request(t)
				q.Organisation, q.Declared = c.organisation, declared
				_, err := f.Start(t.Context(), q)
				if want {
					require.NoError(t, err, "declared: %v", declared)
					assert.Equal(t, 1, gsm7.Count(f.sent.Last().Text.Reveal()).Count)
				} else {
					require.ErrorIs(t, err, otp.ErrOrganisation, "declared: %v", declared)
				}
			}
		})
	}
}

func ExampleDefaultTemplates() {
	for _, locale := range words.Languages() {
		fmt.Println(locale, strings.ReplaceAll(otp.DefaultTemplates()[locale].Text, ". ", ".\n"))
	}
	// Output:
	// it {code} codice {display_name} per {organisation}, rif.
	// {number}.
	// Lo dica solo all'operatore davanti a lei.
	// Vale {minutes} min.
	// MAI al telefono.
	// en {code} {display_name} code for {organisation}, ref.
	// {number}.
	// Tell it only to the operator in front of you.
	// Valid {minutes} min.
	// NEVER on the phone.
	// de {code} {display_name}-Code für {organisation}, Nr.
	// {number}.
	// Nur der Person vor Ihnen nennen.
	// Gilt {minutes} Min.
	// NIEMALS am Telefon.
	// fr {code} code {display_name} pour {organisation}, réf.
	// {number}.
	// Dites-le seulement à l'agent devant vous.
	// Valable {minutes} min.
	// JAMAIS au téléphone.
	// sl {code} koda {display_name} za {organisation}, št.
	// {number}.
	// Povejte jo le osebi pred vami.
	// Velja {minutes} min.
	// NIKOLI po telefonu.
}
