package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
)

// Work in the background begins with the service, so that it is done even if the service is started again
// more often than the work repeats. A failure is counted, and the log gets its type alone.
func TestWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		a := &App{settled: &settled{Config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}},
			metrics: newMetrics(), ready: &readiness{}}
		ctx, cancel := context.WithCancel(t.Context())
		var runs atomic.Int64
		var working sync.WaitGroup
		working.Go(func() {
			a.work(ctx, job{"sweep", time.Hour, func(context.Context) error {
				if runs.Add(1) == 4 {
					return errors.New("no row for RSSMRA80A01H501U")
				}
				return nil
			}})
		})
		synctest.Wait()
		assert.EqualValues(t, 1, runs.Load(), "at the start")
		time.Sleep(2*time.Hour + time.Minute)
		synctest.Wait()
		assert.EqualValues(t, 3, runs.Load())

		time.Sleep(time.Hour)
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(log.String(), "job=sweep"))
		assert.NotContains(t, log.String(), "RSSMRA")
		assert.Contains(t, metricsText(a), `attesta_background_failures_total{job="sweep"} 1`)

		cancel()
		working.Wait()
		time.Sleep(2 * time.Hour)
		assert.EqualValues(t, 4, runs.Load(), "it ends with the service")
	})
}

// If the database is gone, no endpoint invents an answer.
func TestWithoutDatabase(t *testing.T) {
	a := newApp(t, func(c *Config) { c.Senders = gateway(t, "one") })
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	const path = "/audit/checkpoint"
	good := get(path)
	assert.Equal(t, http.StatusOK, good.Code)
	assert.Equal(t, "public, max-age=10", good.Header().Get("Cache-Control"))
	name, _, _ := strings.Cut(a.accessKey, "+")
	assert.True(t, strings.HasPrefix(good.Body.String(), name), "the name in the key is the log's")

	mario := demo.Personas()[0]
	contacts, err := a.registry.Contacts(t.Context(), mario.CF)
	require.NoError(t, err)
	c, err := a.challenges.Start(t.Context(), otp.StartRequest{Contacts: contacts,
		Parties: otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("operator")},
			Subject: otp.NewSecret(mario.CF.Reveal())},
		Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum"}})
	require.NoError(t, err)
	require.NoError(t, a.db.Close())
	a.published.until = time.Now().Add(time.Minute) // however long the machine took
	assert.Equal(t, good.Body, get(path).Body, "the checkpoint of a moment ago")
	a.published.until = time.Time{}
	bad := get(path)
	assert.Equal(t, http.StatusServiceUnavailable, bad.Code)
	assert.Equal(t, "5", bad.Header().Get("Retry-After"))
	assert.Equal(t, http.StatusServiceUnavailable, report(a, "one", receiptSecret,
		fmt.Sprintf(
			`{"message_id":"%s.1","id":"gw-1","status":"delivered","at":"2026-01-15T09:00:07Z"}`, c.ID)),
		"the provider reports again")
}
