package service_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// For any body, the answer is a result with one of the three outcomes, or a problem whose status is that of
// its code. The answer does not repeat any part of the body.
func FuzzFirstLevel(f *testing.F) {
	w := newWorld(f, func(w *world) {
		w.Config.Limiter, w.Config.Log = unlimited{}, slog.New(slog.DiscardHandler)
	})
	handler := must(service.New(w.Config)).Handler()
	f.Add(body("qr", w.paper(f, person), "codice_fiscale", person))
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest(http.MethodPost, api.PathFirstLevel, strings.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if recorder.Code == http.StatusOK {
			var result api.Result
			require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &result))
			require.Equal(t, result.Outcome == api.Confirmed, result.Code == "")
			return
		}
		var p api.Problem
		require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &p))
		require.True(t, slices.Contains(api.ProblemCodes(), p.Code))
		require.Equal(t, recorder.Code, p.Code.Status())
		p.Instance = ""
		want := api.NewProblem(p.Code)
		want.RetryAfter = p.RetryAfter
		require.Equal(t, want, p)
	})
}
