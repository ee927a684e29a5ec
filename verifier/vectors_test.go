package verifier_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// vector has the members of a case that this package reads; token/testdata/vectors/README.md describes all.
type vector struct {
	ID            string            `json:"id"`
	Text          string            `json:"text"`
	Token         string            `json:"token"`
	JWKS          []json.RawMessage `json:"jwks"`
	Now           int64             `json:"now"`
	CF            string            `json:"codice_fiscale"`
	Expected      api.Code          `json:"expected"`
	ReferenceKeys []any             `json:"reference_keys"` // these cases are for issuers
}

// The report of each vector of the token format has the vector's cause.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("../token/testdata/vectors/*.json")
	require.NoError(t, err)
	compared := 0
	for _, file := range files {
		if name := filepath.Base(file); name == "bundle.json" || name == "receipt.json" {
			continue // no tokens: see TestBundleVectors and TestReceiptVectors
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var vectors []vector
		require.NoError(t, json.Unmarshal(data, &vectors))
		for _, v := range vectors {
			client, ok := v.client(t)
			if !ok || v.ReferenceKeys != nil {
				continue
			}
			compared++
			t.Run(v.ID, func(t *testing.T) { v.check(t, client) })
		}
	}
	assert.Greater(t, compared, 200, "vectors found")
}

// client returns a client that trusts the vector's key sets, or false if they are not valid.
func (v vector) client(t *testing.T) (*verifier.Client, bool) {
	t.Helper()
	var issuers []verifier.TrustAnchor
	for _, set := range v.JWKS {
		keys, err := token.ParseJWKS(set, "")
		if err != nil {
			return nil, false
		}
		issuers = append(issuers, verifier.TrustAnchor{Name: keys[0].IssuerName(), Keys: keys})
	}
	client, err := verifier.New(issuers...)
	if err != nil {
		return nil, false
	}
	client.Now = func() time.Time { return time.Unix(v.Now, 0) }
	return client, true
}

func (v vector) check(t *testing.T, client *verifier.Client) {
	var cf codicefiscale.Code
	if v.CF != "" {
		var err error
		if cf, err = codicefiscale.Parse(v.CF); err != nil {
			cf, err = codicefiscale.ParseProvisional(v.CF)
			require.NoError(t, err)
		}
	}
	text := cmp.Or(v.Text, v.Token)
	r := client.Check(t.Context(), text, cf)
	assert.NotEqual(t, api.Confirmed, r.Verdict)
	scanned, err := token.FromQRText(text)
	switch {
	case v.Text != "":
		assert.Equal(t, v.Expected, r.Code)
	case err != nil:
		assert.Contains(t, []api.Code{api.CodeNotOurs, api.CodeNewerVersion, api.CodeUnreadable}, r.Code)
	case scanned != v.Token: // space around a token, or a text before it, is not the token's
		assert.Equal(t, client.Check(t.Context(), scanned, cf).Code, r.Code)
	default:
		assert.Equal(t, v.Expected, r.Code)
	}
	if v.Expected != "" && v.Expected.Outcome() == api.NotConfirmed && r.Code == v.Expected {
		assert.Equal(t, api.NotConfirmed, r.Verdict)
	}
}
