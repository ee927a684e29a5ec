package service_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// keyed is an issuer whose keys are in a folder, as in docs/embed-issuer.md.
type keyed struct {
	*world
	folder token.Folder
}

func newKeyed(t *testing.T) keyed {
	t.Helper()
	k := keyed{}
	k.world = newWorld(t, func(w *world) {
		k.folder = token.Folder{Dir: filepath.Join(t.TempDir(), "keys"), IssuerName: issuerName,
			Now: w.Clock.Now}
		must(k.folder.AddSigningKey(t.Context()))
		must(k.folder.AddReferenceKey(t.Context()))
		w.Config.Signer, w.Config.Keys = k.folder.Signer, k.folder.Published
	})
	return k
}

// paper issues a paper and returns it with the ID of its key.
func (k keyed) paper(t *testing.T) (text, id string) {
	t.Helper()
	signer, err := k.folder.Signer(t.Context())
	require.NoError(t, err)
	text, _, err = signer.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	return text, k.signedBy(t, text)
}

// signedBy returns the ID of the key that signed the text.
func (k keyed) signedBy(t *testing.T, text string) string {
	t.Helper()
	keys, err := k.folder.Published(t.Context())
	require.NoError(t, err)
	for _, key := range keys {
		own := []token.PublicKey{key}
		if _, err := token.Verify(text, own, k.Clock.Now()); err == nil {
			return key.ID()
		}
		if _, err := token.VerifyJWS(api.ReceiptType, text, own, api.MaxReceipt); err == nil {
			return key.ID()
		}
	}
	require.Fail(t, "no published key verifies the text")
	return ""
}

// check makes a check as a desk that has just fetched the keys. The handler is the same throughout the test.
func (k keyed) check(t *testing.T, paper string) verifier.Report {
	t.Helper()
	keys, err := k.folder.Published(t.Context())
	require.NoError(t, err)
	desk, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Address: k.Server.URL, Keys: keys,
		KeysAsOf: k.Clock.Now()})
	require.NoError(t, err)
	desk.Now = k.Clock.Now
	return desk.FirstLevel(context.Background(), paper, code(t, person), verifier.FirstLevelOptions{})
}

func TestKeyIsRevoked(t *testing.T) {
	k := newKeyed(t)
	old, id := k.paper(t)
	report := k.check(t, old)
	require.Equal(t, api.Confirmed, report.Verdict)
	assert.Equal(t, id, k.signedBy(t, report.Receipt))

	_, err := k.folder.Revoke(t.Context(), id)
	require.NoError(t, err)
	answer, _ := k.post(t, api.PathFirstLevel, body("qr", old, "codice_fiscale", person))
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, "nothing may sign the receipt")

	added, err := k.folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	assert.Equal(t, api.CodeUnknownKey, k.check(t, old).Code)
	paper, id := k.paper(t)
	assert.Equal(t, added.Public().ID(), id)
	report = k.check(t, paper)
	assert.Equal(t, api.Confirmed, report.Verdict)
	assert.Equal(t, id, k.signedBy(t, report.Receipt))
}

func TestKeyIsAdded(t *testing.T) {
	k := newKeyed(t)
	old, first := k.paper(t)
	added, err := k.folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	_, id := k.paper(t)
	assert.Equal(t, first, id, "the new key is published first")
	_, text := k.get(t, http.MethodGet, api.PathJWKS)
	assert.Len(t, must(token.ParseJWKS([]byte(text), issuerName)), 2)

	k.Clock.Advance(token.PublicationLead)
	paper, id := k.paper(t)
	assert.Equal(t, added.Public().ID(), id)
	for _, text := range []string{old, paper} {
		report := k.check(t, text)
		assert.Equal(t, api.Confirmed, report.Verdict)
		assert.Equal(t, id, k.signedBy(t, report.Receipt))
	}
}

func TestKeyRetiresByItsDate(t *testing.T) {
	k := newKeyed(t)
	old, first := k.paper(t)
	k.Clock.Advance(token.DefaultSigning)
	signer, err := k.folder.Signer(t.Context())
	require.NoError(t, err)
	_, _, err = signer.Issue(t.Context(), code(t, person))
	assert.ErrorIs(t, err, token.ErrNoSigningKey)

	added, err := k.folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	report := k.check(t, old)
	assert.Equal(t, api.Confirmed, report.Verdict, "what the retired key signed stays good")
	assert.Equal(t, added.Public().ID(), k.signedBy(t, report.Receipt))

	k.Clock.Advance((token.DefaultYears*366 + 3) * 24 * time.Hour)
	keys, err := k.folder.Published(t.Context())
	require.NoError(t, err)
	require.Len(t, keys, 1)
	assert.NotEqual(t, first, keys[0].ID())
	report = k.check(t, old)
	assert.Equal(t, api.CodeUnknownKey, report.Code)
	assert.Equal(t, time.Duration(0), added.SignUntil.Sub(added.NotBefore)-token.DefaultSigning)
}

// Receipts may have a key of their own, in software, while documents are signed elsewhere.
func TestReceiptKey(t *testing.T) {
	var asked atomic.Int32
	receipts := must(token.NewReceiptKey(t.Context(), issuerName, servicetest.Key(8)))
	publish := true
	w := newWorld(t, func(w *world) {
		keys := w.Config.Keys
		w.signReceipts(receipts)
		sign, published := w.Config.ReceiptKey, w.Config.Keys
		w.Config.ReceiptKey = func(ctx context.Context) (*token.SigningKey, error) {
			asked.Add(1)
			return sign(ctx)
		}
		w.Config.Keys = func(ctx context.Context) ([]token.PublicKey, error) {
			if publish {
				return published(ctx)
			}
			return keys(ctx)
		}
	})
	asked.Store(0)
	r := w.Client.FirstLevel(t.Context(), w.paper(t, person), code(t, person), verifier.FirstLevelOptions{})
	assert.Empty(t, r.Code)
	assert.EqualValues(t, 1, asked.Load())
	keys, err := w.Config.Keys(t.Context())
	require.NoError(t, err)
	_, err = token.VerifyJWS(api.ReceiptType, r.Receipt, keys[1:], api.MaxReceipt)
	assert.NoError(t, err, "signed with the key for receipts")
	_, set := do(t, must(http.NewRequest(http.MethodGet, w.Server.URL+api.PathJWKS, nil)))
	assert.Contains(t, set, `"use": "attesta-receipt"`)

	thief := *w.Signer
	thief.Keys = []*token.SigningKey{must(token.NewSigningKey(t.Context(), issuerName, servicetest.Key(8)))}
	forged, _, err := thief.Issue(t.Context(), code(t, person))
	require.NoError(t, err)
	r = w.Client.FirstLevel(t.Context(), forged, code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeUnknownKey, r.Code)
	_, text := w.post(t, api.PathFirstLevel, body("qr", forged, "codice_fiscale", person))
	assert.Contains(t, text, `"unknown_key"`, "the issuer says so too")

	publish = false
	_, err = service.New(w.Config)
	assert.ErrorContains(t, err, "not among the published keys")
}
