package journal

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The end of a call is never taken for a time limit.
func TestCall(t *testing.T) {
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			j := New(Config{})
			for range 2_000 {
				if !assert.NoError(t, j.call(t.Context(), func(context.Context) error { return nil })) {
					return
				}
			}
		})
	}
	callers.Wait()
}
