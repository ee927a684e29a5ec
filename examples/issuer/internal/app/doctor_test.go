package app

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// examined returns how the parts are: "ok", "warning" or "failed", a colon and the sentence.
func examined(t *testing.T, c Config) map[string]string {
	t.Helper()
	c.Log = slog.New(slog.DiscardHandler)
	found := make(map[string]string)
	require.NoError(t, Doctor(t.Context(), c, func(part string, err error) {
		_, twice := found[part]
		assert.False(t, twice, part)
		switch {
		case err == nil:
			found[part] = "ok"
		case errors.As(err, new(Warning)):
			found[part] = "warning: " + err.Error()
		default:
			found[part] = "failed: " + err.Error()
		}
	}))
	return found
}

func TestDoctor(t *testing.T) {
	redis := newRedis(t)
	a := newApp(t, func(c *Config) {
		c.DB, c.Redis, c.DevPhone = server.Postgres(t), "redis://"+redis.Addr+"/0", true
		c.PublicURL = "https://localhost:8443"
		c.TLSCert, c.TLSKey = certified(t, time.Now().AddDate(0, 0, 60))
		c.Security = "mailto:security@example.it"
	})
	good := examined(t, a.Config)
	assert.Equal(t, map[string]string{"file modes": "ok", "TLS": "ok", "duties": "ok",
		"messages by SMS": "warning: the development phone shows every code: name a provider with -sms",
		"database":        "ok", "keys": "ok", "way to the database": "ok", "clock of the database": "ok",
		"durability of the database": "failed: fsync or full_page_writes is off: a crash can destroy the " +
			"database; turn it on", // as the tests' server has it
		"Redis": "ok", "way to Redis": "ok", "clock of Redis": "ok",
		"durability of Redis": "warning: appendonly is off: a restart forgets failures and locks",
	}, good)

	for name, tt := range map[string]struct {
		change     func(t *testing.T, c *Config)
		part, want string
	}{
		"another key": {func(t *testing.T, c *Config) {
			require.NoError(t, os.WriteFile(filepath.Join(c.Data, serviceKey), []byte(newSecret()), 0o600))
		}, "keys", "^failed: another key than file:service.key"},
		"key of the registry": {func(t *testing.T, c *Config) {
			require.NoError(t, os.Remove(filepath.Join(c.Data, namesKey)))
		}, "keys", "^failed: .* bring names.key here"},
		"no reference key": {func(t *testing.T, c *Config) {
			remove("keys/reference-*")(t, nil, c.Data)
		}, "keys", "^failed: the key reference:[0-9a-f]{4} is missing"},
		"an open file": {func(t *testing.T, c *Config) {
			require.NoError(t, os.Chmod(filepath.Join(c.Data, auditKey), 0o640))
		}, "file modes", "^failed: .*audit.key: .*chmod 600"},
		"an open folder": {func(t *testing.T, c *Config) {
			require.NoError(t, os.Chmod(c.Data, 0o750))
		}, "file modes", "^failed: .*chmod 700"},
		"expired": {func(t *testing.T, c *Config) {
			c.TLSCert, c.TLSKey = certified(t, time.Now().AddDate(0, 0, -1))
		}, "TLS", "^failed: the certificate expired on 20"},
		"expires soon": {func(t *testing.T, c *Config) {
			c.TLSCert, c.TLSKey = certified(t, time.Now().AddDate(0, 0, 3))
		}, "TLS", "^warning: the certificate expires on 20"},
		"another name": {func(_ *testing.T, c *Config) { c.PublicURL = "https://127.0.0.2" },
			"TLS", "^failed: the certificate is not for 127.0.0.2"},
		"another database": {func(t *testing.T, c *Config) { c.DB = server.Postgres(t) },
			"database", "^warning: the tables are of an earlier version"},
		"no database": {func(_ *testing.T, c *Config) { c.DB = "postgres:///x?host=/nowhere" },
			"database", "^failed: database: "},
		"never run": {func(t *testing.T, c *Config) {
			c.DB, c.Data = "", filepath.Join(t.TempDir(), "none")
		}, "database", "^warning: the file is missing"},
		"no links": {func(_ *testing.T, c *Config) { c.PublicURL, c.Dev = "https://qr.example.it", true },
			"duties", "^warning: the pages lack links .*: -accessibility-url, -feedback-url"},
		"nobody to tell": {func(_ *testing.T, c *Config) { c.Security = "" }, "duties", "^warning: -sec"},
		"no messages": {func(_ *testing.T, c *Config) { c.DevPhone = false }, "messages by SMS",
			"^warning: no provider"},
		"no lists": {func(t *testing.T, c *Config) {
			c.Login.CardAddr, c.Login.CardCA, c.Login.CardLists = "127.0.0.1:0", c.TLSCert, t.TempDir()
		}, "revocation lists", "^failed: no revocation list in "},
	} {
		t.Run(name, func(t *testing.T) {
			c := a.Config
			c.Data = (&site{t: t}).folder(a.Data)
			tt.change(t, &c)
			assert.Regexp(t, tt.want, examined(t, c)[tt.part])
			if name == "never run" {
				assert.NoDirExists(t, c.Data)
			}
		})
	}
	require.NoError(t, redis.Kill())
	assert.Contains(t, examined(t, a.Config)["Redis"], "failed: ")
	assert.Error(t, Doctor(t.Context(), Config{Redis: "http://x"}, nil), "a wrong setting")
}

func TestClock(t *testing.T) {
	for offset, want := range map[time.Duration]string{
		0: "", -4 * time.Second: "", 5 * time.Second: "warning",
		-29 * time.Second: "warning", 30 * time.Second: "failed", -time.Hour: "failed",
	} {
		got := ""
		if err := clock(offset, nil); errors.As(err, new(Warning)) {
			got = "warning"
		} else if err != nil {
			got = "failed"
		}
		assert.Equal(t, want, got, offset)
	}
	assert.Error(t, clock(0, os.ErrDeadlineExceeded))
}

func TestExposedDatabase(t *testing.T) {
	for dsn, want := range map[string]bool{
		"postgres://a@db.example.it/x?sslmode=verify-full":                false,
		"postgres://a@db.example.it/x?sslmode=verify-ca":                  true,
		"postgres://a@db.example.it/x?sslmode=require":                    true,
		"postgres://a@db.example.it/x":                                    true,
		"postgres://a@db.example.it/x?sslmode=disable":                    true,
		"postgres://a@10.0.0.1,127.0.0.1/x?sslmode=disable":               true,
		"postgres://a@127.0.0.1/x?sslmode=disable":                        false,
		"postgres://a@localhost/x":                                        false,
		"postgres:///x?host=/run/postgresql":                              false,
		"postgres://a@127.0.0.1,db.example.it/x?sslmode=disable":          true,
		"postgres://a@one.example.it,two.example.it/?sslmode=verify-full": false,
	} {
		assert.Equal(t, want, exposedDatabase(dsn), dsn)
	}
}
