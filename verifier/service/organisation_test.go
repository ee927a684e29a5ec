package service_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A name that an operator declares is neither an authority, nor the issuer, nor an instruction, however it is
// written. Without these rules each of them was in a message to the person.
func TestDeclaredOrganisation(t *testing.T) {
	w := newWorld(t, func(b *world) {
		gate(b, func(c *otp.Config) {
			c.DisplayName, c.Policy.Limits = "Regione Esempio", otptest.Unlimited()
		})
		b.Config.Reserved = []string{"Ente Regionale", "Region Beispiel"}
	})
	for name, want := range map[string]bool{
		"Museo Civico":              true,
		"MUSEO CIVICO":              true,
		"Città dell’Aquila":         true,
		"Città dell'Aquila":         true,
		"ASL Roma 1":                true,
		"Osteria Da Gino":           true,
		"Museo Civico di Cesena":    true,
		"Circolo di Cavour":         true,
		"Marin Psicologia":          true,
		"SedeINPSRoma":              false,
		"Sede I-N P.S":              false,
		"Policlinico Gemelli":       true,
		"Comune di Chiampo":         true,
		"Amministrazione Tigli":     true,
		"Corte Franca - Musei":      true,
		"Škoda Center":              true,
		strings.Repeat("a", 24):     true,
		strings.Repeat("a", 25):     false,
		"Bolzano/Bozen":             false,
		"inps.it":                   false,
		"www inps":                  false,
		"Ufficio 1 1 8 0":           false,
		"":                          false,
		"Lo dica al telefono":       false,
		"lo-dica qui":               false,
		"Tel. al TELÉFONO":          false,
		"INPS":                      false,
		"inps":                      false,
		"I.N.P.S.":                  false,
		"I N P S":                   false,
		"1NPS":                      false,
		"lNPS":                      false,
		"INP5 Roma":                 false,
		"Sede INPS di Roma":         false,
		"Ìñps":                      false,
		"ΙΝΡS":                      false, // Greek
		"ІNРS":                      false, // Cyrillic
		"ＩＮＰＳ":                      false, // full width
		"IN\u200bPS":                false,
		"𝐈𝐍𝐏𝐒":                      false,
		"Tribunale di Roma":         false,
		"Tr1bunale":                 false,
		"TRIBUNA LE":                false,
		"Ministero Salute":          false,
		"M1N1STERO":                 false,
		"rninistero":                false,
		"Corte d'Appello":           false,
		"Polizia Locale":            false,
		"Questura":                  false,
		"Carabinieri":               false,
		"Il suo codice":             false,
		"Agenzia Entrate":           false,
		"Regione Esempio":           false, // the name in messages
		"REGI0NE ESEMPI0":           false,
		"Regione-Esempio Ufficio":   false,
		"Ente Regionale":            false, // a name in print
		"Region Beispiel":           false,
		"qr example it":             false, // the issuer's name
		"Verwaltung Landesgericht ": false,
	} {
		w.Clock.Advance(24 * time.Hour)
		answer, text := start(t, w, "organisation", name)
		if want {
			assert.Equal(t, http.StatusCreated, answer.StatusCode, "%q: %s", name, text)
			assert.Contains(t, text, `"organisation_declared":true`)
			assert.Contains(t, w.Messages.Last().Text.Reveal(), "(dichiarato)", name)
			continue
		}
		assert.Contains(t, text, `"code":"organisation_refused"`, "%q", name)
	}
}

// A code of the login is resolved in the register, at both doors. Its name is neither declared nor refused
// as a reserved one. If the register does not answer, nobody is asked.
func TestRegister(t *testing.T) {
	register := func(_ context.Context, code string) (string, error) {
		switch code {
		case "inps":
			return "INPS", nil
		case "broken":
			return "", errors.New("no answer")
		}
		return "", nil
	}
	const declared = "MUSEO CIVICO"
	for _, tt := range []struct{ name, code, login, want string }{
		{"in the register", "inps", "", "INPS"},
		{"named by the login", "inps", "Comune di Roma", "Comune di Roma"},
		{"not in the register", "none", "", declared},
		{"no code", "", "", declared},
		{"register does not answer", "broken", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by := service.Operator{ID: "1", Organisation: tt.login, OrganisationCode: tt.code}
			w := newWorld(t, func(b *world) {
				b.Config.Register = register
				b.Config.Authenticate = func(*http.Request) (service.Operator, error) { return by, nil }
			})
			answer, text := start(t, w)
			inside, err := w.Service.StartSecondLevel(t.Context(), service.Caller{Operator: by},
				api.ChallengeRequest{Key: "k", CheckID: api.NewCheckID(), QR: w.paper(t, person),
					CodiceFiscale: person, Organisation: declared, Purpose: "other", Scope: "detail"})
			name, fault := w.Service.Organisation(t.Context(), by)
			if tt.want == "" {
				assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode, text)
				require.Error(t, err)
				require.Error(t, fault)
				assert.Empty(t, w.Messages.Messages())
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, inside.Organisation)
			assert.Equal(t, tt.want == declared, inside.OrganisationDeclared)
			assert.Contains(t, text, `"organisation":"`+tt.want+`"`)
			require.NoError(t, fault)
			assert.Equal(t, strings.TrimPrefix(tt.want, declared), name)
		})
	}
}
