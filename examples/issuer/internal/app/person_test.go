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
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
)

// A paper says what holds for this service.
func TestPapersSayTheFacts(t *testing.T) {
	s := &settled{Config: Config{Body: "Provincia", Contact: "Via Roma 1 | de=Romstraße 1",
		VoidPhone: "800 000000"},
		policy: status.PolicyAny}
	require.NoError(t, s.print())
	assert.Equal(t, qrpdf.Document{DisplayName: "Provincia", Contact: "Via Roma 1", VoidPhone: "800 000000",
		Policy: qrpdf.PolicyAny, Wording: map[string]qrpdf.Wording{"de": {"contact": "Romstraße 1"}}},
		s.document)
	for flag, c := range map[string]Config{"contact": {Contact: "a | b"}, "void-phone": {VoidPhone: "1 | 2"},
		"logo": {Logo: "no such file"}} {
		var fault *FlagError
		require.ErrorAs(t, (&settled{Config: c}).print(), &fault)
		assert.Equal(t, flag, fault.Flag)
	}
	for _, policy := range []status.Policy{"", status.PolicyAny, status.PolicyCategories,
		status.PolicySubKinds} {
		switch qrpdf.Policy(policy) {
		case "", qrpdf.PolicyAny, qrpdf.PolicyCategories, qrpdf.PolicySubKinds:
		default:
			t.Errorf("qrpdf has no policy %q", policy)
		}
	}
}

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
