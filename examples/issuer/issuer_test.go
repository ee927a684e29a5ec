package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const mario = "RSSMRA80A01H501U"

// run runs the program as a user does and returns its output.
func run(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e strings.Builder
	code = cli.Run(t.Context(), "issuer", about, commands(), asAnna(args),
		cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// asAnna adds who acts and why to the commands of the staff.
func asAnna(args []string) []string {
	acts := map[string][]string{"keys": {"add", "retire", "revoke", "replace", "forget"}, "registry": nil,
		"import": nil, "accesses": {"operator", "suppress", "approve"}}
	words, ok := acts[args[0]]
	isOne := func(arg string) bool { return slices.Contains(words, arg) }
	if !ok || slices.Contains(args, "-as") || words != nil && !slices.ContainsFunc(args, isOne) {
		return args
	}
	return slices.Insert(slices.Clone(args), 1, "-as", "anna", "-reason", "test")
}

// must is run for a call that has to succeed; it returns the output.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errs := run(t, args...)
	require.Equal(t, cli.OK, code, errs)
	return out
}

// published returns the keys that the program publishes.
func published(t *testing.T, data string) []token.PublicKey {
	t.Helper()
	keys, err := token.ParseJWKS([]byte(must(t, "keys", "jwks", "-data", data)), "")
	require.NoError(t, err)
	return keys
}

func TestIssueWritesEveryFormat(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"qr.pdf", "qr.png", "qr.qrtext"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			out := must(t, "issue", "-cf", mario, "-data", data, "-o", path)
			assert.Contains(t, out, path)
			assert.Contains(t, out, filepath.Join(data, "keys"))
			assert.NotContains(t, out, mario)
			file, err := os.ReadFile(path)
			require.NoError(t, err)
			texts, err := scan.Read(t.Context(), file)
			require.NoError(t, err)
			require.Len(t, texts, 1)
			assert.True(t, strings.HasPrefix(texts[0], "https://qr.example.it/q#"))
			jws, err := token.FromQRText(texts[0])
			require.NoError(t, err)
			claims, err := token.Verify(jws, published(t, data), time.Now())
			require.NoError(t, err)
			assert.Equal(t, exampleIssuer, claims.IssuerName)
		})
	}
	t.Run("svg on the standard output", func(t *testing.T) {
		out := must(t, "issue", "-cf", mario, "-data", data, "-o", "-", "-format", "svg")
		assert.True(t, strings.HasPrefix(out, "<"), "nothing but the file")
		assert.Contains(t, out, "</svg>")
	})
}

func TestIssueLayouts(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	logo := filepath.Join(dir, "logo.svg")
	picture := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><rect width="4" height="1"/></svg>`
	require.NoError(t, os.WriteFile(logo, []byte(picture), 0o600))
	for _, layout := range []string{"standard", "large-print", "wallet"} {
		for _, lang := range []string{"it", "sl", "it+de"} {
			path := filepath.Join(dir, layout+lang+".pdf")
			must(t, "issue", "-cf", mario, "-data", data, "-o", path, "-layout", layout, "-lang", lang,
				"-name", "Mario Rossi", "-body", "Ente di esempio", "-logo", logo)
			file, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = scan.Read(t.Context(), file)
			assert.NoError(t, err)
		}
	}
}

func TestIssueKeepsItsKeys(t *testing.T) {
	data, path := filepath.Join(t.TempDir(), "deep", "data"), filepath.Join(t.TempDir(), "qr.qrtext")
	assert.Contains(t, must(t, "issue", "-cf", mario, "-data", data, "-o", path, "-issuer-name",
		"https://ente.example.it"), "made now")
	assert.NotContains(t, must(t, "issue", "-cf", mario, "-data", data, "-o", path), "made now")
	set, err := os.ReadFile(filepath.Join(data, "jwks.json"))
	require.NoError(t, err)
	assert.Equal(t, must(t, "keys", "jwks", "-data", data), string(set))
	assert.Equal(t, "https://ente.example.it", published(t, data)[0].IssuerName())
}

// The last day of a document is that of the issuer's zone, whatever zone the machine is in.
func TestIssueZone(t *testing.T) {
	data := t.TempDir()
	for _, name := range []string{"", "Europe/Rome", "America/New_York", "Pacific/Kiritimati"} {
		t.Run(name, func(t *testing.T) {
			args := []string{"issue", "-cf", mario, "-data", data, "-o",
				filepath.Join(t.TempDir(), "qr.qrtext")}
			if name != "" {
				args = append(args, "-zone", name)
			}
			zone, err := app.LoadZone(name)
			require.NoError(t, err)
			day := time.Now().In(zone)
			out := must(t, args...)
			text, err := os.ReadFile(args[6])
			require.NoError(t, err)
			jws, err := token.FromQRText(string(text))
			require.NoError(t, err)
			claims, err := token.Verify(jws, published(t, data), time.Now())
			require.NoError(t, err)
			assert.Equal(t, "00:00:00", claims.Expires.In(zone).Format(time.TimeOnly), "midnight there")
			last := claims.LastDay(zone).Format(time.DateOnly)
			assert.Contains(t, out, "until "+last)
			if day.Day() == time.Now().In(zone).Day() && (day.Month() != time.February || day.Day() != 29) {
				assert.Equal(t, day.AddDate(token.DefaultYears, 0, 0).Format(time.DateOnly), last)
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	existing := filepath.Join(dir, "existing.pdf")
	require.NoError(t, os.WriteFile(existing, []byte("precious"), 0o600))
	tests := []struct {
		name, want string
		code       int
		args       []string
	}{
		{"wrong check letter", "malformed codice fiscale", cli.Usage,
			[]string{"-cf", "RSSMRA80A01H501X", "-o", existing}},
		{"no codice fiscale at all", "no codice fiscale was typed", cli.Usage, []string{"-o", existing}},
		{"unknown format", `unknown format "gif"`, cli.Usage, []string{"-cf", mario, "-o", "x.gif"}},
		{"file without -o", "the file goes to -o", cli.Usage, []string{"-cf", mario, "x.pdf"}},
		{"folder that does not exist", "no such file", cli.Failure,
			[]string{"-cf", mario, "-o", filepath.Join(dir, "no", "x.pdf")}},
		{"issuer that is no name", "https URL", cli.Failure,
			[]string{"-cf", mario, "-o", existing, "-issuer-name", "ente", "-data", t.TempDir()}},
		{"unknown zone", `-zone: there is no time zone "Mars/Olympus"`, cli.Usage,
			[]string{"-cf", mario, "-o", existing, "-zone", "Mars/Olympus"}},
		{"zone of the machine", `-zone: there is no time zone "Local"`, cli.Usage,
			[]string{"-cf", mario, "-o", existing, "-zone", "Local"}},
		{"unknown layout", "unknown layout: use", cli.Usage,
			[]string{"-cf", mario, "-o", existing, "-layout", "poster"}},
		{"unknown language", "unknown language", cli.Failure,
			[]string{"-cf", mario, "-o", existing, "-lang", "es"}},
		{"logo that is not there", "no such file", cli.Usage,
			[]string{"-cf", mario, "-o", existing, "-logo", filepath.Join(dir, "none")}},
		{"logo that is no picture", "logo", cli.Failure,
			[]string{"-cf", mario, "-o", existing, "-logo", existing}},
		{"letter without a font", "U+6F22", cli.Failure,
			[]string{"-cf", mario, "-o", existing, "-name", "漢"}},
		{"page with a fragment", "without fragment", cli.Usage,
			[]string{"-cf", mario, "-o", existing, "-page", "https://x.example/#a"}},
		{"page that makes the QR too large", "version 18", cli.Failure,
			[]string{"-cf", mario, "-o", existing, "-format", "png",
				"-page", "https://x.example/" + strings.Repeat("a", 500)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"issue", "-data", data}, test.args...)...)
			assert.Equal(t, test.code, code)
			assert.Contains(t, errs, test.want)
			assert.Equal(t, 1, strings.Count(errs, "\n")-strings.Count(errs, "Codice fiscale: \n"),
				"one clear sentence: %s", errs)
			assert.Empty(t, out)
			assert.NotContains(t, errs, "RSSMRA")
		})
	}
	left, err := os.ReadFile(existing)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(left), "a failure loses nothing")
}

// One key ID in 64 looks like a flag.
func TestKeyIDWithAHyphen(t *testing.T) {
	data := t.TempDir()
	for _, args := range [][]string{{"keys", "retire", "-wiUIbMi50U", "-data", data},
		{"keys", "-data", data, "revoke", "--iUIbMi50U"}} {
		code, _, errs := run(t, args...)
		assert.Equal(t, cli.Failure, code, errs)
		assert.NotContains(t, errs, "flag")
	}
	code, _, _ := run(t, "keys", "retire", "-wiUIbMi50", "-data", data)
	assert.Equal(t, cli.Usage, code)
}

func TestKeyLife(t *testing.T) {
	data, path := t.TempDir(), filepath.Join(t.TempDir(), "qr.qrtext")
	issued := func() string {
		must(t, "issue", "-cf", mario, "-data", data, "-o", path)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		jws, err := token.FromQRText(string(text))
		require.NoError(t, err)
		return jws
	}
	verify := func(jws string) error {
		_, err := token.Verify(jws, published(t, data), time.Now())
		return err
	}
	assert.Contains(t, must(t, "keys", "list", "-data", data), "No keys")
	first := issued()
	id := published(t, data)[0].ID()

	assert.Contains(t, must(t, "keys", "add", "-data", data), "Added signing key")
	assert.Contains(t, must(t, "keys", "list", "-data", data), "published, waits")
	require.Len(t, published(t, data), 2)
	assert.NoError(t, verify(issued()), "the first key goes on signing")

	assert.Contains(t, must(t, "keys", "retire", id, "-data", data), "No key can sign now")
	assert.NoError(t, verify(first), "what a retired key signed stays good")
	code, _, errs := run(t, "issue", "-cf", mario, "-data", data, "-o", path)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, token.ErrNoSigningKey.Error())

	assert.Contains(t, must(t, "keys", "add", "-data", data), "Added signing key",
		"signs at once, since no other can")
	assert.NoError(t, verify(issued()))
	must(t, "keys", "revoke", id, "-data", data)
	assert.ErrorIs(t, verify(first), token.ErrUnknownKey)
	assert.Contains(t, must(t, "keys", "list", "-data", data), "revoked")

	added := strings.Fields(must(t, "keys", "add", "-reference", "-data", data))[3]
	list := must(t, "keys", "list", "-data", data)
	assert.Contains(t, list, "reference key "+strings.TrimSuffix(added, ":")+"  makes new references")
	assert.Regexp(t, "reference key [0-9a-f]{4}  recognises paper that is out", list)
}

func TestRevokingTheLastKeyTakesTheKeySetAway(t *testing.T) {
	data := t.TempDir()
	must(t, "keys", "add", "-data", data)
	must(t, "keys", "revoke", published(t, data)[0].ID(), "-data", data)
	assert.NoFileExists(t, filepath.Join(data, "jwks.json"))
	code, out, errs := run(t, "keys", "jwks", "-data", data)
	assert.Equal(t, cli.Failure, code)
	assert.Empty(t, out)
	assert.NotEmpty(t, errs)
}

func TestImportKey(t *testing.T) {
	_, private, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	path, data := filepath.Join(t.TempDir(), "key.pem"), t.TempDir()
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		0o640))

	code, _, errs := run(t, "keys", "add", "-import", path, "-data", data)
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, "chmod 600")

	require.NoError(t, os.Chmod(path, 0o600))
	must(t, "keys", "add", "-import", path, "-data", data)
	assert.Equal(t, "EdDSA", published(t, data)[0].Algorithm())
}

func TestKeysUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"list", "x"}, {"retire"}, {"sing"}} {
		code, _, errs := run(t, append(append([]string{"keys"}, args...), "-data", t.TempDir())...)
		assert.Equal(t, cli.Usage, code, args)
		assert.NotEmpty(t, errs)
	}
	code, _, errs := run(t, "keys", "revoke", "nobody", "-data", t.TempDir())
	assert.Equal(t, cli.Failure, code)
	assert.Contains(t, errs, `no signing key "nobody"`)
}

func TestIssueTakesGroups(t *testing.T) {
	data, path := t.TempDir(), filepath.Join(t.TempDir(), "qr.qrtext")
	for _, typed := range []string{"RSS MRA 80A01 H501U", "rss mra 80a01 h501u",
		"\ufeffRSSMRA80A01H501U\u200b\r\n"} {
		must(t, "issue", "-cf", typed, "-data", data, "-o", path)
	}
}

func TestErrorsSpeak(t *testing.T) {
	data := t.TempDir()
	tests := []struct {
		want string
		args []string
	}{
		{"codice fiscale non valido: l’ultimo carattere", []string{"issue", "-cf", "RSSMRA80A01H501X"}},
		{"formato sconosciuto \"gif\"", []string{"issue", "-cf", mario, "-o", "x.gif"}},
		{"none.png: il file non esiste", []string{"issue", "-cf", mario, "-o", "x.pdf", "-logo", "none.png"}},
		{"none.csv: il file non esiste", []string{"import", "none.csv", "-data", data}},
		{"import: serve -format csv", []string{"import", "-"}},
		{"questa persona non è in questo archivio",
			[]string{"registry", "void", "-cf", mario, "-data", data}},
		{"codice fiscale non valido: queste 11 cifre",
			[]string{"registry", "void", "-provisional", "-cf", "80078750587", "-data", data}},
		{"keys vuole list, add", []string{"keys"}},
		{"l’opzione -loud non esiste", []string{"sms", "-loud"}},
		{"-tls-cert: va insieme a -tls-key", []string{"serve", "-tls-cert", "a", "-data", data}},
		{"-zone: il fuso orario \"Marte\" non esiste", []string{"issue", "-cf", mario, "-zone", "Marte"}},
		{"-zone: il fuso orario \"Marte\" non esiste", []string{"serve", "-data", data, "-zone", "Marte"}},
		{"comando sconosciuto", []string{"dance"}},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			t.Setenv("LC_ALL", "it_IT.UTF-8")
			_, _, errs := run(t, test.args...)
			assert.Contains(t, errs, test.want)
			t.Setenv("LC_ALL", "C")
			_, _, errs = run(t, append(test.args, "-lang", "it")...)
			assert.Contains(t, errs, test.want)
			assert.NotContains(t, errs, "RSSMRA")
		})
	}
}

// A folder from before the references held the time of issue is refused with a sentence, and left as it is.
func TestEarlierDataFolder(t *testing.T) {
	data := t.TempDir()
	must(t, "issue", "-cf", mario, "-data", data, "-o", filepath.Join(t.TempDir(), "qr.pdf"))
	files, err := filepath.Glob(filepath.Join(data, "keys", "reference-*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	path := files[0]
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), `"format": 2,`, "", 1)),
		0o600))
	for _, args := range [][]string{{"serve", "-data", data, "-addr", "127.0.0.1:0", "-ops-addr", ""},
		{"issue", "-cf", mario, "-data", data}} {
		code, out, errs := run(t, args...)
		assert.NotEqual(t, cli.OK, code)
		assert.Empty(t, out)
		assert.Contains(t, errs, "earlier format, whose documents are void: start with an empty folder")
		for lang, want := range map[string]string{"it": "cominci con una cartella vuota",
			"de": "beginnen Sie mit einem leeren Ordner", "fr": "commencez avec un dossier vide",
			"sl": "začnite s prazno mapo"} {
			_, _, errs := run(t, append(args, "-lang", lang)...)
			assert.Contains(t, errs, want)
			assert.NotContains(t, errs, "earlier format")
		}
	}
}
