package redisstore_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
)

// All tests of the package share one server; tests that stop it start their own.
var (
	server    *servers.Redis
	serverErr error
)

func TestMain(m *testing.M) {
	if os.Getenv("OTP_CHILD") == "" {
		server, serverErr = servers.NewRedis()
	}
	redis.SetLogger(quiet{}) // servers that are stopped on purpose would log pages
	code := m.Run()
	if server != nil {
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

type quiet struct{}

func (quiet) Printf(context.Context, string, ...any) {}

// need returns the server's address, or skips the test.
func need(t testing.TB) string {
	t.Helper()
	if servers.Skip(serverErr) {
		t.Skip(serverErr)
	}
	require.NoError(t, serverErr)
	return server.Addr
}

// own starts a server for this test alone.
func own(t testing.TB, options ...string) *servers.Redis {
	t.Helper()
	r, err := servers.NewRedis(options...)
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// client is patient: after three seconds, which is the default, it would send a command again.
func client(t testing.TB, addr string) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, ReadTimeout: time.Minute})
	t.Cleanup(func() { c.Close() })
	return c
}

// mini returns a miniredis and a handle on it. It does not report its policy.
func mini(t testing.TB) (*miniredis.Miniredis, *redisstore.Store) {
	m := miniredis.RunT(t)
	return m, &redisstore.Store{Client: client(t, m.Addr()), Eviction: redisstore.Unchecked}
}
