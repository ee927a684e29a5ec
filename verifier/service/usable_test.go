package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A person who has just changed the number has none for now; the operator learns until when, and what else
// there is.
func TestNumberUsableLater(t *testing.T) {
	from := time.Date(2026, 11, 12, 9, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		from   time.Time
		err    error
		status int
		code   api.ProblemCode
	}{
		"a number that waits": {from, nil, http.StatusConflict, api.NoChannel},
		"no number":           {time.Time{}, nil, http.StatusConflict, api.NoChannel},
		"nobody knows":        {from, errors.New("down"), http.StatusServiceUnavailable, api.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world) {
				contacts(w)
				w.Config.UsableFrom = func(context.Context, codicefiscale.Code) (time.Time, error) {
					return test.from, test.err
				}
			})
			answer, text := start(t, w)
			assert.Equal(t, test.status, answer.StatusCode)
			var p api.Problem
			require.NoError(t, json.Unmarshal([]byte(text), &p))
			assert.Equal(t, test.code, p.Code)
			if test.err == nil {
				assert.Equal(t, test.from, p.UsableFrom)
			}
		})
	}
}
