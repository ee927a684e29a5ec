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
)

func askReady(s *readiness) (int, string) {
	w := httptest.NewRecorder()
	s.operations(w, httptest.NewRequest("GET", "/readyz", nil))
	return w.Code, w.Body.String()
}

func TestReadiness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down error
		asked := 0
		s := &readiness{checks: []check{
			{"keys", func(context.Context) error { return nil }},
			{"database", func(ctx context.Context) error { asked++; return down }},
		}}
		code, body := askReady(s)
		assert.Equal(t, http.StatusOK, code)
		assert.Equal(t, "ready\n", body)

		down = errors.New("no row for RSSMRA80A01H501U")
		code, _ = askReady(s)
		assert.Equal(t, http.StatusOK, code, "the answer of a moment ago")
		assert.Equal(t, 1, asked)
		time.Sleep(2 * readyFor)
		code, body = askReady(s)
		assert.Equal(t, http.StatusServiceUnavailable, code)
		assert.Equal(t, "database\n", body, "the name and nothing of the error")
		w := httptest.NewRecorder()
		s.public(w, httptest.NewRequest("GET", "/readyz", nil))
		assert.Equal(t, http.StatusServiceUnavailable, w.Code)
		assert.Equal(t, "not ready\n", w.Body.String(), "the public learns no name")

		down = nil
		time.Sleep(2 * readyFor)
		code, _ = askReady(s)
		assert.Equal(t, http.StatusOK, code)

		s.drain()
		code, body = askReady(s)
		assert.Equal(t, http.StatusServiceUnavailable, code)
		assert.Equal(t, "shutting down\n", body)
	})
}

// The check stops waiting for a part that does not answer.
func TestReadinessIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &readiness{
			checks: []check{{"redis", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}}}
		began := time.Now()
		code, _ := askReady(s)
		assert.Equal(t, http.StatusServiceUnavailable, code)
		assert.Equal(t, checkLimit, time.Since(began))
	})
}
