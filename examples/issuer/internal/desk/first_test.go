package desk_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/issuertest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

func TestFirstLevel(t *testing.T) {
	o := newOffice(t, nil, nil)
	o.get("/q").
		says(200, "Legga qui con il lettore USB, o incolli il testo del QR", "Nessuno: solo la categoria",
			"Dopo non resta nulla")

	o.check("mario").
		says(200, "Confermato", "Invalido civile", "27 novembre 2026, 10:00", "Ricevuta", "Serve di più?",
			"27 novembre 2031"). // the day that the paper shows
		silent("RSSMRA", "74 %", "74%", "28 novembre 2031")
	o.check("mario", "benefit", "museums").
		says(200, "Confermato", "Ingresso gratuito nei musei", "Da vedere anche", "DM 507/1997").
		silent("Invalido civile")
	o.check("mario", "benefit", "ticket_c03").
		says(200, "Incerto: non si può dire", "Continui con il secondo livello")
	o.check("marco").says(200, "secondo livello").silent("Sordoci")
	o.check("rosa").says(200, "Decisione conservata altrove")
	o.check("silvia").says(200, "Confermato")
	o.check("emma").says(200, answer.For(status.Italian, api.CodeNoStatusHere).Headline)

	o.check("mario", "qr", o.Paper(t, "mario")).says(200, "Confermato")
	o.check("mario", "cf", " rss mra 80a01 h501u ").says(200, "Confermato")
	silvia := issuertest.Persona(t, "silvia")
	require.NoError(
		t,
		o.Registry.Put(t.Context(), registry.Person{CF: silvia.CF, Given: silvia.Given, Family: silvia.Family,
			Birth: silvia.Birth, Complete: true,
			Verbali: append(silvia.Verbali, status.Verbale{ID: "RE/2026/0113", Definitive: true,
				Domain: status.CivilInvalidity, Kind: status.KindRevocation, Decision: 20261120,
				Effect: 20261120})}),
	)
	o.check("silvia").says(200, "Requisiti non presenti")
}

// A record that does not decide is explained, with the way to the second level, and is never "not
// confirmed".
func TestUndecided(t *testing.T) {
	o := newOffice(t, nil, nil)
	o.Clock.Advance(8 * 365 * 24 * time.Hour) // Giulia is 18
	w := answer.For(status.Italian, api.CodeUndecided)
	o.check("giulia").
		says(200, w.Headline, "Questo non è un no", "Serve di più?").
		silent("Non confermato", "Scriva di nuovo")
}

// If the code has changed since the paper was issued, the desk is told to ask for a new paper, whichever
// code it types, at both levels.
func TestReplaced(t *testing.T) {
	mario, carlo := issuertest.Persona(t, "mario").CF, issuertest.Persona(t, "carlo").CF
	o := newOffice(t, nil, func(s *service.Config) {
		s.Codes = func(_ context.Context, cf codicefiscale.Code) ([]codicefiscale.Code, bool, error) {
			if cf == carlo {
				return []codicefiscale.Code{mario}, false, nil
			}
			return nil, cf == mario, nil
		}
	})
	w := answer.For(status.Italian, api.CodeReplaced)
	for _, cf := range []codicefiscale.Code{mario, carlo} {
		o.check("mario", "cf", cf.Reveal()).says(200, w.Headline, w.Next).
			silent("Non confermato", "Scriva di nuovo", "Serve di più?", "74 %")
	}
	o.check("mario", "cf", issuertest.Persona(t, "jana").CF.Reveal()).says(200, "Codice fiscale diverso")
}

func TestRefused(t *testing.T) {
	o := newOffice(t, nil, nil)
	paper := o.Paper(t, "mario")

	wrong := o.check("mario", "cf", issuertest.Persona(t, "carlo").CF.Reveal()).
		says(200, "Codice fiscale diverso", "Scriva di nuovo").
		silent("Serve di più?", "Cieco")
	wrong.send("/q", "cf", issuertest.Persona(t, "mario").CF.Reveal()).says(200, "Confermato")
	wrong.send("/q", "cf", "RSSMRA80A01H501X").
		says(http.StatusUnprocessableEntity, "L'ultima lettera non torna")
	// A person who is in no registry gets the same answer as anybody with another person's paper.
	unknown := o.check("mario", "cf", "VRDLGU80A41H501U").says(200, "Codice fiscale diverso")
	same, _, _ := strings.Cut(wrong.text(), "Numero della ricevuta")
	assert.True(t, strings.HasPrefix(unknown.text(), same))

	o.check("mario", "qr", paper[:len(paper)-10]+"AAAAAAAAAA").says(200, "Firma falsa")
	o.check("mario", "qr", paper[:200]).says(200, "Testo rovinato")
	o.check("mario", "qr", "https://example.com/menu").says(200, "Un altro QR")
	o.check("mario", "qr", servicetest.Forged(t, issuertest.Persona(t, "mario").CF)).
		says(200, "Documento di un altro ente",
			"Questo non è un documento di "+strings.TrimPrefix(servicetest.Name, "https://"),
			strings.TrimPrefix(servicetest.ForgerName, "https://")).
		silent("Confermato", "Non confermato", "Serve di più?")
	o.check("mario", "qr", strings.Repeat("x", 3000)).says(200)

	o.check("paolo", "qr", o.PaperAt(t, "paolo", demo.Lost().Add(-time.Hour))).says(200, "Foglio annullato")
	o.check("paolo").says(200, "Confermato")

	o.Clock.Advance(6 * 365 * 24 * time.Hour)
	o.check("mario", "qr", paper).says(200, "Foglio scaduto")
}

func TestNothingIsLost(t *testing.T) {
	o := newOffice(t, nil, nil)
	paper := o.Paper(t, "mario")
	for cf, want := range map[string]string{
		"":                "Scriva il codice fiscale",
		"RSSMRA80A01H501": "16 caratteri", "RSSMRA80A01H501!": "lettere senza accento",
		"RSSMRA80A01H5O1U": "posto sbagliato",
		"RSSMRA80F01H501G": "data di nascita", "RSSMRA80A01H501X": "L'ultima lettera non torna",
	} {
		p := o.check("mario", "qr", paper, "cf", cf, "benefit", "ced")
		p.says(http.StatusUnprocessableEntity, want, "Da correggere")
		assert.Contains(t, p.body, ">"+paper+"</textarea>")
		assert.Contains(t, p.body, `value="`+cf+`"`)
		assert.Contains(t, p.body, `value="ced" selected>`)
		assert.Contains(t, p.body, `aria-invalid="true"`)
	}
	o.check("mario", "qr", "").says(http.StatusUnprocessableEntity, "Manca il QR")
}

func TestLimits(t *testing.T) {
	o := newOffice(t, nil, nil)
	paper := o.Paper(t, "mario")
	wrong := []string{"qr", paper, "cf", issuertest.Persona(t, "carlo").CF.Reveal()}
	for range 5 {
		o.check("mario", wrong...).says(200, "Codice fiscale diverso")
	}
	limited := o.check("mario", wrong...).
		says(http.StatusTooManyRequests, "Troppi codici errati", "Acceda", "un foglio nuovo",
			"Minuti da aspettare")
	o.check("mario", "qr", paper).says(http.StatusTooManyRequests, "Troppi codici errati")
	o.Clock.Advance(10 * time.Minute)
	o.check("mario").says(200, "Confermato") // a new paper
	o.Clock.Advance(2 * time.Minute)
	limited.send("/q").says(200, "Codice fiscale diverso")
	o.check("mario", "qr", paper).says(http.StatusTooManyRequests, "Accedi")
	o.get("/login?return=/q")
	o.check("mario", "qr", paper).says(200, "Confermato")
}
