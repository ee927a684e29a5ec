package scan_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/wear"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// The first two are the address in the tests of the app IO, on a host of the same institute in production and
// in its pre-production.
func TestReadINPS(t *testing.T) {
	const card, other = "https://www.inps.it/sdc/DCFC33B056C5", "https://servizi2.inps.it/X?id=%2F1#a"
	for text, want := range map[string]scan.INPS{
		card: {scan.INPSCard, card},
		"https://www.wmo.inps.it/sdc/DCFC33B056C5":    {Kind: scan.INPSTest},
		"https://internetj.sviluppo.inps.it/PassiWeb": {Kind: scan.INPSTest},
		"\ufeff" + card + "\r\n":                      {scan.INPSCard, card},
		card + "/":                                    {scan.INPSCard, card + "/"},
		strings.ToUpper(card):                         {scan.INPSCard, strings.ToUpper(card)},
		card + "0":                                    {scan.INPSDocument, card + "0"},
		other:                                         {scan.INPSDocument, other},
		"https://inps.it":                             {scan.INPSDocument, "https://inps.it"},
		"https://inps.it/@evil.example":               {scan.INPSDocument, "https://inps.it/@evil.example"},
	} {
		got, ok := scan.ReadINPS(text)
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	for name, text := range map[string]string{
		"nothing":              "",
		"http":                 "http://www.inps.it/sdc/DCFC33B056C5",
		"another scheme":       "javascript://www.inps.it/%0aalert(1)",
		"no scheme":            "www.inps.it/sdc/DCFC33B056C5",
		"below another":        "https://inps.it.evil.example/sdc/DCFC33B056C5",
		"a longer name":        "https://evil-inps.it/sdc/DCFC33B056C5",
		"another domain":       "https://www.inps.it.com/sdc/DCFC33B056C5",
		"a user":               "https://www.inps.it@evil.example/sdc/DCFC33B056C5",
		"a user and password":  "https://www.inps.it:x@evil.example/",
		"a user of INPS":       "https://evil@www.inps.it/",
		"a port":               "https://www.inps.it:8443/sdc/DCFC33B056C5",
		"a backslash":          `https://evil.example\.inps.it/`,
		"a backslash and user": `https://www.inps.it\@evil.example/`,
		"a query for a path":   "https://www.inps.it?@evil.example/",
		"a fragment":           "https://evil.example#.inps.it/",
		"a slash too many":     "https:///www.inps.it/",
		"a slash too few":      "https:/www.inps.it/",
		"a final dot":          "https://www.inps.it./",
		"an empty label":       "https://www..inps.it/",
		"Cyrillic i":           "https://www.\u0456nps.it/sdc/DCFC33B056C5",
		"punycode":             "https://www.xn--nps-7cd.it/sdc/DCFC33B056C5",
		"long s":               "https://www.inp\u017f.it/",
		"full-width dot":       "https://evil.example\uff0einps.it/",
		"an escaped host":      "https://evil.example%2finps.it/",
		"in a sentence":        "see https://www.inps.it/sdc/DCFC33B056C5",
		"two lines":            "https://www.inps.it/\nhttps://evil.example/",
		"behind a redirect":    "https://evil.example/?u=https://www.inps.it/sdc/DCFC33B056C5",
		"a bad escape":         "https://www.inps.it/%zz",
		"markup":               `https://www.inps.it/"><script>`,
		"long":                 "https://www.inps.it/" + strings.Repeat("a", 493),
	} {
		got, ok := scan.ReadINPS(text)
		assert.False(t, ok, name)
		assert.Empty(t, got, name)
	}
}

// FuzzReadINPS checks that a host that is not inps.it or below it is never recognised, as another parser
// reads it.
func FuzzReadINPS(f *testing.F) {
	for _, text := range []string{"https://www.inps.it/sdc/DCFC33B056C5", "HTTPS://A.B.INPS.IT/?#@",
		"https://inps.it.evil.example", `https://www.inps.it\@evil.example`, "https://inp\u017f.it"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := scan.ReadINPS(text)
		if !ok {
			assert.Empty(t, got)
			return
		}
		if got.Kind != scan.INPSTest {
			assert.Contains(t, text, got.Link)
			text = got.Link
		}
		u, err := url.Parse(strings.Trim(text, "\r\n\t \x1d\u00a0\u200b\ufeff"))
		if !assert.NoError(t, err) {
			return
		}
		assert.Equal(t, "https", u.Scheme)
		assert.Nil(t, u.User)
		assert.Regexp(t, `^(?:[!-~]+\.)?(?i:inps\.it)$`, u.Host)
	})
}

// Of several symbols on a paper that is not of this system, that of INPS counts, in whatever order.
func TestTextOfINPS(t *testing.T) {
	const card, menu = "https://www.inps.it/sdc/DCFC33B056C5", "https://example.org/menu"
	for _, texts := range [][]string{{card, menu}, {menu, card}} {
		g := wear.White(400, 200)
		for n, text := range texts {
			drawSymbol(g, symbol(t, text), float64(16+200*n), 16, 4)
		}
		text, err := scan.Text(t.Context(), new(verifier.Client), asPNG(t, g))
		require.NoError(t, err)
		assert.Equal(t, card, text)
	}
}
