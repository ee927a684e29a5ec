package merge

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// doubler has calls that take a while and double numbers. together answers as given.
type doubler struct {
	Calls[int, int]
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
	m.Alone = func(ctx context.Context, q int) (int, error) {
		record(q)
		time.Sleep(stalled / 2)
		return 2 * q, ctx.Err()
	}
	m.Together = func(ctx context.Context, qs []int) ([]int, error) {
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
			a, err := m.Do(context.Background(), q)
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

func TestTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		assert.Empty(t, m.ask(0, 5)())
		assert.Equal(t, [][]int{{0}, {1, 2, 3, 4}}, m.calls, "the first waits for nobody")
		assert.Empty(t, m.ask(5, 6)())
		assert.Equal(t, []int{5}, m.calls[2])
		m.calls = nil
		assert.Empty(t, m.ask(0, most+3)())
		require.Len(t, m.calls, 3)
		assert.Len(t, m.calls[1], most)
		assert.Empty(t, m.waiting)
		synctest.Wait()
		assert.Zero(t, m.running)
	})
}

func TestErrors(t *testing.T) {
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
func TestLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		others := m.ask(0, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := m.Do(ctx, 7)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Millisecond, time.Since(began))
		more := m.ask(1, 3)
		assert.Empty(t, others())
		assert.Empty(t, more())
		assert.Equal(t, [][]int{{0}, {1, 2}}, m.calls)
	})
}

// The caller whose context a merged call began with may leave: the others get their answers.
func TestOutlivesTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		m.Together = func(ctx context.Context, qs []int) ([]int, error) {
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
			_, err := m.Do(ctx, 1)
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
func TestStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(double)
		hang := make(chan struct{})
		alone := m.Alone
		m.Alone = func(ctx context.Context, q int) (int, error) {
			if q == 0 {
				<-hang
			}
			return alone(ctx, q)
		}
		first := m.ask(0, 1)
		waiting := m.ask(1, 3)
		time.Sleep(stalled + time.Millisecond)
		assert.Empty(t, m.ask(3, 4)())
		assert.Empty(t, waiting(), "those who waited go with the next caller")
		assert.Equal(t, [][]int{{1, 2, 3}}, m.calls)
		close(hang)
		assert.Empty(t, first())
		synctest.Wait()
		assert.Zero(t, m.running)
	})
}

// A panic reaches all callers who are part of it, and nobody else.
func TestPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newDoubler(func([]int) ([]int, error) { panic("broken") })
		first := m.ask(0, 1)
		var wg sync.WaitGroup
		for q := range 2 {
			wg.Go(func() {
				assert.PanicsWithValue(t, "broken", func() { m.Do(t.Context(), q) })
			})
		}
		synctest.Wait()
		assert.Empty(t, first())
		wg.Wait()
		assert.Empty(t, m.ask(4, 5)())
	})
}
