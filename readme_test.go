package attesta_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func newDesk(jwks []byte) (*verifier.Client, error) {
	keys, err := token.ParseJWKS(jwks, "https://qr.example.it") // the issuer's published key set
	if err != nil {
		return nil, err
	}
	return verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Keys: keys})
}

func answer(ctx context.Context, desk *verifier.Client, scanned, typed string) string {
	person, err := codicefiscale.Parse(typed)
	if err != nil {
		return "type it again: " + err.Error()
	}
	switch report := desk.Check(ctx, scanned, person); {
	case report.Verdict == api.NotConfirmed:
		return "no: " + string(report.Code) // expired, cf_mismatch, signature, ...
	case report.Authenticity == verifier.Authentic:
		return "the paper is authentic; ask the issuer for the status"
	default:
		return "cannot tell: neither a yes nor a no"
	}
}

func TestReadmeSnippetIsTheCompiledOne(t *testing.T) {
	source, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(source), "\nfunc newDesk(")
	require.True(t, ok)
	snippet, _, ok := strings.Cut(rest, "\nfunc Test")
	require.True(t, ok)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), "```go\nfunc newDesk("+snippet+"```\n")
}

func TestReadmeSnippetAnswers(t *testing.T) {
	folder := token.Folder{Dir: t.TempDir(), IssuerName: "https://qr.example.it"}
	key, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	reference, err := folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	jwks, err := token.MarshalJWKS([]token.PublicKey{key.Public()})
	require.NoError(t, err)
	issuer := token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	jws, _, err := issuer.IssueOffline(t.Context(), person)
	require.NoError(t, err)
	desk, err := newDesk(jwks)
	require.NoError(t, err)
	for _, test := range []struct{ scanned, typed, want string }{
		{jws, "RSSMRA80A01H501U", "the paper is authentic; ask the issuer for the status"},
		{jws, "RSSMRA77L18H501W", "no: cf_mismatch"},
		{jws, "RSSMRA80A01H501X", "type it again: " + codicefiscale.ErrCheck.Error()},
		{jws[:100], "RSSMRA80A01H501U", "no: shape"},
		{"https://example.org/menu", "RSSMRA80A01H501U", "cannot tell: neither a yes nor a no"},
	} {
		assert.Equal(t, test.want, answer(t.Context(), desk, test.scanned, test.typed))
	}
}
