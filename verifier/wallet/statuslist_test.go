package wallet

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// host answers in the place of the server of a list.
type host func(*http.Request) (*http.Response, error)

func (h host) RoundTrip(r *http.Request) (*http.Response, error) { return h(r) }

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return len(b), nil
}

// TestFetch: what a server sends but the list is no list, and neither its length nor its time is up to it.
func TestFetch(t *testing.T) {
	m := newMint()
	reply := func(status int, body io.Reader) host {
		return func(r *http.Request) (*http.Response, error) {
			header := http.Header{"Location": {"https://issuer.example/lists/2"}}
			return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body),
				Request: r}, nil
		}
	}
	long := &endless{}
	for name, c := range map[string]struct {
		host host
		want error
	}{
		"the list":         {reply(http.StatusOK, strings.NewReader(m.usual)), nil},
		"not found":        {reply(http.StatusNotFound, strings.NewReader(m.usual)), ErrStatusUnavailable},
		"nothing new":      {reply(http.StatusNotModified, strings.NewReader(m.usual)), ErrStatusUnavailable},
		"a list elsewhere": {reply(http.StatusFound, strings.NewReader(m.usual)), ErrStatusUnavailable},
		"without end":      {reply(http.StatusOK, long), ErrStatusSize},
		"torn": {reply(http.StatusOK, io.MultiReader(strings.NewReader(m.usual),
			iotest.ErrReader(io.ErrUnexpectedEOF))), ErrStatusUnavailable},
		"no server": {func(*http.Request) (*http.Response, error) { return nil, errors.New("down") },
			ErrStatusUnavailable},
		"silent": {func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}, ErrStatusUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &lists{client: &http.Client{Transport: c.host, CheckRedirect: noRedirect}}
				began := time.Now()
				text, err := l.fetch(t.Context(), listURL)
				assert.Equal(t, c.want, err)
				assert.Equal(t, err == nil, text != "")
				assert.LessOrEqual(t, time.Since(began), listTimeout)
			})
		})
	}
	assert.LessOrEqual(t, long.read, 2*MaxList)
}

// TestListAddress: a card, though its issuer is trusted, does not send us to this machine or elsewhere.
func TestListAddress(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1); r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	c := newWorld(t).rp.config
	local, err := New(c)
	require.NoError(t, err)
	c.Address = "https://museum.example"
	public, err := New(c)
	require.NoError(t, err)
	c.HTTP = server.Client()
	own, err := New(c)
	require.NoError(t, err)
	for _, address := range []string{server.URL, "http://issuer.example/1", "ftp://issuer.example/1",
		"/lists/1", "https://user@issuer.example/1", "https://issuer.example/1#a"} {
		_, err := public.lists.fetch(t.Context(), address)
		assert.Equal(t, ErrStatusList, err, address)
	}
	assert.Zero(t, asked.Load())
	for n, rp := range []*RelyingParty{local, own} {
		_, err = rp.lists.fetch(t.Context(), server.URL+"/redirect")
		assert.Equal(t, ErrStatusUnavailable, err)
		assert.EqualValues(t, n+1, asked.Load())
	}
}

// TestBomb: a short list that inflates without end takes little memory.
func TestBomb(t *testing.T) {
	payload := object{"status_list": object{"bits": json.Number("1"), "lst": deflate(make([]byte, 64<<20))}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	assert.Equal(t, ErrStatusSize, new(statusList).inflate(payload))
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(48<<20))
}

// TestListLife: the issuer says how long a list counts, and our bounds limit it.
func TestListLife(t *testing.T) {
	m := newMint()
	for _, c := range []struct {
		ttl, exp any // nil: absent
		want     time.Duration
	}{
		{nil, nil, 5 * time.Minute},
		{600, nil, 10 * time.Minute},
		{86_400, nil, time.Hour},
		{10_000_000_000, nil, time.Hour}, // in nanoseconds below zero
		{timeLimit - 1, nil, time.Hour},
		{600, 60, time.Minute},
		{nil, 60, time.Minute},
		{600, 86_400, 10 * time.Minute},
	} {
		text := m.list(nil, func(_, payload object) {
			delete(payload, "ttl")
			delete(payload, "exp")
			if c.ttl != nil {
				payload["ttl"] = c.ttl
			}
			if s, ok := c.exp.(int); ok {
				payload["exp"] = clock.Unix() + int64(s)
			}
		})
		list, err := readList(text, listURL, []Anchor{m.anchor()}, clock)
		require.NoError(t, err)
		assert.Equal(t, c.want, list.until.Sub(clock), "%v", c)
	}
}
