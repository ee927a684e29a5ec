package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// get sends a request without a body.
func (w *world) get(t *testing.T, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, w.Server.URL+path, nil)
	require.NoError(t, err)
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	return do(t, r)
}

// The list has every benefit of the day with names in five languages, and words for each code that a desk may
// declare. What it says is accepted in a request.
func TestBenefits(t *testing.T) {
	w := newWorld(t, nil)
	list, err := w.Client.Benefits(t.Context(), issuerName)
	require.NoError(t, err)
	today := status.DateOf(w.Clock.Now())
	rows := w.Config.Benefits.On(today)
	require.Len(t, list.Benefits, len(rows))
	assert.Equal(t, w.Config.Benefits.Edition().String(), list.Edition)
	words := map[string]map[string]string{}
	for _, e := range list.Evidence {
		assert.Nil(t, words[e.Code], "%s twice", e.Code)
		words[e.Code] = e.Names
	}
	for n, b := range rows {
		got := list.Benefits[n]
		assert.Equal(t, b.ID, got.ID)
		assert.Equal(t, b.Accepts(), got.Evidence)
		assert.Equal(t, b.Law.In(status.Italian), got.Law["it"])
		for _, lang := range status.Languages() {
			assert.Equal(t, b.Title.In(lang), got.Names[string(lang)])
			for _, code := range got.Evidence {
				assert.NotEmpty(t, words[code][string(lang)], "%s in %s", code, lang)
			}
		}
	}
	parking, _ := status.Describe(status.AnnotationParking, status.Slovene)
	assert.Equal(t, parking.Legal, words["annotation:parking_art_381"]["sl"])

	_, err = w.Client.Benefits(t.Context(), "https://other.example.it")
	assert.ErrorIs(t, err, verifier.ErrUnknownIssuer)
	w.Server.Close()
	_, err = w.Client.Benefits(t.Context(), issuerName)
	assert.Error(t, err)
}

func TestBenefitsOverHTTP(t *testing.T) {
	w := newWorld(t, nil)
	answer, text := w.get(t, http.MethodGet, api.PathBenefits)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Equal(t, "application/json", answer.Header.Get("Content-Type"))
	assert.Equal(t, "*", answer.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "public, max-age=3600", answer.Header.Get("Cache-Control"))
	assert.True(t, json.Valid([]byte(text)))
	assert.Less(t, len(text), api.MaxBenefits/4)
	etag := answer.Header.Get("ETag")
	assert.Regexp(t, `^"[A-Za-z0-9_-]{22}"$`, etag)

	answer, text = w.get(t, http.MethodGet, api.PathBenefits, "If-None-Match", etag)
	assert.Equal(t, http.StatusNotModified, answer.StatusCode)
	assert.Empty(t, text)
	answer, _ = w.get(t, http.MethodHead, api.PathBenefits)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	answer, _ = w.post(t, api.PathBenefits, "{}")
	assert.Equal(t, http.StatusMethodNotAllowed, answer.StatusCode)
}

// On the day on which a row begins, the list has another ETag.
func TestBenefitsChangeWithTheDay(t *testing.T) {
	const rows = `attesta-benefits 1 2026-01-01

benefit town.bus
  it: Autobus
  law: L. 1/2026
  checked: 2026-01-01 read
  valid_from: %s
  condition: evidence(town.resident)

evidence town.resident
  it: Residenza
`
	w := newWorld(t, nil)
	tomorrow := status.DateOf(w.Clock.Now().Add(24 * time.Hour))
	c, err := benefit.Catalogue{}.Merge([]byte(fmt.Sprintf(rows, tomorrow)))
	require.NoError(t, err)
	w = newWorld(t, func(w *world) { w.Config.Benefits = c })
	answer, text := w.get(t, http.MethodGet, api.PathBenefits)
	assert.JSONEq(t, `{"edition":"2026-01-01","benefits":[],"evidence":[]}`, text)
	w.Clock.Advance(24 * time.Hour)
	later, text := w.get(t, http.MethodGet, api.PathBenefits, "If-None-Match", answer.Header.Get("ETag"))
	assert.Equal(t, http.StatusOK, later.StatusCode)
	assert.JSONEq(t, `{"edition":"2026-01-01","benefits":[{"id":"town.bus","names":{"it":"Autobus"},
		"law":{"it":"L. 1/2026"},"evidence":["town.resident"]}],
		"evidence":[{"code":"town.resident","names":{"it":"Residenza"}}]}`, text)
}
