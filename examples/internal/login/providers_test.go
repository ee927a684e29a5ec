package login_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
)

// The providers of testdata answer in the shapes that their own sources and profiles show.
func TestProviders(t *testing.T) {
	var providers []struct {
		Name         string
		OnRequest    bool `json:"released_on_request"`
		Metadata     map[string]any
		IDToken      map[string]any `json:"id_token"`
		UserInfo     map[string]any
		ACRMap       login.Levels `json:"acr_map"`
		Organisation string
		Refused      login.Error
		Want         struct {
			Name, Organisation string
			Level              int
		}
	}
	require.NoError(t, json.Unmarshal(must(os.ReadFile("testdata/providers.json")), &providers))
	require.NotEmpty(t, providers)
	for _, p := range providers {
		t.Run(p.Name, func(t *testing.T) {
			h := newHostile(t)
			h.meta = func(m map[string]any) { merge(m, p.Metadata) }
			h.claims = func(c map[string]any) {
				delete(c, "fiscal_number")
				merge(c, p.IDToken)
			}
			rp := relyingParty(h.issuer, nil)
			rp.Organisation, rp.ACR = p.Organisation, p.ACRMap
			address, pending, err := rp.Begin(t.Context(), 2, "spid")
			require.NoError(t, err)
			h.nonce = pending.Nonce

			asked := must(url.Parse(address)).Query().Get("claims")
			assert.Equal(t, p.Metadata["claims_parameter_supported"], asked != "")
			var request struct{ UserInfo map[string]any }
			if asked != "" {
				require.NoError(t, json.Unmarshal([]byte(asked), &request))
			}
			h.userInfo = map[string]any{"sub": "subject"}
			for name, value := range p.UserInfo {
				if _, wanted := request.UserInfo[name]; wanted || !p.OnRequest {
					h.userInfo[name] = value
				}
			}

			answer := url.Values{"code": {"c"}, "state": {pending.State}, "iss": {h.issuer}}
			id, err := rp.Finish(t.Context(),
				httptest.NewRequest(http.MethodGet, "/auth/callback?"+answer.Encode(), nil), pending)
			if p.Refused != "" {
				assert.ErrorIs(t, err, p.Refused)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, person, id.Person.Reveal())
			assert.Equal(t, p.Want.Name, id.Name)
			assert.Equal(t, p.Want.Level, id.Level)
			assert.Equal(t, p.Want.Organisation, id.Organisation)
		})
	}
}

func merge(into, from map[string]any) {
	for name, value := range from {
		into[name] = value
	}
}

// What is asked for by name is what the login reads, and nothing else.
func TestClaimsParameter(t *testing.T) {
	h := newHostile(t)
	h.meta = func(m map[string]any) { m["claims_parameter_supported"] = true }
	rp := relyingParty(h.issuer, nil)
	rp.Claims, rp.Organisation = []string{"cf"}, "ente"
	address, _, err := rp.Begin(t.Context(), 2, "spid")
	require.NoError(t, err)
	assert.JSONEq(t, `{"userinfo":{"cf":null,"ente":null,"given_name":null,"family_name":null,"name":null,
		"https://attributes.spid.gov.it/name":null,"https://attributes.spid.gov.it/familyName":null}}`,
		must(url.Parse(address)).Query().Get("claims"))
}
