package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLimitTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		handler := limitTime(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		for _, path := range []string{"/area", "/audit/checkpoint", "/"} {
			handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		assert.Equal(t, 3*requestTime, time.Since(began))
		limitTime(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, limited := r.Context().Deadline()
			assert.False(t, limited, "a page that stays open")
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/dev/phone", nil))
	})
}

func TestRoutesLimitTime(t *testing.T) {
	a := newApp(t, func(*Config) {})
	limited := false
	a.routes(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, limited = r.Context().Deadline()
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/area", nil))
	assert.True(t, limited)
}

// While the database hangs, one call waits for it, and the others get its error.
func TestKept(t *testing.T) {
	var k kept[string]
	made, hangs := 0, false
	get := func() (string, error) {
		return k.get(t.Context(), time.Hour, 50*time.Millisecond, func(ctx context.Context) (string, error) {
			made++
			if hangs {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "checkpoint", nil
		})
	}
	for range 3 {
		value, err := get()
		assert.NoError(t, err)
		assert.Equal(t, "checkpoint", value)
	}
	assert.Equal(t, 1, made)

	k.until, hangs = time.Time{}, true
	began := time.Now()
	var asking sync.WaitGroup
	for range 40 {
		asking.Go(func() {
			_, err := get()
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		})
	}
	asking.Wait()
	assert.GreaterOrEqual(t, made, 2)
	assert.LessOrEqual(t, made, 2+int(time.Since(began)/failedFor), "again for who came so much later")
	assert.Less(t, time.Until(k.until), 2*failedFor, "an error is not kept for long")

	k.until, hangs = time.Time{}, false
	ctx, leave := context.WithCancel(t.Context())
	leave()
	_, err := k.get(ctx, time.Hour, time.Minute, func(ctx context.Context) (string, error) {
		return "", ctx.Err()
	})
	assert.NoError(t, err, "others wait for what it makes")
}
