package service_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// BenchmarkFirstLevel measures whole calls without the network. "bare" decodes the same JSON, makes one raw ECDSA
// verification and answers: the bar is at least 0.6 of its calls per second.
func BenchmarkFirstLevel(b *testing.B) {
	w := newWorld(b, func(w *world) {
		w.service.Limiter, w.service.Log = unlimited{}, slog.New(slog.DiscardHandler)
	})
	text := body("qr", w.paper(b, person), "codice_fiscale", person)
	handler, err := w.service.Handler()
	require.NoError(b, err)
	b.Run("service", func(b *testing.B) { serve(b, handler, text) })
	b.Run("bare", func(b *testing.B) { serve(b, bare(), text) })
}

func bare() http.Handler {
	key := signer(7)
	digest := sha256.Sum256([]byte("x"))
	signature := must(ecdsa.SignASN1(nil, key, digest[:]))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q api.FirstLevelRequest
		text, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(text, &q) != nil || !ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "{}")
	})
}

func serve(b *testing.B, handler http.Handler, text string) {
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, api.PathFirstLevel, strings.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Code, recorder.Body)
		}
	}
}
