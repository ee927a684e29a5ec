package page_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A desk that asks nobody says whether the codice fiscale matches, and how old its keys are.
func TestOffline(t *testing.T) {
	body := servicetest.New(t)
	cf, err := codicefiscale.Parse(person)
	require.NoError(t, err)
	jws, _, err := body.Signer.IssueOffline(t.Context(), cf)
	require.NoError(t, err)
	text := func(jws string) string {
		qr, err := token.QRText(servicetest.Name+"/q", jws)
		require.NoError(t, err)
		return qr
	}
	withCode, without := text(jws), text(body.Paper(t, cf))
	keys := []token.PublicKey{body.Signer.Keys[0].Public()}
	made := body.Clock.Now()
	bundle := verifier.TrustAnchor{Name: servicetest.Name, Keys: keys, KeysAsOf: made,
		KeysUntil: made.Add(verifier.BundleLife)}
	client, err := verifier.New(bundle)
	require.NoError(t, err)
	client.Now = body.Clock.Now
	o := newOffice(t, func(c *page.Config) {
		c.Offline, c.Now = true, body.Clock.Now
		c.Client = func(*http.Request) (*verifier.Client, error) { return client, nil }
	})
	for _, test := range []struct{ name, qr, cf, want string }{
		{"matches", withCode, person, "Corrisponde a questo foglio."},
		{"differs", withCode, other, "Non corrisponde: il foglio"},
		{"not typed", withCode, "", "Non confrontato: non è stato scritto."},
		{"no commitment", without, person, "con questo foglio solo l’ente può dirlo"},
	} {
		w := o.post("/q?new", "qr", test.qr, "cf", test.cf).Body.String()
		assert.Contains(t, w, test.want, test.name)
		assert.NotContains(t, w, "answer-yes", test.name)
		assert.Contains(t, w, "15 gennaio 2026, 10:00 (giorni passati: 0)", test.name)
	}
	body.Clock.Advance(49 * time.Hour)
	w := o.post("/q", "qr", withCode, "cf", person).Body.String()
	assert.Contains(t, w, "(giorni passati: 2)")
	assert.Contains(t, w, "Sono vecchie")
	body.Clock.Advance(5 * 24 * time.Hour)
	w = o.post("/q", "qr", withCode, "cf", person).Body.String()
	assert.Contains(t, w, "Chiavi troppo vecchie")
	assert.Contains(t, w, "(giorni passati: 7)")
	assert.NotContains(t, w, "Corrisponde")
}
