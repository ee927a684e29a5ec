package otp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// doubler is a merger whose calls take a second and double numbers. together answers as given.
type doubler struct {
	merger[int, int]
	calls [][]int
}

func newDoubler(together func(qs []int) ([]int, error)) *doubler {
	m := &doubler{}
	var mu sync.Mutex
	record := func(qs ...int) {
		mu.Lock()
		defer mu.Unlock()
		m.calls = append(m.calls, qs)
	}
	m.alone = func(ctx context.Context, q int) (int, error) {
		record(q)
		time.Sleep(stalled / 2)
		return 2 * q, ctx.Err()
	}
	m.together = func(ctx context.Context, qs []int) ([]int, error) {
		record(qs...)
		time.Sleep(stalled / 2)
		return together(qs)
	}
	return m
}

func double(qs []int) (all []int, err error) {
	for _, q := range qs {
		all = append(all, 2*q)
	}
	return all, nil
}

// ask lets as many callers ask at the same time, in this order.
func (m *doubler) ask(from, to int) (wait func() map[int]error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := map[int]error{}
	for q := from; q < to; q++ {
		wg.Go(func() {
			a, err := m.do(context.Background(), q)
			if err == nil && a != 2*q {
				err = fmt.Errorf("answer %d to %d", a, q)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				wrong[q] = err
			}
		})
		synctest.Wait()
	}
	return func() map[int]error { wg.Wait(); return wrong }
}

func TestMerger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		assert.Empty(t, m.ask(0, 5)())
		assert.Equal(t, [][]int{{0}, {1, 2, 3, 4}}, m.calls, "the first waits for nobody")
		assert.Empty(t, m.ask(5, 6)())
		assert.Equal(t, []int{5}, m.calls[2])
		m.calls = nil
		assert.Empty(t, m.ask(0, maxMerged+3)())
		require.Len(t, m.calls, 3)
		assert.Len(t, m.calls[1], maxMerged)
		assert.Empty(t, m.waiting)
		synctest.Wait()
		assert.Zero(t, m.running)
	})
}

func TestMergerErrors(t *testing.T) {
	broken := errors.New("broken")
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(func([]int) ([]int, error) { return nil, broken })
		assert.Equal(t, map[int]error{1: broken, 2: broken}, m.ask(0, 3)(), "nobody knows what was done")
		assert.Equal(t, [][]int{{0}, {1, 2}}, m.calls)
	})
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(func([]int) ([]int, error) { return nil, nil })
		assert.Empty(t, m.ask(0, 3)())
		require.Len(t, m.calls, 4)
		assert.ElementsMatch(t, [][]int{{1}, {2}}, m.calls[2:], "each asks alone")
	})
}

// A caller who leaves gets an answer at once and is not asked for. The others are.
func TestMergerLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		others := m.ask(0, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := m.do(ctx, 7)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Millisecond, time.Since(began))
		more := m.ask(1, 3)
		assert.Empty(t, others())
		assert.Empty(t, more())
		assert.Equal(t, [][]int{{0}, {1, 2}}, m.calls)
	})
}

// The caller whose context a merged call began with may leave: the others get their answers.
func TestMergerOutlivesTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		m.together = func(ctx context.Context, qs []int) ([]int, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Second):
				return double(qs)
			}
		}
		first := m.ask(0, 1)
		ctx, cancel := context.WithTimeout(t.Context(), stalled*3/4) // in the middle of the second call
		defer cancel()
		left := make(chan error)
		go func() {
			_, err := m.do(ctx, 1)
			left <- err
		}()
		synctest.Wait()
		others := m.ask(2, 4)
		assert.ErrorIs(t, <-left, context.DeadlineExceeded)
		assert.Empty(t, others())
		assert.Empty(t, first())
	})
}

// A call that hangs holds up nobody for longer than a second.
func TestMergerStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		hang := make(chan struct{})
		alone := m.alone
		m.alone = func(ctx context.Context, q int) (int, error) {
			if q == 0 {
				<-hang
			}
			return alone(ctx, q)
		}
		first := m.ask(0, 1)
		waiting := m.ask(1, 3)
		time.Sleep(stalled + time.Millisecond)
		assert.Empty(t, m.ask(3, 4)())
		assert.Empty(t, waiting(), "those who waited go after the next caller")
		assert.Equal(t, [][]int{{3}, {1, 2}}, m.calls)
		close(hang)
		assert.Empty(t, first())
		synctest.Wait()
		assert.Zero(t, m.running)
	})
}

// both is a Batcher in memory that counts its calls.
type both struct {
	*MemoryStore
	*MemoryLimiter
	reads, writes atomic.Int64
	slow          time.Duration
}

func (b *both) PeekLoad(ctx context.Context, buckets []Bucket, keys ...string) (d Decision, found []Snapshot,
	err error) {
	b.reads.Add(1)
	time.Sleep(b.slow)
	d, err = b.Take(ctx, peek(buckets))
	for _, key := range keys {
		s, _ := b.Load(ctx, key)
		found = append(found, s)
	}
	return d, found, err
}

func (b *both) TakeSwap(ctx context.Context, buckets []Bucket, keys []string, changes []Change) (d Decision,
	done []bool, err error) {
	b.writes.Add(1)
	time.Sleep(b.slow)
	if d, err = b.Take(ctx, buckets); err != nil || !d.OK {
		return d, nil, err
	}
	for i, key := range keys {
		ok, _ := b.Swap(ctx, key, changes[i])
		done = append(done, ok)
	}
	return d, done, nil
}

// Calls that are merged take exactly what they would take alone, whether or not there is enough, and a
// refusal names the bucket that refuses.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &both{MemoryStore: &MemoryStore{}, MemoryLimiter: &MemoryLimiter{}, slow: 50 * time.Millisecond}
		m := newBatches(b)
		shared := Bucket{Key: "shared:0:a", Burst: 50, Interval: time.Hour}
		until := time.Now().Add(time.Hour)
		for _, rounds := range []struct{ callers, written int }{{20, 20}, {20, 40}, {20, 50}, {20, 50}} {
			var wg sync.WaitGroup
			for i := range rounds.callers {
				wg.Go(func() {
					name := fmt.Sprint(rounds, i, time.Now().UnixNano())
					own := Bucket{Key: "own:0:" + name, Burst: 1, Interval: time.Hour}
					r, err := m.reads.do(t.Context(), reading{[]Bucket{own}, name})
					assert.NoError(t, err)
					assert.True(t, r.OK)
					a, err := m.writes.do(t.Context(), writing{[]Bucket{own, shared}, name,
						Change{To: 1, Body: []byte(name), Until: until}})
					assert.NoError(t, err)
					assert.Equal(t, a.OK, a.done)
					if !a.OK {
						assert.Equal(t, 1, a.Bucket)
						assert.Positive(t, a.RetryAfter)
					}
					r, err = m.reads.do(t.Context(), reading{key: name})
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
		assert.Less(t, b.writes.Load(), int64(70), "merged")
		assert.Less(t, b.reads.Load(), int64(60))
	})
}

// Two changes of one record, and a key that stands for two buckets, are not merged.
func TestBatchesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &both{MemoryStore: &MemoryStore{}, MemoryLimiter: &MemoryLimiter{}, slow: 50 * time.Millisecond}
		m := newBatches(b)
		until := time.Now().Add(time.Hour)
		var written atomic.Int32
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				a, err := m.writes.do(t.Context(),
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
