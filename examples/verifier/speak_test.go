package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
)

// A codice fiscale is accepted as it is printed on the card and as it is pasted.
func TestCheckTakesGroups(t *testing.T) {
	ours := newBody(t, issuerName)
	paper := []byte(ours.text(t, time.Now(), true))
	for _, typed := range []string{
		"RSS MRA 80A01 H501U", "rss mra 80a01 h501u", " RSSMRA80A01H501U\r\n", "\u200bRSSMRA80A01H501U\u00a0",
		"\ufeffRSS\u00a0MRA\u00a080A01\u00a0H501U",
	} {
		code, out, errs := run(t, paper, "check", "-offline", "-lang", "en", "-jwks", ours.jwks, "-cf", typed,
			"-")
		assert.Equal(t, cli.OK, code, "%+q: %s", typed, errs)
		assert.Contains(t, out, "goes with this paper", "%+q", typed)
	}
	dir := t.TempDir()
	list := filepath.Join(dir, "list.csv")
	require.NoError(t, os.WriteFile(list, []byte("a.txt, rss mra 80a01 h501u\u00a0\r\n"), 0o600))
	got, err := readList(list, false)
	require.NoError(t, err)
	assert.Equal(t, mario, got["a.txt"].Reveal())
}

// Errors are in the language asked for, in every command and before its flags are parsed.
func TestErrorsSpeak(t *testing.T) {
	ours := newBody(t, issuerName)
	tests := []struct {
		want string
		args []string
	}{
		{"codice fiscale non valido: l’ultimo carattere",
			[]string{"check", "-offline", "-cf", "RSSMRA80A01H501X", "a.pdf"}},
		{"none.pdf: il file non esiste", []string{"check", "-offline", "-jwks", ours.jwks, "none.pdf"}},
		{"-jwks: none.json: il file non esiste", []string{"check", "-offline", "-jwks", "none.json", "-"}},
		{"check vuole un file", []string{"check"}},
		{"l’opzione -colour non esiste", []string{"check", "-colour"}},
		{"\"many\" non è un valore dell’opzione -parallel", []string{"check", "-parallel", "many"}},
		{"nessun beneficio dell’elenco", []string{"benefits", "xyzzy"}},
		{"dica che cosa chiedere", []string{"second-level", "-cf", mario, "-purpose", "x", "a.pdf"}},
		{"none.pdf: il file non esiste", []string{"lint", "none.pdf"}},
		{"none: il file non esiste", []string{"receipt", "verify", "-jwks", ours.jwks, "none"}},
		{"a un pacchetto si crede", []string{"check", "-offline", "-bundle", "none", "-"}},
		{"bundle vuole make, show o verify", []string{"bundle"}},
		{"comando sconosciuto", []string{"dance"}},
	}
	for _, test := range tests {
		t.Run(test.want, func(t *testing.T) {
			_, _, errs := run(t, nil, append(test.args, "-lang", "it")...)
			assert.Contains(t, errs, test.want)
			t.Setenv("LC_ALL", "it_IT.UTF-8")
			_, _, errs = run(t, nil, test.args...)
			assert.Contains(t, errs, test.want)
			assert.NotContains(t, errs, "RSSMRA")
		})
	}
	_, out, _ := run(t, manyPages(), "check", "-offline", "-lang", "it", "-jwks", ours.jwks, "-")
	assert.Contains(t, out, "nel PDF non si trova né un QR né un link")
}
