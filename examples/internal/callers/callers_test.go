package callers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The memory of the counts is bounded: beyond it, new addresses share one limit, and those that were counted
// keep theirs.
func TestLimitIsBounded(t *testing.T) {
	l := New(2)
	l.addresses.Max = 10
	began := time.Now()
	l.Clock = func() time.Time { return began }
	from := func(i int) bool {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = fmt.Sprintf("198.51.%d.%d:1", i/256, i%256)
		return l.Take(r) == 0
	}
	for i := range 10 {
		assert.True(t, from(i))
	}
	passed := 0
	for i := range 1000 {
		if from(100 + i) {
			passed++
		}
	}
	assert.Equal(t, 2*othersShare, passed)
	assert.True(t, from(0))
	assert.False(t, from(0))
}
