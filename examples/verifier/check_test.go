package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const (
	mario      = "RSSMRA80A01H501U"
	luigi      = "RSSMRA77L18H501W"
	issuerName = "https://qr.example.it"
)

// body is an issuing body with its files in a folder.
type body struct {
	dir    string
	issuer *token.Signer
	jwks   string // path of the key set
}

func newBody(t testing.TB, name string) body {
	t.Helper()
	b := body{dir: t.TempDir()}
	b.jwks = filepath.Join(b.dir, "jwks.json")
	folder := token.Folder{Dir: filepath.Join(b.dir, "keys"), IssuerName: name}
	key, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	reference, err := folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	b.issuer = &token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}
	set, err := token.MarshalJWKS([]token.PublicKey{key.Public()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(b.jwks, set, 0o600))
	return b
}

// jws signs a token, in the form that the digits of a paper encode.
func (b body) jws(t testing.TB) string {
	t.Helper()
	text, err := token.FromQRText(b.text(t, time.Now(), false))
	require.NoError(t, err)
	return text
}

// text issues mario's QR text at the given time.
func (b body) text(t testing.TB, at time.Time, offline bool) string {
	t.Helper()
	cf, err := codicefiscale.Parse(mario)
	require.NoError(t, err)
	issuer := *b.issuer
	issuer.Keys[0].Dates = token.Dates{}
	issuer.Now = func() time.Time { return at }
	var jws string
	if offline {
		jws, _, err = issuer.IssueOffline(t.Context(), cf)
	} else {
		jws, _, err = issuer.Issue(t.Context(), cf)
	}
	require.NoError(t, err)
	text, err := token.QRText(issuerName+"/q", jws)
	require.NoError(t, err)
	return text
}

func symbol(t testing.TB, text string) *qrpdf.Symbol {
	t.Helper()
	s, err := qrpdf.Encoder{}.Encode(text)
	require.NoError(t, err)
	return s
}

func pngOf(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, qrpdf.PNG{}.Write(&b, symbol(t, text)))
	return b.Bytes()
}

func pdfOf(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, qrpdf.Document{DisplayName: "Ente di prova", Issued: time.Unix(1e9, 0),
		Expires: time.Unix(2e9, 0)}.Write(&b, symbol(t, text)))
	return b.Bytes()
}

// manyPages is a PDF of 1,000 pages without a link, 10 MB long.
func manyPages() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for n := range 1000 {
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /Page >>\nstream\n%s\nendstream\nendobj\n", n+1,
			strings.Repeat("0 0 m\n", 1700))
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF\n")
	return b.Bytes()
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// noisyPicture is a PNG of about 10 MB without a QR.
func noisyPicture(t *testing.T) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 1800, 1500))
	rand.Read(picture.Pix)
	var b bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, picture))
	require.Greater(t, b.Len(), 10_000_000)
	return b.Bytes()
}

func blankPicture(t *testing.T) []byte {
	t.Helper()
	picture := image.NewPaletted(image.Rect(0, 0, 155, 219), color.Palette{color.White, color.Black})
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, picture))
	return b.Bytes()
}

// TestMain sets the language if the terminal has none. If the variable is set, the test binary runs as
// the program, so that a test can kill it.
func TestMain(m *testing.M) {
	if os.Getenv("ATTESTA_RUN_VERIFIER") != "" {
		main()
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		os.Unsetenv(name)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, input []byte, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	code = cli.Run(t.Context(), "verifier", about, commands(), args,
		cli.Streams{In: bytes.NewReader(input), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestCheckOffline(t *testing.T) {
	ours, stranger := newBody(t, issuerName), newBody(t, issuerName)
	now := time.Now()
	good, person := ours.text(t, now, false), ours.text(t, now, true)
	jws, err := token.FromQRText(good)
	require.NoError(t, err)
	tests := []struct {
		name string
		file []byte
		cf   string
		code int
		want string // what the report says
	}{
		{"PDF", pdfOf(t, good), mario, 0, "Codice fiscale: only the issuer can compare it"},
		{"PNG", pngOf(t, good), "", 0, "NOT A YES: status not checked"},
		{"text", []byte(good + "\n"), "", 0, "NOT A YES: status not checked"},
		{"bare token", []byte(jws), "", 0, issuerName},
		{"offline profile, the person", pngOf(t, person), mario, 0, "Codice fiscale: goes with this paper"},
		{"offline profile, nobody named", pdfOf(t, person), "", 0, "Codice fiscale: not given"},
		{"offline profile, another person", pdfOf(t, person), luigi, 1, "[cf_mismatch]"},
		{"torn token", []byte(jws[:len(jws)-20]), "", 1, "[shape]"},
		{"torn digits", []byte(good[:len(good)-20]), "", 2, "[not_ours]"},
		{"changed token", []byte(jws[:100] + "x" + jws[101:]), "", 1, "["},
		{"expired", pdfOf(t, ours.text(t, now.AddDate(-6, 0, 0), false)), "", 1, "[expired]"},
		{"from the future", pdfOf(t, ours.text(t, now.Add(time.Hour), false)), "", 1, "[not_yet_valid]"},
		{"wrong key", pdfOf(t, stranger.text(t, now, false)), "", 2, "[unknown_key]"},
		{"another issuer", pdfOf(t, servicetest.Forged(t, servicetest.Code(mario))), "", 2,
			"This is not a document of " + strings.TrimPrefix(issuerName, "https://")},
		{"another system's QR", pngOf(t, "HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0"),
			"", 2, "[not_ours]"},
		{"a web address", []byte("https://www.example.org/menu"), "", 2, "[not_ours]"},
		{"a European Disability Card", pngOf(t, "https://www.inps.it/sdc/DCFC33B056C5"), "", 2,
			"INPS’s page: https://www.inps.it/sdc/DCFC33B056C5\n"},
		{"a look-alike of it", []byte("https://www.inps.it@evil.example/sdc/DCFC33B056C5"), "", 2,
			"CANNOT TELL: Another QR code [not_ours]"},
		{"picture without a QR", blankPicture(t), "", 2, "[unreadable]"},
		{"PDF without a link, 1,000 pages", manyPages(), "", 2, "[unreadable]"},
		{"empty file", nil, "", 2, "Reason: the file is empty"},
		{"10 MB of noise", noise(10_000_000), "", 2, "[unreadable]"},
		{"10 MB of noise as a picture", noisyPicture(t), "", 2, "[unreadable]"},
		{"a torn picture", pngOf(t, good)[:400], "", 2, "[unreadable]"},
		{"an endless file", noise(33 << 20), "", 2, "[unreadable]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path, test.file, 0o600))
			args := []string{"check", "-offline", "-jwks", ours.jwks}
			if test.cf != "" {
				args = append(args, "-cf", test.cf)
			}
			code, out, errs := run(t, nil, append(args, path)...)
			assert.Equal(t, test.code, code)
			assert.Contains(t, out, test.want)
			assert.Empty(t, errs)
			assert.NotContains(t, out, "RSSMRA")

			fromInput, again, _ := run(t, test.file, append(args, "-json", "-")...)
			assert.Equal(t, code, fromInput, "the same on the standard input")
			var report struct {
				Code   string
				Checks []struct{ Name string }
			}
			require.NoError(t, json.Unmarshal([]byte(again), &report))
			assert.Contains(t, out, report.Code)
			assert.Len(t, report.Checks, 12)
		})
	}
}

func TestTwoQRsInOneFile(t *testing.T) {
	ours := newBody(t, issuerName)
	link := func(text string) string { return "<< /URI (" + text + ") >>\n" }
	a, b := ours.text(t, time.Now(), false), ours.text(t, time.Now().Add(-time.Minute), false)

	code, out, _ := run(t, []byte("%PDF-1.7\n"+link(a)+link(b)), "check", "-offline", "-jwks", ours.jwks, "-")
	assert.Equal(t, 2, code)
	assert.Contains(t, out, "2 different QRs")

	code, _, _ = run(t, []byte("%PDF-1.7\n"+link("https://example.org/#about")+link(a)+link(a)), "check",
		"-offline", "-jwks", ours.jwks, "-")
	assert.Equal(t, 0, code, "links that are not ours do not count")
}

// service starts the issuer's half of the contract. mario has an invalidity of 80 %, and his papers from
// before voidBefore are void.
func (b body) service(t *testing.T, voidBefore *time.Time) string {
	t.Helper()
	cf, err := codicefiscale.Parse(mario)
	require.NoError(t, err)
	day := status.DateOf(time.Now().AddDate(-3, 0, 0))
	return servicetest.New(t, func(s *servicetest.Body) {
		s.Signer, s.Config.OTP, s.Config.Now = b.issuer, nil, time.Now
		s.Config.Source = status.Static{Records: map[codicefiscale.Code]status.Record{cf: {
			Birth: status.DateOf(time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)),
			Verbali: []status.Verbale{{ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst,
				Decision: day, Effect: day,
				Definitive: true, Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 80}}},
			Complete: true,
		}}}
		s.Config.VoidBefore = func(context.Context, codicefiscale.Code) (time.Time, error) {
			return *voidBefore, nil
		}
	}).Server.URL
}

func TestCheckAsksTheIssuer(t *testing.T) {
	ours := newBody(t, issuerName)
	var voidBefore time.Time
	address := ours.service(t, &voidBefore)
	good := []byte(ours.text(t, time.Now(), false))
	ask := func(args ...string) (int, string) {
		code, out, errs := run(t, good,
			append([]string{"check", "-jwks", ours.jwks, "-issuer", address, "-"}, args...)...)
		assert.Empty(t, errs)
		assert.NotContains(t, out, "RSSMRA")
		return code, out
	}
	code, out := ask("-cf", mario, "-case", "2026/17")
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, "CONFIRMED\nThe issuer confirms")
	assert.Contains(t, out, "Categories: Civil invalid with a judgement of 34% or more")
	assert.Contains(t, out, "Codice fiscale: goes with this paper")
	assert.Contains(t, out, "Receipt: eyJ")

	code, out = ask("-cf", luigi)
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "[cf_mismatch]")

	code, out = ask("-cf", mario, "-benefit", "ticket_c03")
	assert.Equal(t, 2, code, out)
	assert.Contains(t, out, "[needs_second_level]")
	assert.NotContains(t, out, "Categories")

	code, out = ask("-cf", mario, "-json")
	assert.Equal(t, 0, code)
	assert.Contains(t, out, `"verdict":"confirmed"`)

	voidBefore = time.Now().Add(time.Hour)
	code, out = ask("-cf", mario)
	assert.Equal(t, 1, code, out)
	assert.Contains(t, out, "[void]")
}

// The address of the issuer is enough, because check fetches the keys there. With -jwks it takes those
// of the file.
func TestCheckFetchesTheKeys(t *testing.T) {
	ours, other := newBody(t, issuerName), newBody(t, "https://other.example.it")
	address := ours.service(t, new(time.Time))
	good := []byte(ours.text(t, time.Now(), false))
	for _, test := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"asks", []string{"-issuer", address, "-cf", mario}, 0, "CONFIRMED"},
		{"with a slash", []string{"-issuer", address + "/", "-cf", mario}, 0, "CONFIRMED"},
		{"offline", []string{"-issuer", address, "-offline"}, 0,
			"Codice fiscale: only the issuer can compare it"},
		{"its name", []string{"-issuer", address, "-issuer-name", issuerName, "-cf", mario}, 0, "CONFIRMED"},
		{"another name", []string{"-issuer", address, "-issuer-name", "https://other.example.it", "-cf",
			mario}, 3, "-issuer: "},
		{"keys of a file", []string{"-issuer", address, "-jwks", other.jwks, "-cf", mario}, 2,
			"[unknown_key]"},
		{"no URL", []string{"-issuer", "nonsense", "-cf", mario}, 3, "-issuer: not a URL"},
		{"nobody answers", []string{"-issuer", "http://127.0.0.1:1", "-cf", mario}, 3, "-issuer: "},
		{"and a bundle", []string{"-issuer", address, "-bundle", "x", "-cf", mario}, 3, "leave out -issuer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, good, append([]string{"check", "-"}, test.args...)...)
			assert.Equal(t, test.code, code, errs)
			assert.Contains(t, out+errs, test.want)
		})
	}
}

func TestCheckWithoutTheIssuerCannotTell(t *testing.T) {
	ours := newBody(t, issuerName)
	good := []byte(ours.text(t, time.Now(), true))
	code, out, _ := run(t, good, "check", "-jwks", ours.jwks, "-issuer", "http://127.0.0.1:1", "-cf", mario,
		"-")
	assert.Equal(t, 2, code)
	assert.Contains(t, out, "CANNOT TELL: No answer from the issuer")
	assert.Contains(t, out, "[unavailable, no_answer]")

	code, _, errs := run(t, good, "check", "-jwks", ours.jwks, "-")
	assert.Equal(t, cli.Usage, code)
	assert.Contains(t, errs, "-offline")

	code, _, errs = run(t, good, "check", "-jwks", ours.jwks, "-issuer", "http://qr.example.it", "-cf", mario,
		"-")
	assert.Equal(t, cli.Usage, code, "plain http to somewhere else")
	assert.NotEmpty(t, errs)
}

func TestCheckAsksForTheCodiceFiscale(t *testing.T) {
	ours := newBody(t, issuerName)
	path := filepath.Join(t.TempDir(), "qr.png")
	require.NoError(t, os.WriteFile(path, pngOf(t, ours.text(t, time.Now(), true)), 0o600))
	code, out, errs := run(t, []byte(mario+"\n"), "check", "-offline", "-jwks", ours.jwks, "-cf", "-", path)
	assert.Equal(t, 0, code)
	assert.Contains(t, out, "goes with this paper")
	assert.Equal(t, "Codice fiscale: ", errs)
}

func TestCheckUsage(t *testing.T) {
	ours := newBody(t, issuerName)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"no file", "wants a file", nil},
		{"one receipt for two files", "-receipt is for one file", []string{"-receipt", "r", "a", "b"}},
		{"a list for one file", "for a folder or many", []string{"-cf-list", "r", "a"}},
		{"a resumed file", "for a folder or many", []string{"-resume", "r", "a"}},
		{"nothing at a time", "-parallel is 1 to 64", []string{"-parallel", "0", "a"}},
		{"file that does not exist", "no such file", []string{"-jwks", ours.jwks, "none.pdf"}},
		{"malformed codice fiscale", "malformed codice fiscale",
			[]string{"-cf", "RSSMRA80A01H501X", "a.pdf"}},
		{"both from the standard input", "cannot both", []string{"-cf", "-", "-"}},
		{"unknown flag", "-colour", []string{"-colour", "a.pdf"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, nil, append([]string{"check", "-offline"}, test.args...)...)
			assert.Equal(t, cli.Usage, code)
			assert.Contains(t, errs, test.want)
			assert.Empty(t, out)
			assert.NotContains(t, errs, "RSSMRA")
		})
	}
}

func TestCheckSpeaks(t *testing.T) {
	ours := newBody(t, issuerName)
	good := []byte(ours.text(t, time.Now(), false))
	say := func(args ...string) string {
		_, out, errs := run(t, good,
			append([]string{"check", "-offline", "-jwks", ours.jwks, "-"}, args...)...)
		return out + errs
	}
	assert.Contains(t, say("-lang", "it"), "NON È UN SÌ")
	assert.Contains(t, say("-lang", "la"), "it is one of it, en, de, fr, sl")
	t.Setenv("LANG", "de_DE.UTF-8")
	assert.Contains(t, say(), "KEIN JA")
	t.Setenv("LC_ALL", "sl_SI.UTF-8")
	assert.Contains(t, say(), "TO NI »DA«")
	assert.Contains(t, say("-lang", "fr"), "CE N’EST PAS UN OUI")
	t.Setenv("LC_ALL", "C.UTF-8")
	assert.Contains(t, say(), "NOT A YES")
}
