package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const deskPage = "https://qr.example.it/q"

func TestDeskCard(t *testing.T) {
	for _, lang := range []string{"it", "en", "de", "fr", "sl", "it+de", "it+fr", "it+sl"} {
		path := filepath.Join(t.TempDir(), "card.pdf")
		out := must(t, "desk-card", "-page", deskPage, "-body", "Provincia", "-lang", lang, "-o", path,
			"-contact", "Via Roma 1 | de=Romstraße 1")
		assert.Contains(t, out, "Wrote    "+path)
		pdf, err := os.ReadFile(path)
		require.NoError(t, err)
		texts, err := scan.Read(t.Context(), pdf)
		require.NoError(t, err)
		assert.Equal(t, []string{deskPage}, texts, lang)
	}
	pdf := must(t, "desk-card", "-page", deskPage, "-body", "Provincia", "-o", "-")
	assert.True(t, strings.HasPrefix(pdf, "%PDF"))
	assert.Contains(t, must(t, "desk-card", "-h"), "Usage: issuer desk-card")
}

// The date on the card is that of the zone: the two here are 26 hours apart.
func TestDeskCardZone(t *testing.T) {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "pdftotext of poppler is missing")
		t.Skip("pdftotext is missing")
	}
	says := func(zone string) string {
		path := filepath.Join(t.TempDir(), "card.pdf")
		must(t, "desk-card", "-page", deskPage, "-body", "Provincia", "-zone", zone, "-o", path)
		text, err := exec.CommandContext(t.Context(), "pdftotext", path, "-").Output()
		require.NoError(t, err)
		return string(text)
	}
	west, east := says("Etc/GMT+12"), says("Pacific/Kiritimati")
	assert.Contains(t, west, "Provincia")
	assert.NotEqual(t, west, east)
	code, _, errs := run(t, "desk-card", "-page", deskPage, "-body", "E", "-zone", "Local")
	assert.Equal(t, cli.Usage, code)
	assert.Contains(t, errs, `-zone: there is no time zone "Local"`)
}

func TestDeskCardRefuses(t *testing.T) {
	existing := filepath.Join(t.TempDir(), "card.pdf")
	require.NoError(t, os.WriteFile(existing, []byte("precious"), 0o600))
	for name, test := range map[string]struct {
		want string
		code int
		args []string
	}{
		"no page": {"-page is missing", cli.Usage, []string{"-body", "E"}},
		"no body": {"-body is missing", cli.Usage, []string{"-page", deskPage}},
		"argument": {"unexpected argument", cli.Usage,
			[]string{"-page", deskPage, "-body", "E", "x.pdf"}},
		"page with token": {"is not an address", cli.Usage,
			[]string{"-body", "E", "-page", deskPage + "#123"}},
		"page without web": {"is not an address", cli.Usage,
			[]string{"-body", "E", "-page", "qr.example.it/q"}},
		"two contacts": {"two texts without a language", cli.Usage, []string{"-body", "E", "-page", deskPage,
			"-contact", "a | b"}},
		"language": {"unknown language", cli.Failure,
			[]string{"-body", "E", "-page", deskPage, "-lang", "es"}},
		"letter": {"U+6F22", cli.Failure, []string{"-body", "漢", "-page", deskPage}},
		"missing logo": {"no such file", cli.Usage, []string{"-body", "E", "-page", deskPage, "-logo",
			existing + "x"}},
		"missing place": {"no such file", cli.Failure, []string{"-body", "E", "-page", deskPage, "-o",
			existing + ".d/y"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"desk-card", "-o", existing}, test.args...)...)
			assert.Equal(t, test.code, code, errs)
			assert.Contains(t, errs, test.want)
			assert.Equal(t, 1, strings.Count(errs, "\n"), errs)
			assert.Empty(t, out)
		})
	}
	left, err := os.ReadFile(existing)
	require.NoError(t, err)
	assert.Equal(t, "precious", string(left))
}

// The sheet says the facts in each of its languages, and what holds for the service.
func TestIssueSaysFacts(t *testing.T) {
	data, path := t.TempDir(), filepath.Join(t.TempDir(), "qr.pdf")
	must(t, "issue", "-cf", mario, "-data", data, "-o", path, "-lang", "it+de", "-policy", "any",
		"-second-level",
		"-contact", "Via Roma 1 | de=Romstraße 1", "-void-at", "allo sportello | de=am Schalter",
		"-void-phone", "800 000000")
	for _, args := range [][]string{{"-policy", "all"}, {"-void-at", "a | b"}} {
		code, _, _ := run(t, append([]string{"issue", "-cf", mario, "-data", data, "-o", path}, args...)...)
		assert.NotEqual(t, cli.OK, code, args)
	}
}
