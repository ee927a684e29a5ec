package verifier_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// receiptVector is a case of the group receipt; token/testdata/vectors/README.md describes it.
type receiptVector struct {
	ID       string            `json:"id"`
	Comment  string            `json:"comment"`
	Receipt  string            `json:"receipt"`
	Answer   string            `json:"answer"`
	Asked    askedVector       `json:"asked"`
	JWKS     []json.RawMessage `json:"jwks"`
	Now      int64             `json:"now"`
	Expected string            `json:"expected"`
	Claims   json.RawMessage   `json:"claims"`
}

type askedVector struct {
	Issuer   string            `json:"issuer"`
	Level    int               `json:"level"`
	CheckID  string            `json:"check_id"`
	Token    string            `json:"token"`
	CF       string            `json:"codice_fiscale"`
	About    string            `json:"about"`
	Evidence map[string]string `json:"evidence"`
	Case     string            `json:"case_number"`
}

func TestReceiptVectors(t *testing.T) {
	data, err := fs.ReadFile(token.Vectors(), "receipt.json")
	require.NoError(t, err)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var vectors []receiptVector
	require.NoError(t, d.Decode(&vectors))
	require.GreaterOrEqual(t, len(vectors), 70)
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			client, ok := vector{JWKS: v.JWKS, Now: v.Now}.client(t)
			require.True(t, ok)
			receipt, err := v.judge(client)
			if v.Expected != "" {
				assert.Equal(t, v.Expected, causeOf(err), v.Comment)
				assert.Zero(t, receipt)
				return
			}
			require.NoError(t, err, v.Comment)
			payload, err := receipt.Payload()
			require.NoError(t, err)
			assert.JSONEq(t, string(v.Claims), string(payload))
		})
	}
}

func (v receiptVector) judge(client *verifier.Client) (api.Receipt, error) {
	if v.Answer == "" {
		return client.VerifyReceipt(context.Background(), v.Receipt)
	}
	q := api.Question{CheckID: v.Asked.CheckID, Token: v.Asked.Token, CodiceFiscale: v.Asked.CF,
		About: v.Asked.About, Evidence: v.Asked.Evidence}
	receipt := client.JudgeAnswer(v.Asked.Issuer, q, v.Asked.Level, v.Asked.Case, []byte(v.Answer))
	if receipt == nil {
		return api.Receipt{}, token.Cause(api.CodeUnavailable)
	}
	return *receipt, nil
}

func causeOf(err error) string {
	cause, _ := err.(token.Cause)
	return string(cause)
}

// A receipt is kept for as long as a case may be disputed, so its time does not matter.
func TestReceiptDoesNotExpire(t *testing.T) {
	d := newDesk(t, issuerName)
	payload, err := api.Receipt{IssuerName: issuerName, IssuedAt: 1, ID: digest, Level: 1,
		Outcome: api.Confirmed, Check: digest, Answer: digest}.Payload()
	require.NoError(t, err)
	text, err := d.issuer.SignJWS(t.Context(), api.ReceiptType, payload)
	require.NoError(t, err)
	d.client.Now = func() time.Time { return time.Unix(1e10, 0) }
	_, err = d.client.VerifyReceipt(t.Context(), text)
	assert.NoError(t, err)
}
