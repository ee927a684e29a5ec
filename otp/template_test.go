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

// bodies are the twenty Regions, INPS and health authorities whose names have digits.
var bodies = []string{
	"Regione Abruzzo", "Regione Basilicata", "Regione Calabria", "Regione Campania",
	"Regione Emilia-Romagna", "Regione Friuli-Venezia Giulia", "Regione Lazio", "Regione Liguria",
	"Regione Lombardia", "Regione Marche", "Regione Molise", "Regione Piemonte", "Regione Puglia",
	"Regione Sardegna", "Regione Siciliana", "Regione Toscana", "Trentino-Alto Adige/Südtirol",
	"Regione Umbria", "Valle d'Aosta/Vallée d'Aoste", "Regione del Veneto",
	"INPS",
	"ASL Roma 1", "ASL Roma 2", "ASL Roma 6", "ASL Napoli 1 Centro", "ASL Napoli 3 Sud", "ASL TO4", "ASL CN1",
	"ULSS 9 Scaligera", "ASL 3 Genovese", "ASP 5 Messina",
}

// These are all texts as they are sent: the longest code, the longest organisation, declared or
// not, each extent and each language.
func TestDefaultTexts(t *testing.T) {
	texts := otp.DefaultTemplates()
	require.ElementsMatch(t, words.Languages(), slices.Collect(maps.Keys(texts)))
	scopes := map[string]func(otp.Template) string{
		"detail":                  func(t otp.Template) string { return t.Everything },
		"":                        func(t otp.Template) string { return t.Everything },
		"domain:civil_invalidity": func(t otp.Template) string { return t.OneEntry },
		"benefit:ticket_c03":      func(t otp.Template) string { return t.YesNo },
	}
	for _, body := range append(bodies, strings.Repeat("M", 30)) {
		f := newFixture(t, func(c *otp.Config) { c.DisplayName, c.Policy.Digits = body, 8 })
		for locale, text := range texts {
			for scope, word := range scopes {
				for _, declared := range []bool{false, true} {
					f.clock.Advance(24 * time.Hour)
					c, code := f.start(func(q *otp.StartRequest) {
						q.Locale, q.Scope, q.Declared = locale, scope, declared
						q.Organisation = "Azienda È " + strings.Repeat("M", 14)
					})
					m := f.sent.Last()
					sent := m.Text.Reveal()
					if body == bodies[0] {
						t.Log(len(sent), sent)
					}
					n := gsm7.Count(sent)
					assert.True(t, n.GSM7)
					assert.Equal(t, 1, n.Count, "%s: %d units", body, n.Units)
					assert.True(t, strings.HasPrefix(sent, code.Reveal()+" "), "the code comes first")
					assert.Contains(t, sent, " "+c.Comparison)
					assert.Contains(t, sent, gsm7.Transliterate(strings.ReplaceAll(body, "/", "-")))
					assert.NotContains(t, sent, "/")
					assert.Contains(t, sent, "Azienda E M", "transliterated")
					assert.Contains(t, sent, gsm7.Transliterate(word(text)))
					assert.Equal(t, declared, strings.Contains(sent, gsm7.Transliterate(text.Declared)))
					rest := strings.Replace(sent, body, "", 1)
					assert.Len(t, regexp.MustCompile(`[0-9]+`).FindAllString(rest, -1), 2, "code and number")
				}
			}
		}
	}
}

// Each of the bodies may be an organisation too, also one whose name an operator types.
func TestBodiesAreOrganisations(t *testing.T) {
	for _, body := range bodies {
		for _, declared := range []bool{false, true} {
			f := newFixture(t, func(c *otp.Config) { c.DisplayName, c.OrganisationMax = "INPS", 30 })
			f.start(func(q *otp.StartRequest) { q.Organisation, q.Declared = body, declared })
			shown := strings.ReplaceAll(body, "/", "-")
			assert.Contains(t, f.sent.Last().Text.Reveal(), gsm7.Transliterate(shown))
			assert.Equal(t, shown, f.sent.Last().Organisation)
		}
	}
}

// The error of New names the field, and the limit with this text.
func TestNamesThatDoNotFit(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*otp.Config)
		want   string
	}{
		"one letter too many": {func(c *otp.Config) {
			c.DisplayName, c.Policy.Digits = strings.Repeat("M", 31), 8
		}, "templates: en: DisplayName has 31 characters in GSM-7; " +
			"with this text and OrganisationMax 24 at most 30 fit one message"},
		"a smaller organisation makes room": {func(c *otp.Config) {
			c.DisplayName, c.OrganisationMax = strings.Repeat("M", 40), 14
		}, ""},
		"much too long": {func(c *otp.Config) { c.DisplayName = strings.Repeat("M", 101) },
			"config: DisplayName has 101 characters in GSM-7, and at most 100 are allowed"},
		"too long to count": {func(c *otp.Config) { c.DisplayName = strings.Repeat("M", 401) },
			"config: DisplayName has 401 bytes, and at most 100 characters are allowed"},
		"empty": {func(c *otp.Config) { c.DisplayName = "" }, "DisplayName has fewer than two letters"},
		"a character": {func(c *otp.Config) { c.DisplayName = "INPS & C" },
			"config: DisplayName has the character '&'; allowed are letters"},
		"a link": {func(c *otp.Config) { c.DisplayName = "inps.it" }, "DisplayName looks like a link"},
		"spaces": {func(c *otp.Config) { c.DisplayName = "INPS " }, "DisplayName has a space at an end"},
		"Cyrillic": {func(c *otp.Config) { c.DisplayName = "ІНРС" },
			"config: DisplayName has a letter outside GSM-7"},
		"organisation": {func(c *otp.Config) { c.OrganisationMax = 101 },
			"config: OrganisationMax is 101, allowed are 8 to 100"},
		"time-out": {func(c *otp.Config) { c.SendTimeout = -1 }, "config: SendTimeout is negative"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := otptest.Config(&otptest.Recorder{}, nil)
			c.change(&cfg)
			_, err := otp.New(cfg)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

// The scope is bound into the code, and so is the word for it.
func TestExtent(t *testing.T) {
	for scope, want := range map[string]otp.Extent{
		"": otp.ExtentEverything, "detail": otp.ExtentEverything, "else": otp.ExtentEverything,
		"benefits": otp.ExtentEverything, "domain": otp.ExtentEverything,
		"domain:deafness": otp.ExtentOneEntry, "benefit:parking": otp.ExtentYesNo,
	} {
		assert.Equal(t, want, otp.Terms{Scope: scope}.Extent(), scope)
		f := newFixture(t)
		f.start(func(q *otp.StartRequest) { q.Scope = scope })
		assert.Equal(t, want, f.sent.Last().Extent, scope)
	}
	assert.Equal(t, "[everything one_entry yes_no invalid]", fmt.Sprint([]otp.Extent{otp.ExtentEverything,
		otp.ExtentOneEntry, otp.ExtentYesNo, otp.ExtentYesNo + 1}))

	f := newFixture(t)
	c, code := f.start(func(q *otp.StartRequest) { q.Scope = "benefit:parking" })
	wider := c.Terms
	wider.Scope = "detail"
	_, err := f.Verify(t.Context(), otp.VerifyRequest{Parties: request(t).Parties, ID: c.ID, Code: code,
		Terms: &wider})
	require.ErrorIs(t, err, otp.ErrWrongCode)
}

func TestTemplateRules(t *testing.T) {
	good := otp.Template{
		Text:     "{code} {display_name} {organisation} {number}. Lo dica solo a chi ha davanti.",
		Declared: "(dichiarato)"}
	scoped := otp.Template{Everything: "tutto", OneEntry: "una voce", YesNo: "sì o no"}
	for name, c := range map[string]struct {
		text, declared string
		want           string
	}{
		"good":         {good.Text, good.Declared, ""},
		"with minutes": {good.Text + " {minutes} min", good.Declared, ""},
		"with scope":   {good.Text + " {scope}", good.Declared, ""},
		"scope twice":  {good.Text + " {scope} {scope}", "(d)", "{scope} occurs 2 times"},
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
		"colon before a space": {good.Text + " Per favore: grazie", good.Declared, ""},
		"scheme":               {good.Text + " tel:abc", "(d)", "looks like a link"},
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
			template := otp.Template{Text: c.text, Declared: c.declared}
			if strings.Contains(c.text, "{scope}") {
				scoped.Text, scoped.Declared = c.text, c.declared
				template = scoped
			}
			cfg.Templates = map[string]otp.Template{"it": template}
			_, err := otp.New(cfg)
			if c.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.want)
			}
		})
	}
}

// The words for the extents obey the rules of the text. Either all three and {scope} are there, or none.
func TestTemplateExtents(t *testing.T) {
	const text = "{code} {display_name} {organisation} {number}"
	for name, c := range map[string]struct {
		text                       string
		everything, entry, yesOrNo string
		want                       string
	}{
		"none":         {text, "", "", "", ""},
		"all":          {text + " {scope}", "tutto", "una voce", "solo sì o no", ""},
		"words only":   {text, "tutto", "una voce", "solo sì o no", "{scope} occurs 0 times"},
		"scope only":   {text + " {scope}", "", "", "", "a word for an extent is empty"},
		"one missing":  {text + " {scope}", "tutto", " ", "solo sì o no", "a word for an extent is empty"},
		"last missing": {text + " {scope}", "tutto", "una voce", "", "a word for an extent is empty"},
		"health":       {text + " {scope}", "tutto", "l'invalidità", "sì o no", "is a word about health"},
		"digit":        {text + " {scope}", "tutto", "1 voce", "sì o no", "digit outside"},
		"slash":        {text + " {scope}", "tutto", "una voce", "sì/no", "looks like a link"},
		"too long": {text + " {scope}", "tutto", strings.Repeat("voce ", 30), "sì o no",
			"units with the longest names, one part holds 160"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := otptest.Config(&otptest.Recorder{}, nil)
			cfg.Templates = map[string]otp.Template{"it": {Text: c.text, Declared: "(d)",
				Everything: c.everything, OneEntry: c.entry, YesNo: c.yesOrNo}}
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
		"digits":                 {"ASL Napoli 1 Centro", true, true},
		"three digits":           {"Ufficio 118", true, true},
		"four digits":            {"Ufficio 1 1 8 0", true, false},
		"two names":              {"Bolzano/Bozen", true, true},
		"telephone number":       {"Banca 0612345678", true, false},
		"domain":                 {"inps.it", false, false},
		"domain, with space":     {"Entra in inps.com", false, false},
		"domain, odd dot":        {"inps。it", false, false},
		"www":                    {"www inps", false, false},
		"scheme":                 {"http://x", false, false},
		"domain behind a slash":  {"INPS/inps.it", false, false},
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
			assert.Equal(t, c.mapped, otp.OrganisationAllowed(c.organisation))
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
		text := otp.DefaultTemplates()[locale]
		fmt.Println(locale, strings.ReplaceAll(text.Text, ". ", ".\n"))
		fmt.Printf("{scope}: %s, %s, %s\n", text.Everything, text.OneEntry, text.YesNo)
	}
	// Output:
	// it {code} codice {display_name}: {organisation} vede {scope}, n.
	// {number}.
	// Lo dica solo a chi ha davanti, MAI al telefono.
	// {scope}: dati completi, una voce, solo sì o no
	// en {code} {display_name} code: {organisation} sees {scope}, ref.
	// {number}.
	// Tell only the person facing you, NEVER by phone.
	// {scope}: everything, only one entry, only yes or no
	// de {code} {display_name}-Code: {organisation} sieht {scope}, Nr.
	// {number}.
	// Nur der Person vor Ihnen, NIE am Telefon.
	// {scope}: alle Daten, einen Eintrag, nur Ja oder Nein
	// fr {code} code {display_name} : {organisation} voit {scope}, réf.
	// {number}.
	// Pour l'agent devant vous, JAMAIS au téléphone.
	// {scope}: tout, une seule donnée, un oui ou un non
	// sl {code} koda {display_name}: {organisation} vidi {scope}, št.
	// {number}.
	// Povejte le osebi pred vami, NIKOLI po telefonu.
	// {scope}: vse podatke, en podatek, samo da ali ne
}
