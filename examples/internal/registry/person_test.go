package registry_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestValidate(t *testing.T) {
	const longest = 100
	tests := map[string]struct {
		change func(*registry.Person)
		want   string // in the error; empty means none
	}{
		"as it is":          {func(*registry.Person) {}, ""},
		"nobody":            {func(p *registry.Person) { p.CF = codicefiscale.Code{} }, "codice fiscale"},
		"replaces itself":   {func(p *registry.Person) { p.Previous = p.CF }, "previous codice fiscale"},
		"no such birth":     {func(p *registry.Person) { p.Birth = 19800230 }, "birth"},
		"no birth":          {func(p *registry.Person) { p.Birth = 0 }, ""},
		"no such death":     {func(p *registry.Person) { p.Died = 20260230 }, "died"},
		"dead before birth": {func(p *registry.Person) { p.Died = 19791231 }, "died"},
		"dead at birth":     {func(p *registry.Person) { p.Died, p.Verbali = p.Birth, nil }, ""},
		"dead and not": {func(p *registry.Person) { p.Died, p.Not.Died = 20260101, true },
			"says and takes back"},
		"complete and not": {func(p *registry.Person) { p.Complete, p.Not.Complete = true, true },
			"says and takes back"},
		"elsewhere and not": {func(p *registry.Person) { p.Elsewhere, p.Not.Elsewhere = true, true },
			"says and takes back"},
		"taken back alone": {func(p *registry.Person) {
			p.Not = registry.Not{Died: true, Complete: true, Elsewhere: true, SMS: true}
		}, ""},
		"the longest name": {func(p *registry.Person) { p.Given = strings.Repeat("é", longest) }, ""},
		"a longer name":    {func(p *registry.Person) { p.Given = strings.Repeat("é", longest+1) }, "name"},
		"a longer surname": {func(p *registry.Person) { p.Family = strings.Repeat("é", longest+1) }, "name"},
		"two lines":        {func(p *registry.Person) { p.Family = "Rossi\nVerdi" }, "name"},
		"no UTF-8":         {func(p *registry.Person) { p.Given = "Mar\xedo" }, "name"},
		"a contact": {func(p *registry.Person) {
			p.Contacts.Phones = []registry.Phone{{Channel: otp.SMS}}
		}, "phone"},
		"a title": {func(p *registry.Person) { p.Titles = []status.Title{{Kind: "other"}} }, "title"},
		"a verbale": {func(p *registry.Person) { p.Verbali = []status.Verbale{{ID: "x"}} },
			"domain"},
		"verbali that contradict each other": {func(p *registry.Person) {
			p.Verbali = []status.Verbale{judgement("X", 20200101, 40), judgement("X", 20200101, 80)}
		}, status.ErrConflict.Error()},
		"a verbale before the birth": {func(p *registry.Person) {
			p.Verbali = []status.Verbale{judgement("X", 19700101, 40)}
		}, "too early"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := mario()
			tt.change(&p)
			err := p.Validate()
			if tt.want == "" {
				assert.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			for _, personal := range []string{"Rossi", "Mario", "RSSMRA", "1980"} {
				assert.NotContains(t, err.Error(), personal)
			}
		})
	}
}

// A code holds the day of birth without its century; a provisional code holds none.
func TestBirthAgrees(t *testing.T) {
	const omocodia = "RSSMRA80A01H50MM"
	for name, tt := range map[string]struct {
		code  string
		birth status.Date
		want  bool
	}{
		"the day":                {"RSSMRA80A01H501U", 19800101, true},
		"a century later":        {"RSSMRA80A01H501U", 20800101, true},
		"a century earlier":      {"RSSMRA80A01H501U", 18800101, false},
		"the next day":           {"RSSMRA80A01H501U", 19800102, false},
		"the next year":          {"RSSMRA80A01H501U", 19810101, false},
		"none":                   {"RSSMRA80A01H501U", 0, false},
		"omocodia":               {omocodia, 19800101, true},
		"another, with omocodia": {omocodia, 19800102, false},
		"provisional":            {"12345671510", 19800102, true},
		"provisional, none":      {"12345671510", 0, true},
	} {
		assert.Equal(t, tt.want, registry.Person{CF: code(t, tt.code), Birth: tt.birth}.BirthAgrees(), name)
	}
}

// A person whose birth nobody says is stored only if the code allows one birth alone.
func TestBirthOfTheCode(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	adult := code(t, "RSSMRA80A01H501U") // 2080 is not over yet
	require.NoError(t, r.Put(t.Context(), registry.Person{CF: adult}))
	p, err := r.Person(t.Context(), adult)
	require.NoError(t, err)
	assert.Equal(t, status.Date(19800101), p.Birth)

	for name, cf := range map[string]codicefiscale.Code{
		"1916 or 2016": persona("giulia").CF, "no date": code(t, "12345671510"),
	} {
		assert.ErrorContains(t, r.Put(t.Context(), registry.Person{CF: cf}), "birth", name)
		_, err := r.Person(t.Context(), cf)
		assert.ErrorIs(t, err, registry.ErrUnknown, name)
	}
}

func TestEmailAddresses(t *testing.T) {
	const longest = 254
	for address, want := range map[string]bool{
		"": true, "a@b": true, "mario.rossi+qr@posta.example.it": true, "!#$%&'*/=?^_`{|}~-@b.it": true,
		strings.Repeat("a", longest-5) + "@b.it":   true,
		strings.Repeat("a", longest-5+1) + "@b.it": false,
		"@": false, "@b.it": false, "a@": false, "ab.it": false, "a@b@c.it": false,
		"a b@c.it": false, "a@b .it": false, "a\x00@b.it": false, "a@b.it\x7f": false, "à@b.it": false,
		"a,b@c.it": false, "a;b@c.it": false, "a:b@c.it": false, "<a@c.it>": false, "(a)@c.it": false,
		"[a]@c.it": false, `a\b@c.it`: false, `"a"@c.it`: false,
	} {
		assert.Equal(t, want, registry.Contacts{Email: address}.Validate() == nil, address)
	}
}
