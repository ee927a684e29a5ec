package qrpdf_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func TestDocumentRefuses(t *testing.T) {
	good := encode(t, qrpdf.Encoder{}, address(300))
	long := strings.Repeat("WWW ", 39)
	tests := []struct {
		name   string
		change func(*qrpdf.Document)
		says   string
	}{
		{"no display name", func(d *qrpdf.Document) { d.DisplayName = "" }, "no display name"},
		{"blank display name", func(d *qrpdf.Document) { d.DisplayName = " \u00a0 " }, "no display name"},
		{"no date of issue", func(d *qrpdf.Document) { d.Issued = time.Time{} }, "no date of issue"},
		{"no date of expiry", func(d *qrpdf.Document) { d.Expires = time.Time{} }, "no date of expiry"},
		{"expired before", func(d *qrpdf.Document) { d.Expires = issued.Add(-1) },
			"expires before it is issued"},
		{"Greek name", func(d *qrpdf.Document) { d.Holder = "Ελλάδα" },
			`holder: no font here has the letter 'Ε' (U+0395)`},
		{"Cyrillic contact", func(d *qrpdf.Document) { d.Contact = "Ж" },
			`contact: no font here has the letter 'Ж' (U+0416)`},
		{"line break", func(d *qrpdf.Document) { d.DisplayName = "a\nb" },
			`display name: no font here has the letter '\n' (U+000A)`},
		{"emoji", func(d *qrpdf.Document) { d.VoidAt = "☎" },
			`place to void it: no font here has the letter '☎' (U+260E)`},
		{"beyond the plane", func(d *qrpdf.Document) { d.Holder = "😀" }, `(U+1F600)`},
		{"control character", func(d *qrpdf.Document) { d.DisplayName = "a\x7fb" }, `(U+007F)`},
		{"NUL", func(d *qrpdf.Document) { d.DisplayName = "a\x00b" }, `(U+0000)`},
		{"replacement character", func(d *qrpdf.Document) { d.Address = "a\uFFFDb" }, `(U+FFFD)`},
		{"writing direction", func(d *qrpdf.Document) { d.Holder = "a\u202Eb" }, `(U+202E)`},
		{"not UTF-8", func(d *qrpdf.Document) { d.Holder = "a\xffb" }, "holder is not UTF-8"},
		{"long name", func(d *qrpdf.Document) { d.Holder = strings.Repeat("i", 161) },
			"holder of 161 bytes, at most 160"},
		{"long contact", func(d *qrpdf.Document) { d.Contact = strings.Repeat("i", 301) },
			"contact of 301 bytes, at most 300"},
		{"unknown language", func(d *qrpdf.Document) { d.Lang = "es" }, "unknown language"},
		{"unknown pair", func(d *qrpdf.Document) { d.Lang = "de+it" }, "unknown language"},
		{"English pair", func(d *qrpdf.Document) { d.Lang = "it+en" }, "unknown language"},
		{"pair of one", func(d *qrpdf.Document) { d.Lang = "it+it" }, "unknown language"},
		{"three languages", func(d *qrpdf.Document) { d.Lang = "it+de+fr" }, "unknown language"},
		{"language that breaks out", func(d *qrpdf.Document) { d.Lang = "it) /X (" }, "unknown language"},
		{"unknown layout", func(d *qrpdf.Document) { d.Layout = 4 }, "unknown layout 4"},
		{"negative layout", func(d *qrpdf.Document) { d.Layout = -1 }, "unknown layout -1"},
		{"year 10000", func(d *qrpdf.Document) { d.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
			"year 10000"},
		{"year -1", func(d *qrpdf.Document) { d.Issued = time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC) },
			"year -1"},
		{"full card", func(d *qrpdf.Document) {
			d.Layout, d.DisplayName, d.Holder = qrpdf.Wallet, long,
				long
		}, "the texts do not fit on the front of the card"},
		{"unknown policy", func(d *qrpdf.Document) { d.Policy = "all" }, `no policy "all"`},
		{"long telephone", func(d *qrpdf.Document) { d.VoidPhone = strings.Repeat("1", 301) },
			"telephone to void it of 301 bytes, at most 300"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := page()
			tt.change(&d)
			var out bytes.Buffer
			assert.ErrorContains(t, d.Write(&out, good), tt.says)
			assert.Zero(t, out.Len())
		})
	}
}

func TestDocumentRefusesSymbol(t *testing.T) {
	assert.EqualError(t, page().Write(&bytes.Buffer{}, nil), "no symbol")
	assert.EqualError(t, page().Write(&bytes.Buffer{}, &qrpdf.Symbol{}), "no symbol")
}

func TestDocumentRefusesWhatIsNoAddress(t *testing.T) {
	for _, text := range []string{
		"eyJhbGciOiJFUzI1NiJ9.e30.c2ln", "attesta.example/v#x", "//attesta.example/v#x",
		"https:attesta.example", "https:///v#x",
		"https://", "ftp://attesta.example/#x", "javascript://attesta.example/%0Aalert(1)",
		"https://attesta.example/ #x",
		"https://attesta.example/\n#x", "https://attesta.example/à#x", `https://attesta.example/\#x`,
		"https://attesta.example/%zz",
		" https://attesta.example/", "https://attesta.example/<x>", "https://attesta.example:port/",
	} {
		var out bytes.Buffer
		assert.ErrorIs(t, page().Write(&out, encode(t, qrpdf.Encoder{}, text)), qrpdf.ErrNotURL, text)
		assert.Zero(t, out.Len())
	}
}
