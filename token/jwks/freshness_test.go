package jwks_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

func TestFreshness(t *testing.T) {
	const least, most = time.Minute, 24 * time.Hour
	tests := map[string]struct {
		fields []string
		want   time.Duration
	}{
		"nothing said": {nil, jwks.DefaultMaxAge},
		"other directives": {[]string{"Cache-Control: public, immutable, s-maxage=7200"},
			jwks.DefaultMaxAge},
		"an hour": {[]string{"Cache-Control: max-age=3600"}, time.Hour},
		"among others": {[]string{"Cache-Control: public,max-age=3600, must-revalidate"},
			time.Hour},
		"upper case and quotes": {[]string{`Cache-Control: Max-Age="3600"`}, time.Hour},
		"in two fields": {[]string{"Cache-Control: public", "Cache-Control: max-age=3600"},
			time.Hour},
		"too short":             {[]string{"Cache-Control: max-age=59"}, least},
		"zero":                  {[]string{"Cache-Control: max-age=0"}, least},
		"too long":              {[]string{"Cache-Control: max-age=86401"}, most},
		"longer than int64":     {[]string{"Cache-Control: max-age=" + strings.Repeat("9", 40)}, most},
		"overflows nanoseconds": {[]string{"Cache-Control: max-age=9223372037"}, most},
		"negative":              {[]string{"Cache-Control: max-age=-1"}, jwks.DefaultMaxAge},
		"not a number":          {[]string{"Cache-Control: max-age=1h"}, jwks.DefaultMaxAge},
		"without value":         {[]string{"Cache-Control: max-age"}, jwks.DefaultMaxAge},
		"no-store":              {[]string{"Cache-Control: no-store, max-age=3600"}, least},
		"no-cache":              {[]string{"Cache-Control: max-age=3600, no-cache"}, least},
		"spent in a cache":      {[]string{"Cache-Control: max-age=3600", "Age: 1800"}, 30 * time.Minute},
		"all spent":             {[]string{"Cache-Control: max-age=3600", "Age: 7200"}, least},
		"age is nonsense":       {[]string{"Cache-Control: max-age=3600", "Age: -5"}, time.Hour},
		"age of the universe": {[]string{"Cache-Control: max-age=86400", "Age: 435000000000000000"},
			least},
		"Expires is not read":    {[]string{"Expires: Thu, 01 Jan 2099 00:00:00 GMT"}, jwks.DefaultMaxAge},
		"default spent in part":  {[]string{"Age: 300"}, 5 * time.Minute},
		"max-age twice, last on": {[]string{"Cache-Control: max-age=60, max-age=120"}, 2 * time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := serving(keySet(issuerName, "es-1"), test.fields...)
				c := client(t, o)
				require.NoError(t, c.Refresh(t.Context()))
				time.Sleep(test.want)
				c.Keys()
				synctest.Wait()
				assert.Equal(t, 1, o.requests(), "fresh")
				time.Sleep(time.Nanosecond)
				c.Keys()
				synctest.Wait()
				assert.Equal(t, 2, o.requests(), "stale")
			})
		})
	}
}

func TestNotModified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=3600", `ETag: W/"a b"`,
			`ETag: "second"`)
		o.header["Etag"] = []string{`W/"a-b"`}
		c := client(t, o)
		require.NoError(t, c.Refresh(t.Context()))
		stale := func(after time.Duration) {
			time.Sleep(after)
			c.Keys()
			synctest.Wait()
			assert.Equal(t, 1, o.requests())
			time.Sleep(time.Nanosecond)
			c.Keys()
			synctest.Wait()
			require.Equal(t, 2, o.requests())
			assertKeys(t, c, time.Now(), "es-1")
			o.times = nil
			c.Missed() // within the interval
			synctest.Wait()
			assert.Empty(t, o.times)
			o.times = make([]time.Time, 1)
		}
		// states no freshness: that of the previous answer applies
		o.become(&origin{status: http.StatusNotModified})
		stale(time.Hour)
		o.become(&origin{status: http.StatusNotModified,
			header: http.Header{"Cache-Control": {"max-age=120"}}})
		stale(time.Hour)
		stale(2 * time.Minute)
		assert.Equal(t, []string{"", `W/"a-b"`, `W/"a-b"`, `W/"a-b"`}, o.tags)
	})
}

func TestETagsThatCannotBeSentBack(t *testing.T) {
	for _, etag := range []string{"", "bare", `"`, `"open`, `open"`, "\"line\nbreak\"", `"a"b"`, `"a b"`,
		`w/"a"`, "\"\xff\"",
		`"` + strings.Repeat("x", 255) + `"`} {
		synctest.Test(t, func(t *testing.T) {
			o := serving(keySet(issuerName, "es-1"))
			o.header["Etag"] = []string{etag}
			c := client(t, o)
			require.NoError(t, c.Refresh(t.Context()))
			time.Sleep(jwks.Interval)
			o.become(serving(keySet(issuerName, "es-1")))
			assert.NoError(t, c.Refresh(t.Context()))
			assert.Equal(t, []string{"", ""}, o.tags, "%q", etag)
		})
	}
}
