package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMeasured(t *testing.T) {
	var m measured
	assert.Equal(t, "-", m.at(50), "nothing was answered")
	for i := 100; i >= 1; i-- { // not in order
		m.took = append(m.took, time.Duration(i)*time.Millisecond)
	}
	m.all = 20 * time.Second
	assert.InDelta(t, 5, m.rate(), 1e-9)
	for percent, want := range map[int]string{0: "1.0 ms", 50: "50.0 ms", 99: "99.0 ms", 100: "100.0 ms"} {
		assert.Equal(t, want, m.at(percent), percent)
	}
	assert.Equal(t, "0.3 ms", measured{took: []time.Duration{260 * time.Microsecond}}.at(99))
}

// The desks ask in turn with numbers of their own, and the first tenth of the time does not count.
func TestRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[int]bool{}
		m, err := repeat(t.Context(), 3, 100*time.Second, func(ctx context.Context, n int) error {
			mu.Lock()
			assert.False(t, asked[n], "asked twice")
			asked[n] = true
			mu.Unlock()
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		require.NoError(t, err)
		assert.Len(t, asked, 3*34)
		assert.Len(t, m.took, 3*29, "less those that began in the first ten seconds, and the last")
		for _, d := range m.took {
			assert.Equal(t, 3*time.Second, d)
		}
		assert.Equal(t, 90*time.Second, m.all)
	})
}

// A wrong answer ends the run: its figures would say nothing.
func TestRepeatEndsWithAFault(t *testing.T) {
	wrong := errors.New("wrong answer")
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := repeat(t.Context(), 4, time.Hour, func(ctx context.Context, n int) error {
			time.Sleep(time.Second)
			if n == 10 {
				return wrong
			}
			return nil
		})
		assert.ErrorIs(t, err, wrong)
		assert.Less(t, time.Since(began), time.Minute)
	})
}

func TestMemory(t *testing.T) {
	text := ""
	ops := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/metrics", r.URL.Path)
		fmt.Fprint(w, text)
	}))
	defer ops.Close()
	s := &service{ops: ops.URL}
	for metrics, want := range map[string]int64{
		"# HELP process_resident_memory_bytes x\nprocess_resident_memory_bytes 1.048576e+06\nx 1\n": 1 << 20,
		"x 1\nprocess_resident_memory_bytes 4096":                                                   4096,
		"": -1, "process_resident_memory_bytes_max 5\n": -1,
		"process_resident_memory_bytes many\n": -1,
	} {
		text = metrics
		got, err := s.memory()
		if want < 0 {
			assert.Error(t, err, metrics)
			continue
		}
		require.NoError(t, err, metrics)
		assert.Equal(t, want, got)
	}
	ops.Close()
	_, err := s.memory()
	assert.Error(t, err)
}

func TestFleets(t *testing.T) {
	var list fleets
	require.NoError(t, list.Set("two|data|postgres://x|unix:///r|2"))
	require.NoError(t, list.Set("one|data|||1|/bin/issuer"))
	assert.Equal(t, fleets{{name: "two", data: "data", db: "postgres://x", redis: "unix:///r", replicas: 2},
		{name: "one", data: "data", replicas: 1, program: "/bin/issuer"}}, list)
	assert.Error(t, list.Set("one|data||1"))
	assert.Error(t, list.Set("one|data|||many"))
}

// A child that works counts for this process, unless it is asked about itself.
func TestProcessorTimes(t *testing.T) {
	child := exec.Command("sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo; read x")
	in, err := child.StdinPipe()
	require.NoError(t, err)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	before, err := processorTimes([]int{os.Getpid()})
	require.NoError(t, err)
	require.NoError(t, child.Start())
	_, err = out.Read(make([]byte, 1))
	require.NoError(t, err)
	with, err := processorTimes([]int{os.Getpid()})
	require.NoError(t, err)
	apart, err := processorTimes([]int{os.Getpid(), child.Process.Pid})
	require.NoError(t, err)
	assert.Greater(t, with[0], before[0])
	assert.Positive(t, apart[1])
	assert.Less(t, apart[0]-before[0], apart[1])
	require.NoError(t, in.Close())
	child.Wait()
}

func TestMedian(t *testing.T) {
	list := []int{9, 1, 5}
	assert.Equal(t, 5, median(list))
	assert.Equal(t, []int{9, 1, 5}, list)
}
