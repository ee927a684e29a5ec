package service_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// remote is a limiter in another process. It notes the round trips.
type remote struct {
	otp.MemoryLimiter
	trips  []string
	broken bool
}

func names(buckets []otp.Bucket) string {
	var list []string
	for _, b := range buckets {
		name, _, _ := strings.Cut(b.Key, ":")
		list = append(list, name)
	}
	return strings.Join(list, " ")
}

func (r *remote) Take(ctx context.Context, buckets []otp.Bucket) (otp.Decision, error) {
	r.trips = append(r.trips, "take "+names(buckets))
	if r.broken {
		panic("a limiter")
	}
	return r.MemoryLimiter.Take(ctx, buckets)
}

func (r *remote) TakePeek(ctx context.Context, take otp.Bucket, peek []otp.Bucket) (
	taken, peeked otp.Decision, err error,
) {
	r.trips = append(r.trips, "take "+names([]otp.Bucket{take})+", peek "+names(peek))
	if taken, err = r.MemoryLimiter.Take(ctx, []otp.Bucket{take}); err != nil || !taken.OK {
		return taken, peeked, err
	}
	peeked, err = r.MemoryLimiter.Take(ctx, peek)
	return taken, peeked, err
}

// A check asks the limiter once. The count of the call is put off at most to the answer, and a caller above
// its limit costs nothing but the count in this process.
func TestRoundTrips(t *testing.T) {
	const wrong = "mismatch-network-0 mismatch-network-1 mismatch-document-0 mismatch-document-1"
	limiter := &remote{}
	lookups := 0
	w := newWorld(t, func(w *world) {
		w.Config.Limiter, w.Config.Mismatches.Limiter = limiter, nil
		w.Config.CallsPerMinute = 6
		w.Config.Source = source{w.Config.Source, func(context.Context, string) { lookups++ }}
		w.Config.Once = nil
	})
	paper, desk := w.paper(t, person), w.Desk(t, w.Server.URL)
	check := func(text, cf string) (verifier.Report, string) {
		limiter.trips = nil
		report := desk.FirstLevel(t.Context(), text, code(t, cf), verifier.FirstLevelOptions{})
		return report, strings.Join(limiter.trips, "; ")
	}
	report, trips := check(paper, person)
	assert.Equal(t, api.Confirmed, report.Verdict)
	assert.Equal(t, "take calls, peek "+wrong, trips)
	report, trips = check(paper, stranger)
	assert.Equal(t, api.CodeCFMismatch, report.Code)
	assert.Equal(t, "take calls; take "+wrong, trips)

	limiter.trips = nil
	answer, text := w.post(t, api.PathFirstLevel, body("qr", "eyJ", "codice_fiscale", person))
	require.Equal(t, http.StatusOK, answer.StatusCode, text)
	assert.Equal(t, "3", answer.Header.Get("RateLimit-Remaining"))
	answer, text = w.post(t, api.PathFirstLevel, "{")
	require.Equal(t, http.StatusBadRequest, answer.StatusCode, text)
	assert.Equal(t, "2", answer.Header.Get("RateLimit-Remaining"))
	assert.Equal(t, []string{"take calls", "take calls"}, limiter.trips)

	limiter.broken = true
	answer, text = w.post(t, api.PathFirstLevel, "{")
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode, text)
	limiter.broken = false

	_, trips = check(paper, person)
	assert.Equal(t, "take calls, peek "+wrong, trips)
	before := lookups
	report, trips = check(paper, person)
	require.NotNil(t, report.Problem)
	assert.Equal(t, api.LimitCalls, report.Problem.Limit)
	assert.Positive(t, report.Problem.RetryAfter)
	assert.Empty(t, trips)
	assert.Equal(t, before, lookups)

	// At the second level too.
	limiter.trips = nil
	_, report = desk.RequestSecondLevel(t.Context(), paper, code(t, person), approve("detail"))
	require.NotNil(t, report.Problem)
	assert.Equal(t, api.LimitCalls, report.Problem.Limit)
	assert.Empty(t, limiter.trips)

	// Others have used the limit up: the answer is made in vain, and tells nothing.
	other := newWorld(t, func(w *world) {
		w.Config.Limiter, w.Config.Mismatches.Limiter = limiter, nil
		w.Config.CallsPerMinute, w.Config.LimitKey = 1, make([]byte, 32)
	})
	paper, desk = other.paper(t, person), other.Desk(t, other.Server.URL)
	report, _ = check(paper, person)
	require.Nil(t, report.Problem)
	for _, cf := range []string{person, stranger} {
		again := newWorld(t, func(w *world) { w.Config = other.Config })
		desk = again.Desk(t, again.Server.URL)
		_, report = desk.RequestSecondLevel(t.Context(), paper, code(t, cf), approve("detail"))
		require.NotNil(t, report.Problem)
		assert.Equal(t, api.LimitCalls, report.Problem.Limit)
	}
	assert.Empty(t, other.Messages.Messages())
}
