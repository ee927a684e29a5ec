package main

import (
	"html"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A new number in the place of another gets no consent for a day: the operator hears from when, and the
// staff may end the wait.
func TestReplacedNumberGetsNoConsent(t *testing.T) {
	data := t.TempDir()
	base := start(t, "-data", data)
	mario := newBrowser(t, base)
	mario.login(t, "mario", "/area")
	paper := mario.paper(t)

	desk := operatorsDesk(t, base)
	cf, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	ask := func(key string) (*api.Challenge, verifier.Report) {
		return desk.RequestSecondLevel(t.Context(), paper, cf, verifier.SecondLevelRequest{
			Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: api.ScopeDetail, Key: key})
	}
	fields := func(page string) (list []string) {
		for _, field := range hidden.FindAllStringSubmatch(page, -1) {
			list = append(list, field[1], html.UnescapeString(field[2]))
		}
		return list
	}
	contacts := mario.get(t, "/area/contacts")
	page := mario.post(t, "/area/contacts/phone", append(fields(contacts)[:2], "number", "351 000 0199")...)
	page = mario.post(t, "/area/contacts/phone/code", append(fields(page), "code", mario.lastCode(t))...)
	assert.Contains(t, page, "riceve i codici dal")
	assert.Contains(t, mario.get(t, "/dev/phone"), "il numero per i codici è stato cambiato")
	assert.Contains(t, mario.get(t, "/dev/mail"), "I suoi recapiti sono stati cambiati")

	challenge, report := ask("one")
	require.Nil(t, challenge)
	require.NotNil(t, report.Problem)
	assert.Equal(t, api.NoChannel, report.Problem.Code)
	assert.WithinDuration(t, time.Now().Add(24*time.Hour), report.Problem.UsableFrom, time.Minute)

	must(t, "registry", "end-wait", "-cf", cf.Reveal(), "-case", "2026/7", "-data", data)
	challenge, report = ask("two")
	require.NotNil(t, challenge, "%s %+v", report.Code, report.Problem)
	assert.Contains(t, mario.get(t, "/area/accesses"), "per usare subito il suo nuovo numero")
}

// operatorsDesk returns the client of a desk whose operator is logged in.
func operatorsDesk(t *testing.T, base string) *verifier.Client {
	t.Helper()
	laura := newBrowser(t, base)
	access, err := login.Loopback(t.Context(), base+"/dev/idp", app.DeskClient, devidp.SecondLevel,
		func(address string) error {
			laura.choose(t, address, "laura")
			return nil
		})
	require.NoError(t, err)
	keys, err := token.ParseJWKS([]byte(laura.get(t, api.PathJWKS)), "")
	require.NoError(t, err)
	desk, err := verifier.New(verifier.TrustAnchor{Name: keys[0].IssuerName(), Address: base, Keys: keys})
	require.NoError(t, err)
	desk.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+access.AccessToken)
		return nil
	}
	return desk
}
