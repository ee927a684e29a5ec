package otp

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Calls that are merged take exactly what they would take alone, whether or not there is enough, and a
// refusal names the bucket that refuses.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &MemoryBatcher{Store: &MemoryStore{}, Limiter: &MemoryLimiter{}, Slow: 50 * time.Millisecond}
		m := newBatches(b)
		shared := Bucket{Key: "shared:0:a", Burst: 50, Interval: time.Hour}
		until := time.Now().Add(time.Hour)
		for _, rounds := range []struct{ callers, written int }{{20, 20}, {20, 40}, {20, 50}, {20, 50}} {
			var wg sync.WaitGroup
			for i := range rounds.callers {
				wg.Go(func() {
					name := fmt.Sprint(rounds, i, time.Now().UnixNano())
					own := Bucket{Key: "own:0:" + name, Burst: 1, Interval: time.Hour}
					r, err := m.reads.Do(t.Context(), reading{[]Bucket{own}, name})
					assert.NoError(t, err)
					assert.True(t, r.OK)
					a, err := m.writes.Do(t.Context(), writing{[]Bucket{own, shared}, name,
						Change{To: 1, Body: []byte(name), Until: until}})
					assert.NoError(t, err)
					assert.Equal(t, a.OK, a.done)
					if !a.OK {
						assert.Equal(t, 1, a.Bucket)
						assert.Positive(t, a.RetryAfter)
					}
					r, err = m.reads.Do(t.Context(), reading{key: name})
					assert.NoError(t, err)
					assert.Equal(t, a.done, string(r.Body) == name, "everybody gets their own record")
				})
			}
			wg.Wait()
			d, err := b.Take(t.Context(), peek([]Bucket{shared}))
			require.NoError(t, err)
			assert.Equal(t, []int{50 - rounds.written}, d.Left)
			time.Sleep(time.Second)
		}
		assert.Less(t, b.Writes.Load(), int64(70), "merged")
		assert.Less(t, b.Reads.Load(), int64(60))
	})
}

// Two changes of one record, and a key that stands for two buckets, are not merged.
func TestBatchesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &MemoryBatcher{Store: &MemoryStore{}, Limiter: &MemoryLimiter{}, Slow: 50 * time.Millisecond}
		m := newBatches(b)
		until := time.Now().Add(time.Hour)
		var written atomic.Int32
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				a, err := m.writes.Do(t.Context(),
					writing{nil, "one", Change{To: int64(i + 1), Until: until}})
				assert.NoError(t, err)
				if a.done {
					written.Add(1)
				}
			})
		}
		wg.Wait()
		assert.Equal(t, int32(1), written.Load())
		for _, looks := range [][]Bucket{
			{{Key: "k", Burst: 2, Interval: 1}, {Key: "k", Burst: 3, Interval: 1}},
			{{Key: "k", Burst: 2, Interval: 1, Peek: true}, {Key: "k", Burst: 2, Interval: 1}},
		} {
			var u union
			u.add(looks[:1])
			u.add(looks[1:])
			assert.True(t, u.differ)
		}
	})
}
