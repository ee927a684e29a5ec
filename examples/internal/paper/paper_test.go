package paper_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const issuerName = "https://ente.example.it"

func newIssuer(t *testing.T) *token.Signer {
	t.Helper()
	folder := token.Folder{Dir: t.TempDir(), IssuerName: issuerName}
	key, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	reference, err := folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	return &token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}
}

func mario(t *testing.T) codicefiscale.Code {
	t.Helper()
	code, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	return code
}

func TestMake(t *testing.T) {
	issuer, person := newIssuer(t), mario(t)
	for _, format := range []paper.Format{"", paper.PDF, paper.PNG, paper.QRText} {
		for _, offline := range []bool{false, true} {
			file, err := paper.Order{Person: person, Offline: offline, Format: format,
				Opens: "http://127.0.0.1:8080/q"}.Make(t.Context(), issuer)
			require.NoError(t, err)
			texts, err := scan.Read(t.Context(), file.Data)
			require.NoError(t, err)
			require.Len(t, texts, 1)
			assert.True(t, strings.HasPrefix(texts[0], "http://127.0.0.1:8080/q#"))
			jws, err := token.FromQRText(texts[0])
			require.NoError(t, err)
			claims, err := token.Verify(jws, []token.PublicKey{issuer.Keys[0].Public()}, time.Now())
			require.NoError(t, err)
			assert.Equal(t, file.Claims, claims)
			assert.NoError(t, issuer.Match(claims, person))
			assert.NotContains(t, string(file.Data), person.Reveal())
		}
	}
}

// A document is drawn again from its token, for its person only and until it expires.
func TestMakeAgain(t *testing.T) {
	issuer, person := newIssuer(t), mario(t)
	first, err := paper.Order{Person: person, Format: paper.PNG}.Make(t.Context(), issuer)
	require.NoError(t, err)
	jws, err := token.FromQRText(first.Symbol.Text())
	require.NoError(t, err)
	again, err := paper.Order{Person: person, Format: paper.PNG, Token: jws}.Make(t.Context(), issuer)
	require.NoError(t, err)
	assert.Equal(t, first, again)

	other, err := codicefiscale.Parse("VRDCRL68S07M999O")
	require.NoError(t, err)
	_, err = paper.Order{Person: other, Token: jws}.Make(t.Context(), issuer)
	assert.ErrorIs(t, err, paper.ErrToken)
	_, err = paper.Order{Person: person, Token: jws}.Make(t.Context(), newIssuer(t))
	assert.ErrorIs(t, err, paper.ErrToken)
	issuer.Now = func() time.Time { return first.Claims.Expires }
	_, err = paper.Order{Person: person, Token: jws}.Make(t.Context(), issuer)
	assert.ErrorIs(t, err, token.ErrExpired)
}

// Text and Braille say what the PDF says, and do not hold the token.
func TestMakeWithoutQR(t *testing.T) {
	issuer := newIssuer(t)
	for format, holds := range map[paper.Format]string{
		paper.Text: "Gültig bis: ", paper.Braille: ".G\\LTIG BIS3 "} {
		file, err := paper.Order{Person: mario(t), Format: format, Cells: 32, Lines: 20,
			Document: qrpdf.Document{Lang: "de", Layout: qrpdf.Easy}}.Make(t.Context(), issuer)
		require.NoError(t, err)
		assert.Contains(t, string(file.Data), holds)
		assert.NotContains(t, string(file.Data), file.Symbol.Text()[len(issuerName+"/q#"):])
	}
	_, err := paper.Order{Person: mario(t), Format: paper.Braille, Cells: 60}.Make(t.Context(), issuer)
	assert.ErrorContains(t, err, "60 cells")
}

func TestTitlesHaveALanguage(t *testing.T) {
	issuer, seen := newIssuer(t), map[string]bool{}
	for langs, want := range map[string]string{"": "it", "it+de": "it", "en": "en", "de": "de", "fr": "fr",
		"sl": "sl"} {
		file, err := paper.Order{Person: mario(t), Format: paper.SVG,
			Document: qrpdf.Document{Lang: langs}}.Make(t.Context(), issuer)
		require.NoError(t, err)
		var svg struct {
			Lang  string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
			Title string `xml:"title"`
			Desc  string `xml:"desc"`
		}
		require.NoError(t, xml.Unmarshal(file.Data, &svg))
		assert.Equal(t, want, svg.Lang)
		assert.NotEmpty(t, svg.Desc)
		seen[svg.Title] = true
	}
	assert.Len(t, seen, 5)
}

func TestRefuses(t *testing.T) {
	issuer := newIssuer(t)
	_, err := paper.Order{Person: mario(t), Opens: "https://x.example/#a"}.Make(t.Context(), issuer)
	assert.ErrorIs(t, err, paper.ErrAddress)
	_, err = paper.Order{Person: mario(t), Format: "gif"}.Make(t.Context(), issuer)
	assert.ErrorContains(t, err, "unknown format")
	_, err = paper.Order{}.Make(t.Context(), issuer)
	assert.Error(t, err, "nobody")
	_, err = paper.ParseLayout("poster")
	assert.Error(t, err)
	for _, name := range []string{"PDF", "txt", "BRF", "qrtext", "svg", "png"} {
		f, err := paper.ParseFormat(name)
		require.NoError(t, err)
		assert.NotEmpty(t, f.ContentType())
	}
	_, err = paper.ParseFormat("text")
	assert.Error(t, err, "txt or qrtext?")
	_, err = paper.ParseFormat("")
	assert.Error(t, err)
}
