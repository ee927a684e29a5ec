package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/api"
)

func askReady(s *readiness, path string) (int, string) {
	mux, w := http.NewServeMux(), httptest.NewRecorder()
	s.operations(mux)
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down, noKey error
		asked := 0
		s := &readiness{}
		assertAnswers := func(ready, deep string) {
			t.Helper()
			time.Sleep(2 * readyFor)
			for path, want := range map[string]string{readyPath: ready, deepPath: deep} {
				code, body := askReady(s, path)
				assert.Equal(t, want, body, path)
				assert.Equal(t, want == "ready\n", code == http.StatusOK, path)
			}
		}
		s.checkKeys(func(context.Context) error { return noKey })
		s.check("database", func(context.Context) error { asked++; return down })
		assertAnswers("starting\n", "starting\n")
		assert.Zero(t, asked, "nothing is open yet")

		s.opened.Store(true)
		assertAnswers("ready\n", "ready\n")
		down = errors.New("no row for RSSMRA80A01H501U")
		code, _ := askReady(s, deepPath)
		assert.Equal(t, http.StatusOK, code, "the answer of a moment ago")
		assert.Equal(t, 1, asked)
		assertAnswers("ready\n", "database\n") // the name and nothing of the error
		noKey = errors.New("device went away")
		assertAnswers("keys\n", "keys\ndatabase\n")

		mux, w := http.NewServeMux(), httptest.NewRecorder()
		s.public(mux)
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, deepPath, nil))
		assert.Equal(t, http.StatusServiceUnavailable, w.Code)
		assert.Equal(t, "not ready\n", w.Body.String(), "the public learns no name")

		down, noKey = nil, nil
		assertAnswers("ready\n", "ready\n")
		s.draining.Store(true)
		assertAnswers("shutting down\n", "shutting down\n")
	})
}

// The checks stop waiting for a part that does not answer, and blame no other part for it.
func TestReadinessIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &readiness{}
		s.opened.Store(true)
		for _, name := range []string{"database", "redis"} {
			s.check(name, func(ctx context.Context) error {
				if name == "database" {
					<-ctx.Done()
				}
				return ctx.Err()
			})
		}
		began := time.Now()
		_, body := askReady(s, deepPath)
		assert.Equal(t, "database\n", body)
		assert.Equal(t, checkLimit, time.Since(began))
	})
}

// The listener answers while the program is still opening.
func TestGate(t *testing.T) {
	ready := &readiness{}
	g := &gate{starting: starting(ready)}
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	assert.Equal(t, http.StatusOK, ask(healthPath).Code)
	for _, path := range []string{readyPath, deepPath, "/", "/.well-known/jwks.json", api.PathHealth} {
		w := ask(path)
		assert.Equal(t, http.StatusServiceUnavailable, w.Code, path)
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	}
	w := ask(api.PathHealth)
	assert.Equal(t, api.ContentTypeProblem, w.Header().Get("Content-Type"))
	assert.Contains(t, w.Body.String(), `"unavailable"`)
	assert.NotEmpty(t, w.Header().Get("Retry-After"))

	g.open(http.NotFoundHandler())
	assert.Equal(t, http.StatusNotFound, ask("/").Code)
}
