package qrpdf_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

const deskAddress = "https://qr-invalidita.esempio.gov.it/q"

func deskCard(lang string) qrpdf.DeskCard {
	return qrpdf.DeskCard{Address: deskAddress, Lang: lang, DisplayName: "Provincia autonoma di Esempio",
		Contact: "Via Roma 1, 39100 Esempio, tel. 0471 000000", Issued: issued,
		Logo: qrpdf.Logo{Data: []byte(svgLogo), Alt: "Esempio"}}
}

func writeCard(t testing.TB, c qrpdf.DeskCard) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, c.Write(&b))
	return b.Bytes()
}

// The card says the address as text, as a symbol and as a link, on one page in every language.
func TestDeskCard(t *testing.T) {
	for _, lang := range languages {
		b := writeCard(t, deskCard(lang))
		objects, _ := readPDF(t, b)
		all, contents := pages(t, objects)
		require.Len(t, all, 1, lang)
		assert.Less(t, len(b), 40<<10, lang)
		symbolBox(t, contents[0], encode(t, qrpdf.Encoder{}, deskAddress))
		link := find(t, objects, "/Subtype /Link").text
		assert.Equal(t, deskAddress, textAfter(t, link, "/S /URI /URI"))
		assert.Contains(t, textAfter(t, link, "/Contents"), deskAddress)
		name, _ := rasterise(t, b, 100)
		assert.Equal(t, []string{deskAddress}, zbar(t, name))

		root := readOutline(t, b)
		said := root.all()
		assert.NotContains(t, said, "{", lang)
		for _, want := range []string{deskAddress, "Provincia autonoma di Esempio", "tel. 0471 000000",
			": qr-invalidita.esempio.gov.it"} {
			assert.Contains(t, said, want, lang)
		}
		heard := map[string]string{}
		root.walk("", func(n *node, lang string) { heard[strings.TrimSpace(n.text)] = lang })
		title, subject := "", ""
		for i, part := range strings.Split(lang, "+") {
			built := qrpdf.BuiltIn(part)
			for _, key := range []string{"desk.title", "desk.keep.heading", "desk.fake.heading"} {
				assert.Equal(t, part, heard[built[key]], "%s: %s", lang, built[key])
			}
			title += " / " + built["desk.title"]
			if i == 0 {
				subject = built["desk.subject"]
			}
		}
		info := find(t, objects, "/Producer (").text
		assert.Equal(t, strings.TrimPrefix(title, " / "), textAfter(t, info, "/Title"))
		assert.Equal(t, subject, textAfter(t, info, "/Subject"))
		assert.Contains(t, objects[reference(t, objects[1].text, "/Metadata")].data, subject)
	}
}

// What it says, as a person hears it.
func TestGoldenDeskCards(t *testing.T) {
	for _, lang := range languages {
		said := readOutline(t, writeCard(t, deskCard(lang))).String()
		assert.Equal(t, string(golden(t, "desk-card-"+lang+".txt", []byte(said))), said)
	}
}

func TestDeskCardWording(t *testing.T) {
	c := deskCard("it+de")
	c.Wording = map[string]qrpdf.Wording{"de": {"desk.title": "Unsere Prüfseite",
		"display_name": "Provinz Beispiel"}}
	said := readOutline(t, writeCard(t, c)).all()
	assert.Contains(t, said, "Unsere Prüfseite")
	assert.Contains(t, said, "Provinz Beispiel.")
	assert.Contains(t, said, "avvisi Provincia autonoma di Esempio.")
}

func TestDeskCardRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*qrpdf.DeskCard)
		says   string
	}{
		"no address": {func(c *qrpdf.DeskCard) { c.Address = "" }, qrpdf.ErrNotURL.Error()},
		"name alone": {func(c *qrpdf.DeskCard) { c.Address = "qr.example.it/q" },
			qrpdf.ErrNotURL.Error()},
		"fragment": {func(c *qrpdf.DeskCard) { c.Address += "#1234" }, qrpdf.ErrNotURL.Error()},
		"query":    {func(c *qrpdf.DeskCard) { c.Address += "?a" }, qrpdf.ErrNotURL.Error()},
		"user": {func(c *qrpdf.DeskCard) { c.Address = "https://ente.it@evil.it/q" },
			qrpdf.ErrNotURL.Error()},
		"long address":     {func(c *qrpdf.DeskCard) { c.Address += strings.Repeat("q", 600) }, "too long"},
		"no name":          {func(c *qrpdf.DeskCard) { c.DisplayName = "" }, "no display name"},
		"no date":          {func(c *qrpdf.DeskCard) { c.Issued = time.Time{} }, "no date of issue"},
		"unknown language": {func(c *qrpdf.DeskCard) { c.Lang = "es" }, "unknown language"},
		"letter": {func(c *qrpdf.DeskCard) { c.Contact = "Ж" },
			"contact: no font here has the letter"},
		"logo": {func(c *qrpdf.DeskCard) { c.Logo.Alt = "" }, "logo: no alternative text"},
		"wording": {func(c *qrpdf.DeskCard) {
			c.Wording = map[string]qrpdf.Wording{"it": {"desk": "x"}}
		}, `no text "desk"`},
		"full": {func(c *qrpdf.DeskCard) {
			long := strings.Repeat(strings.Repeat("ab ", 99)+"\n", 7) + "a"
			c.Wording = map[string]qrpdf.Wording{"it": {"desk.fake.text": long}}
		}, "the texts do not fit"},
	} {
		c := deskCard("it")
		tt.change(&c)
		var out bytes.Buffer
		assert.ErrorContains(t, c.Write(&out), tt.says, name)
		assert.Zero(t, out.Len(), name)
	}
	c := deskCard("it")
	assert.ErrorIs(t, c.Write(&limited{err: errFull}), errFull)
	writeCard(t, qrpdf.DeskCard{Address: "http://127.0.0.1:8080/q", DisplayName: "E", Issued: issued})
}

// An address stays on one line, whatever its length: nobody wonders whether a dot or a hyphen belongs to it.
func TestDeskCardKeepsAddress(t *testing.T) {
	long := strings.Repeat("lunga-", 8) + "fine.provincia.it"
	for _, host := range []string{"a.it", "qr-invalidita.inps.gov.it", long} {
		c := deskCard("it+de")
		c.Address = "https://" + host + "/q"
		name := filepath.Join(t.TempDir(), "card.pdf")
		require.NoError(t, os.WriteFile(name, writeCard(t, c), 0o600))
		assert.Contains(t, run(t, "pdftotext", "-layout", "-enc", "UTF-8", name, "-"), c.Address)
	}
}
