package login_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestIdentityPrintsNothing(t *testing.T) {
	id := login.Identity{Person: must(codicefiscale.Parse(person)), Name: "Mario Rossi", Subject: "subject",
		Organisation: "Comune"}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "id", id, "pointer", &id, "in",
		struct{ ID login.Identity }{id})
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %x %d", id, id, id, id, id, id, id),
		fmt.Sprint(&id), log.String()} {
		for _, secret := range []string{person, "Mario", "Rossi", "subject", "Comune"} {
			assert.NotContains(t, text, secret)
		}
	}
	_, err := json.Marshal(id)
	assert.ErrorIs(t, err, codicefiscale.ErrMarshal)
}

// Somebody who logs in with SPID and then with a card must not get a second budget of wrong codes.
func TestOneOperatorHoweverTheyLogIn(t *testing.T) {
	cf := must(codicefiscale.Parse(person))
	spid := login.Identity{Person: cf, Method: "spid", Subject: "a",
		IdentityProvider: "https://id.example.it"}
	card := login.Identity{Person: cf, Method: "cns", Subject: "6090", IdentityProvider: "Regione Esempio CA"}
	h := newHostile(t)
	c := accessClaims(h)
	c["fiscal_number"] = "TINIT-" + person
	program, err := newBearer(h).Operator(call(h.jws("at+jwt", c)))
	require.NoError(t, err)
	assert.Equal(t, spid.Operator(), card.Operator())
	assert.Equal(t, spid.Operator(), program)
}

func TestConfiguration(t *testing.T) {
	for _, rp := range []*login.OIDC{{}, {Provider: &login.Provider{}, ClientID: "web",
		RedirectURL: "https://rp.example.it/cb"},
		{Provider: &login.Provider{Issuer: "http://idp.example.it"}, ClientID: "web",
			RedirectURL: "https://rp.example.it/cb"},
		{Provider: &login.Provider{Issuer: "https://user@idp.example.it"}, ClientID: "web",
			RedirectURL: "https://rp.example.it/cb"},
	} {
		_, _, err := rp.Begin(t.Context(), 2, "spid")
		assert.ErrorIs(t, err, login.ErrConfiguration)
	}
}
