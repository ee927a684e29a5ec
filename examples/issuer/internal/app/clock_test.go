package app

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
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
	for _, ahead := range []time.Duration{20 * time.Second, 40 * time.Second, -40 * time.Second} {
		a.clocks.now = func() time.Time { return time.Now().Add(ahead) }
		said := wrong()
		assert.Equal(t, 2, strings.Count(said, "clocks of this machine and of a server differ"), said)
		for _, s := range a.clocks.servers {
			assert.InDelta(t, -ahead.Seconds(), s.value.Seconds(), s.half.Seconds()+0.01, s.name)
		}
		assert.Equal(t, ahead.Abs() < offsetLimit, a.clocks.check(t.Context()) == nil, ahead)
	}
	failed, err := a.ready.deep.ask(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"clock"}, failed)
	code, _ := askReady(a.ready, readyPath)
	assert.Equal(t, http.StatusOK, code, "it still says that it cannot tell")
}

func TestWrongClock(t *testing.T) {
	const s = time.Second
	for name, test := range map[string]struct {
		database, redis offset
		wrong           bool
	}{
		"both":                 {offset{31 * s, s, true}, offset{33 * s, s, true}, true},
		"both, behind":         {offset{-40 * s, 0, true}, offset{-40 * s, 0, true}, true},
		"one":                  {offset{40 * s, 0, true}, offset{s, 0, true}, false},
		"in two directions":    {offset{40 * s, 0, true}, offset{-40 * s, 0, true}, false},
		"they disagree":        {offset{40 * s, 0, true}, offset{46 * s, 0, true}, false},
		"a long way":           {offset{31 * s, 2 * s, true}, offset{31 * s, 0, true}, false},
		"one does not answer":  {offset{40 * s, 0, true}, offset{}, false},
		"nothing is known yet": {},
	} {
		c := clocks{servers: []*serverClock{{offset: test.database}, {offset: test.redis}}}
		assert.Equal(t, test.wrong, c.check(t.Context()) != nil, name)
		c.servers = c.servers[:1]
		assert.NoError(t, c.check(t.Context()), "a single server")
	}
}
