package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cards/cardstest"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page"
)

// A receipt about a card is the desk's own, and good with the desk's key and name only.
func TestCardReceipt(t *testing.T) {
	world := cardstest.New(t)
	asker, err := world.Settings.Open(t.Context(), benefit.Default())
	require.NoError(t, err)
	pages := asker.Pages("https://desk.example.it")
	q, err := pages.Start(page.CardAsk{Desk: "a browser", Benefit: "museums", Case: "2026/7"})
	require.NoError(t, err)
	world.Scan(asker.Mount(http.NotFoundHandler()), q.Link).Approve(nil)
	_, _, err = pages.Answer("a browser", q.ID, "")
	require.NoError(t, err)
	report, err := pages.Compare(t.Context(), "a browser", q.ID, status.Yes)
	require.NoError(t, err)

	signer, err := token.ReadKeyFile(world.Settings.ReceiptKey)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	require.NoError(t, err)
	key, file := filepath.Join(t.TempDir(), "key.pub"), filepath.Join(t.TempDir(), "receipt.txt")
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	require.NoError(t, os.WriteFile(key, public, 0o600))
	require.NoError(t, os.WriteFile(file, []byte(report.Receipt+"\n"), 0o600))
	w := newWorld(t, nil)
	code, out, errs := w.command(t, nil, "receipt", "verify", "-card-key", key, "-issuer-name",
		"https://desk.example.it", file)
	require.Equal(t, cli.OK, code, errs)
	for _, want := range []string{"GOOD: made by the desk.", "card in a wallet", "outcome       confirmed",
		"2026/7"} {
		assert.Contains(t, out, want)
	}
	for want, args := range map[int][]string{
		1:         {"-card-key", key, "-issuer-name", "https://other.example.it", file},
		cli.Usage: {"-card-key", file, "-issuer-name", "https://desk.example.it", file},
	} {
		code, _, errs = w.command(t, nil, append([]string{"receipt", "verify"}, args...)...)
		assert.Equal(t, want, code, errs)
	}
}
