package app

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A fixed number of requests runs at a time, the next starts when one ends, and a request that waits too
// long gets an answer.
func TestLimitConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var working, most atomic.Int64
		h := limitConcurrency(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if now := working.Add(1); now > most.Load() {
				most.Store(now)
			}
			time.Sleep(patience * 2 / 3)
			working.Add(-1)
		}), http.HandlerFunc(func(w http.ResponseWriter,
			r *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		slots := runtime.GOMAXPROCS(0)
		codes := make(chan int, 3*slots)
		for range cap(codes) {
			go func() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, httptest.NewRequest("POST", "/area/qr", nil))
				codes <- w.Code
			}()
		}
		synctest.Wait()
		time.Sleep(3 * patience)
		synctest.Wait()
		served := 0
		for range cap(codes) {
			if <-codes == http.StatusOK {
				served++
			}
		}
		assert.LessOrEqual(t, most.Load(), int64(slots))
		assert.Equal(t, 2*slots, served,
			"those of the first turn and of the second; the others would have waited too long")
	})
}
