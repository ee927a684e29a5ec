package jwks_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

// fetched is the start of a bubble's clock.
const fetched = "2000-01-01T00:00:00Z"

func snapshotFile(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func saved(set, more string) string {
	return `{"issuer":"` + issuerName + `","url":"` + issuerName + jwks.Path + `","fetched_at":"` + fetched +
		`",` + more + `"key_set":` + set + `}`
}

func TestSnapshot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	synctest.Test(t, func(t *testing.T) {
		// Markup in the set must not be escaped: the set would exceed the limit when it is read
		// again.
		set := strings.Replace(keySet(issuerName, "es-1", "ed-1"), "{", `{"x": "<&>\u2028`+"\u2028"+`",`, 1)
		o := serving(set, "Cache-Control: max-age=3600", `ETag: "1"`)
		c := client(t, o)
		c.File = file
		assert.ErrorIs(t, c.Load(), fs.ErrNotExist)
		start := time.Now()
		require.NoError(t, c.Refresh(t.Context()))

		info, err := os.Stat(file)
		require.NoError(t, err)
		if runtime.GOOS != "windows" {
			assert.Equal(t, fs.FileMode(0o600), info.Mode())
		}
		entries, err := os.ReadDir(filepath.Dir(file))
		require.NoError(t, err)
		assert.Len(t, entries, 1, "nothing is left lying about")
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, []byte(set)))
		assert.Equal(t, saved(compact.String(), `"max_age":3600,"etag":"\"1\"",`)+"\n", string(data))

		// The next run, without a network.
		o.become(cut())
		time.Sleep(time.Hour)
		next := client(t, o)
		next.File = file
		require.NoError(t, next.Load())
		assertKeys(t, next, start, "es-1", "ed-1")
		synctest.Wait()
		assert.Equal(t, 1, o.requests(), "still fresh, as the issuer said")
		time.Sleep(time.Nanosecond)
		assertKeys(t, next, start, "es-1", "ed-1")
		synctest.Wait()
		assert.Equal(t, 2, o.requests())

		// And with the network again: a 304 is enough, and is saved too.
		o.become(serving(set, "Cache-Control: max-age=3600", `ETag: "1"`))
		time.Sleep(jwks.Interval)
		require.NoError(t, next.Refresh(t.Context()))
		assert.Equal(t, []string{"", `"1"`, `"1"`}, o.tags)
		last := client(t, cut())
		last.File = file
		require.NoError(t, last.Load())
		assertKeys(t, last, time.Now().Truncate(time.Second), "es-1", "ed-1")

		time.Sleep(time.Hour + jwks.Grace + time.Second)
		assertNoKeys(t, last, jwks.ErrStale)
	})
}

func TestLoadRefuses(t *testing.T) {
	set := keySet(issuerName, "es-1")
	tests := map[string]struct{ content, err string }{
		"nothing":            {"", "saved key set is damaged"},
		"cut short":          {saved(set, "")[:200], "saved key set is damaged"},
		"something more":     {saved(set, "") + "x", "saved key set is damaged"},
		"null":               {"null", "saved key set belongs to another issuer"},
		"a bare key set":     {set, "saved key set has no date"},
		"a bare key set but": {keySet(otherIssuer, "es-1"), "saved key set belongs to another issuer"},
		"other issuer": {strings.Replace(saved(set, ""), issuerName, otherIssuer, 1),
			"saved key set belongs to another issuer"},
		"set of another": {saved(keySet(otherIssuer, "es-1"), ""),
			"key set belongs to another issuer than the one given"},
		"no date": {strings.Replace(saved(set, ""), fetched, "0001-01-01T00:00:00Z", 1),
			"saved key set has no date"},
		"a date of no sort": {strings.Replace(saved(set, ""), fetched, "yesterday", 1),
			"saved key set is damaged"},
		"no set": {saved("null", ""), "key set is empty"},
		"no usable key": {saved(`{"keys":[{"kty":"RSA"}]}`, ""),
			"key set has no usable key: a key is neither P-256 nor Ed25519"},
		"key off the curve": {saved(strings.Replace(set, `"x": "`, `"x": "AAAA`, 1), ""),
			"key set has no usable key"},
		"too long": {saved(set, "") + strings.Repeat(" ", 2<<20), "file is too long"},
		"set too long": {saved(`{"keys":["`+strings.Repeat("x", 1<<20)+`"]}`, ""),
			"key set is longer than 1048576 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := serving(set)
				c := client(t, o)
				c.File = snapshotFile(t, test.content)
				assert.ErrorContains(t, c.Load(), test.err)
				assertNoKeys(t, c, jwks.ErrNotFetched) // and starts a refresh, which mends the file
				synctest.Wait()
				assertKeys(t, c, time.Now(), "es-1")
				assert.NoError(t, client(t, o).Load())
			})
		})
	}
	c := client(t, cut())
	c.File = t.TempDir()
	assert.Error(t, c.Load(), "a folder")
	c.File = snapshotFile(t, saved(set, ""))
	for _, mode := range []fs.FileMode{0o620, 0o602} {
		require.NoError(t, os.Chmod(c.File, mode))
		if runtime.GOOS != "windows" {
			assert.ErrorContains(t, c.Load(), "file can be written by others")
		}
	}
	require.NoError(t, os.Chmod(c.File, 0o444))
	assert.NoError(t, c.Load(), "all may read it")
	c = client(t, cut())
	c.IssuerName, c.File = "", snapshotFile(t, strings.Replace(saved(set, ""), issuerName, "", 1))
	assert.ErrorContains(t, c.Load(), "another issuer", "the set's own word is not enough")
}

func TestLoadWithoutFile(t *testing.T) {
	assert.NoError(t, client(t, cut()).Load())
}

func TestLoadBounds(t *testing.T) {
	set := keySet(issuerName, "es-1")
	tests := map[string]struct {
		content string
		fresh   time.Duration
		tag     string
	}{
		"nothing said":      {saved(set, ""), time.Minute, ""},
		"negative":          {saved(set, `"max_age":-1,`), time.Minute, ""},
		"negative overflow": {saved(set, `"max_age":-9223372037,`), time.Minute, ""},
		"for ever":          {saved(set, `"max_age":9223372036854775807,`), 24 * time.Hour, ""},
		"good tag":          {saved(set, `"etag":"\"1\"",`), time.Minute, `"1"`},
		"tag smuggles":      {saved(set, `"etag":"\"1\"\r\nX-Evil: \"1\"",`), time.Minute, ""},
		"tag of another": {strings.Replace(saved(set, `"etag":"\"1\"",`), jwks.Path, "/k", 1), time.Minute,
			""},
		"date with an area": {strings.Replace(saved(set, ""), fetched, "2000-01-01T01:00:00+01:00", 1),
			time.Minute, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := serving(set)
				c := client(t, o)
				c.File = snapshotFile(t, test.content)
				require.NoError(t, c.Load())
				start := time.Now()
				time.Sleep(test.fresh)
				assertKeys(t, c, start, "es-1")
				synctest.Wait()
				assert.Zero(t, o.requests())
				time.Sleep(time.Nanosecond)
				c.Keys()
				synctest.Wait()
				assert.Equal(t, []string{test.tag}, o.tags)
			})
		})
	}
}

// A date in the future, from a wrong clock or a forger, does not make the keys good until then.
func TestLoadFromTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-2"))
		c := client(t, o)
		c.File = snapshotFile(t, strings.Replace(saved(keySet(issuerName, "es-1"), ""), fetched,
			"9999-12-31T23:59:59Z", 1))
		require.NoError(t, c.Load())
		assertNoKeys(t, c, jwks.ErrClock)
		synctest.Wait()
		start := time.Now()
		assertKeys(t, c, start, "es-2")
		c.File = snapshotFile(t, saved(keySet(issuerName, "es-1"), ""))
		require.NoError(t, c.Load())
		assertKeys(t, c, start, "es-2") // what was fetched stays
	})
}

func TestSnapshotThatCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c := client(t, serving(keySet(issuerName, "es-1")))
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		c.File = filepath.Join(t.TempDir(), "missing", "keys.json")
		err := c.Refresh(t.Context())
		assert.ErrorContains(t, err, "key set was fetched but not saved")
		assert.ErrorIs(t, err, fs.ErrNotExist)
		assertKeys(t, c, time.Now(), "es-1")
		assert.Contains(t, log.String(), "key set not refreshed")

		c.File = filepath.Join(t.TempDir(), "folder")
		require.NoError(t, os.Mkdir(c.File, 0o700))
		time.Sleep(jwks.Interval)
		assert.ErrorContains(t, c.Refresh(t.Context()), "key set was fetched but not saved")
		entries, err := os.ReadDir(filepath.Dir(c.File))
		require.NoError(t, err)
		assert.Len(t, entries, 1, "nothing is left lying about")
	})
}

func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := serving("XYZZY")
		c := client(t, o)
		c.Log = slog.New(slog.NewTextHandler(&log,
			&slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			}}))
		c.Missed()
		synctest.Wait()
		assert.Equal(
			t, `level=WARN msg="key set not refreshed" issuer=https://qr.example.it error="key set is not`+
				` a JSON Web Key Set"`+"\n", log.String())
		log.Reset()
		o.become(serving(keySet(issuerName, "es-1")))
		time.Sleep(jwks.Interval)
		c.Missed()
		synctest.Wait()
		assert.Empty(t, log.String())
	})
}
