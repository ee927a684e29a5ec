package app

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// The offset to the real servers is measured, and counts only where both say that this clock is wrong.
func TestClocks(t *testing.T) {
	redis, err := servers.NewRedis()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	defer redis.Close()
	var log bytes.Buffer
	a := newApp(t, func(c *Config) {
		c.DB, c.Redis = server.Postgres(t), "redis://"+redis.Addr
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	wrong := func() string {
		log.Reset()
		for _, j := range a.jobs {
			if j.name == "comparison of clocks" {
				require.NoError(t, j.run(t.Context()))
			}
		}
		return log.String()
	}
	assert.Empty(t, wrong())
	assert.Contains(t, metricsText(a), `attesta_clock_offset_seconds{server="database"} `)
	assert.Contains(t, metricsText(a), `attesta_clock_offset_seconds{server="redis"} `)
	assert.NoError(t, a.clocks.check(t.Context()))
	issuer, err := a.keys.Signer(t.Context())
	require.NoError(t, err)
	mario := demo.Personas()[0].CF
	paper, _, err := issuer.Issue(t.Context(), mario)
	require.NoError(t, err)
	for _, ahead := range []time.Duration{20 * time.Second, 40 * time.Second, -40 * time.Second} {
		a.clocks.now = func() time.Time { return time.Now().Add(ahead) }
		said := wrong()
		assert.Equal(t, 2, strings.Count(said, "clocks of this machine and of a server differ"), said)
		for _, s := range a.clocks.servers {
			assert.InDelta(t, -ahead.Seconds(), s.value.Seconds(), s.half.Seconds()+0.01, s.name)
		}
		good := ahead.Abs() < offsetLimit
		assert.Equal(t, good, a.clocks.check(t.Context()) == nil, ahead)
		code, _ := checkMario(t, a, paper)
		assert.Equal(t, good, code == http.StatusOK, "nothing is signed, and no paper is called expired")
		page := a.client(service.Caller{}).FirstLevel(t.Context(), paper, mario, verifier.FirstLevelOptions{})
		assert.Equal(t, good, page.Verdict == api.Confirmed, ahead)
		assert.NotEqual(t, api.NotConfirmed, page.Verdict)
		_, err = a.operator(httptest.NewRequest(http.MethodPost, "/", nil))
		assert.Equal(t, good, errors.Is(err, service.ErrUnauthenticated), "no token is called expired")
		_, err = a.citizenPages(t.Context())
		assert.NoError(t, err, "a process starts with a wrong clock, to serve the key set")
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, api.PathJWKS, nil))
		assert.Equal(t, http.StatusOK, w.Code, "desks go on with the keys")
	}
	failed, err := a.ready.deep.ask(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"clock"}, failed)
	code, _ := askReady(a.ready, readyPath)
	assert.Equal(t, http.StatusOK, code, "it still says that it cannot tell")
}

func TestWrongClock(t *testing.T) {
	const s = time.Second
	at := time.Now()
	for name, test := range map[string]struct {
		database, redis offset
		wrong           bool
	}{
		"both":                 {offset{32 * s, s, true, at}, offset{33 * s, s, true, at}, true},
		"both, behind":         {offset{-40 * s, 0, true, at}, offset{-40 * s, 0, true, at}, true},
		"one":                  {offset{40 * s, 0, true, at}, offset{s, 0, true, at}, false},
		"in two directions":    {offset{40 * s, 0, true, at}, offset{-40 * s, 0, true, at}, false},
		"they disagree":        {offset{40 * s, 0, true, at}, offset{46 * s, 0, true, at}, false},
		"a long way":           {offset{31 * s, 2 * s, true, at}, offset{31 * s, 0, true, at}, false},
		"one does not answer":  {offset{40 * s, 0, true, at}, offset{}, false},
		"nothing is known yet": {},
	} {
		c := clocks{servers: []*serverClock{{offset: test.database}, {offset: test.redis}}}
		assert.Equal(t, test.wrong, c.check(t.Context()) != nil, name)
		c.servers = c.servers[:1]
		assert.NoError(t, c.check(t.Context()), "a single server")
	}
}
