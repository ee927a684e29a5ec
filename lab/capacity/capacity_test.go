package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
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

// The limits count by address and by organisation, so the load must not share one where it need not.
func TestCallers(t *testing.T) {
	shared := netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: nobody's on the internet
	seen := map[string]bool{}
	for _, first := range []int{0, 1 << 16, 1 << 20, 1<<22 - 1000} { // 1<<20 is where the consents begin
		for n := first; n < first+1000; n++ {
			a := address(n)
			assert.True(t, shared.Contains(netip.MustParseAddr(a)), a)
			assert.False(t, seen[a], a)
			seen[a] = true
		}
	}
	names := map[string]bool{}
	for n := range 26 * 26 {
		name := organisation(n)
		assert.Regexp(t, "^COMUNE [A-Z]{2}$", name)
		assert.False(t, names[name], name)
		names[name] = true
	}
}

// The service takes the tokens of the simulated identity provider, and the gateway gives back each code.
func TestOutside(t *testing.T) {
	o, err := newOutside()
	require.NoError(t, err)
	defer o.close()
	token, err := o.bearer("desk 1")
	require.NoError(t, err)
	get := func(path string, into any) {
		answer, err := http.Get(o.URL + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		require.NoError(t, json.NewDecoder(answer.Body).Decode(into))
	}
	var provider struct {
		Issuer string
		JWKS   string `json:"jwks_uri"`
	}
	get("/.well-known/openid-configuration", &provider)
	assert.Equal(t, o.URL, provider.Issuer)
	var keys jose.JSONWebKeySet
	get(strings.TrimPrefix(provider.JWKS, o.URL), &keys)
	require.Len(t, keys.Keys, 1)
	assert.True(t, keys.Keys[0].IsPublic())
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256})
	require.NoError(t, err)
	var claims jwt.Claims
	require.NoError(t, signed.Claims(keys, &claims))
	assert.NoError(t, claims.Validate(jwt.Expected{Issuer: o.URL, Subject: "desk 1",
		AnyAudience: jwt.Audience{audience}, Time: time.Now()}))

	send := func(body string) int {
		answer, err := http.Post(o.URL+"/sms", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		defer answer.Body.Close()
		return answer.StatusCode
	}
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000101","text":"123456 è il codice"}`))
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000102","text":"654321 è il codice"}`))
	assert.Equal(t, http.StatusOK, send(`{"to":"+393510000101","text":"111111 è il codice"}`))
	assert.Equal(t, http.StatusBadRequest, send(`{`))
	assert.Equal(t, "111111", o.code("+393510000101"))
	assert.Equal(t, "654321", o.code("+393510000102"))
	assert.Empty(t, o.code("+393510000103"))
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

// The run begins when the service is ready, and not before.
func TestAwait(t *testing.T) {
	asked := 0
	ready := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/readyz", r.URL.Path)
		if asked++; asked < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer ready.Close()
	require.NoError(t, await(t.Context(), ready.URL+"/readyz"))
	assert.Equal(t, 3, asked)

	over, cancel := context.WithCancel(t.Context())
	cancel()
	asked = -1 << 20
	assert.ErrorIs(t, await(over, ready.URL+"/readyz"), context.Canceled)
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
