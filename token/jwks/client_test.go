package jwks_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

func TestOneFetchForManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		o.delay = time.Second
		c := client(t, o)
		assertNoKeys(t, c, jwks.ErrNotFetched) // and starts the fetch that the others join
		start := time.Now()
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				assert.NoError(t, c.Refresh(t.Context()))
				assertKeys(t, c, start, "es-1")
			})
		}
		callers.Wait()
		assert.Equal(t, time.Second, time.Since(start))
		assert.NoError(t, c.Refresh(t.Context()), "a straggler hears how it went")
		assert.Equal(t, 1, o.requests())
	})
}

func TestKeysStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=300")
		c := client(t, o)
		first := time.Now()
		require.NoError(t, c.Refresh(t.Context()))
		time.Sleep(300 * time.Second)
		assertKeys(t, c, first, "es-1")
		synctest.Wait()
		assert.Equal(t, 1, o.requests(), "fresh up to and with the last second")

		o.become(serving(keySet(issuerName, "es-2"), "Cache-Control: max-age=300"))
		o.delay = time.Second
		time.Sleep(time.Second)
		second := time.Now()
		for range 100 {
			assertKeys(t, c, first, "es-1") // at once, while one refresh runs
		}
		assert.Equal(t, second, time.Now())
		time.Sleep(time.Second)
		synctest.Wait()
		assertKeys(t, c, second, "es-2")
		assert.Equal(t, 2, o.requests())
	})
}

// Rotation and withdrawal between the Publisher and the Client of this package, over real HTTP.
func TestRotationAndWithdrawal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := new(published)
		issuer.set("es-1")
		var full, unchanged atomic.Int32
		publisher := jwks.Publisher{Keys: issuer.keys}
		c := overPipes(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			assert.Equal(t, jwks.Path, r.URL.Path)
			if r.Header.Get("If-None-Match") == "" {
				full.Add(1)
			} else {
				unchanged.Add(1)
			}
			publisher.ServeHTTP(w, r)
		}))
		require.NoError(t, c.Refresh(t.Context()))
		start := time.Now()
		assertKeys(t, c, start, "es-1")

		issuer.set("es-1", "ed-2")
		time.Sleep(jwks.Interval)
		c.Missed()
		assertKeys(t, c, start, "es-1") // not yet
		synctest.Wait()
		assertKeys(t, c, start.Add(jwks.Interval), "es-1", "ed-2")

		issuer.set("ed-2")
		time.Sleep(jwks.DefaultMaxAge + time.Second)
		c.Keys()
		synctest.Wait()
		withdrawn := time.Now()
		assertKeys(t, c, withdrawn, "ed-2")

		time.Sleep(jwks.DefaultMaxAge + time.Second)
		c.Keys()
		synctest.Wait()
		assertKeys(t, c, time.Now(), "ed-2") // by a 304
		assert.EqualValues(t, 1, full.Load())
		assert.EqualValues(t, 3, unchanged.Load())

		issuer.set() // then it answers 503
		time.Sleep(jwks.Interval)
		err := c.Refresh(t.Context())
		assert.EqualError(t, err, "key set server answered with status 503")
		assertKeys(t, c, time.Now().Add(-jwks.Interval), "ed-2")
	})
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=3600")
		c := client(t, o)
		require.NoError(t, c.Refresh(t.Context()))
		start := time.Now()
		o.become(&origin{hang: true})

		for time.Since(start) < time.Hour+jwks.Grace {
			before := time.Now()
			assertKeys(t, c, start, "es-1")
			require.Equal(t, before, time.Now(), "a call waited")
			time.Sleep(10 * time.Minute)
		}
		assertKeys(t, c, start, "es-1") // the last instant
		time.Sleep(time.Nanosecond)
		keys, asOf, err := c.Keys()
		assert.Equal(t, jwks.ErrStale, err)
		assert.Empty(t, keys)
		assert.Equal(t, start.Round(0), asOf, "how old they are may be said")
		assert.GreaterOrEqual(t, o.shortestGap(), jwks.Interval)
		asked := o.requests()
		assert.Greater(t, asked, 73*5, "it has tried all the time")

		o.become(serving(keySet(issuerName, "es-1")))
		time.Sleep(jwks.Interval)
		c.Keys()
		synctest.Wait()
		assertKeys(t, c, time.Now(), "es-1")
	})
}

func TestFailedFetchKeepsTheGoodSet(t *testing.T) {
	tooLong := keySet(issuerName, "es-2") + strings.Repeat(" ", 1<<20)
	tests := map[string]struct {
		answer *origin
		err    string
	}{
		"HTML": {serving("<html>XYZZY log in</html>", "Content-Type: text/html"),
			"key set is not a JSON Web Key Set"},
		"nothing":   {serving(""), "key set is not a JSON Web Key Set"},
		"empty set": {serving(`{"keys":[]}`), "key set is empty"},
		"other issuer": {serving(keySet(otherIssuer, "es-2")),
			"key set belongs to another issuer than the one given"},
		"no usable key": {serving(`{"keys":[{"kty":"XYZZY"}]}`),
			"key set has no usable key: a key is neither P-256 nor Ed25519"},
		"too long": {serving(tooLong), "key set is longer than 1048576 bytes"},
		"error":    {&origin{status: 500, body: "XYZZY"}, "key set server answered with status 500"},
		"not found": {&origin{status: 404, body: keySet(issuerName, "es-2")},
			"key set server answered with status 404"},
		"no content": {&origin{status: 204}, "key set server answered with status 204"},
		"partial": {&origin{status: 206, body: keySet(issuerName, "es-2")},
			"key set server answered with status 206"},
		"redirect": {&origin{status: 302,
			header: http.Header{"Location": {"https://qr.example.it/XYZZY"}}},
			"key set server answered with status 302"},
		"304 never told": {&origin{status: 304}, "key set server answered with status 304"},
		"no network":     {cut(), "key set server did not answer in HTTP"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := serving(keySet(issuerName, "es-1"))
				c := client(t, o)
				start := time.Now()
				require.NoError(t, c.Refresh(t.Context()))
				o.become(test.answer)
				time.Sleep(jwks.Interval)
				err := c.Refresh(t.Context())
				assert.EqualError(t, err, test.err)
				assert.NotContains(t, err.Error(), "XYZZY")
				assertKeys(t, c, start, "es-1")
				assert.Equal(t, 2, o.requests())
				assert.Equal(t, err, c.Refresh(t.Context()), "within the interval the same again")
				assert.Equal(t, 2, o.requests())
			})
		})
	}
}

func TestUnknownKeyTypesAreSkipped(t *testing.T) {
	known := strings.TrimSuffix(strings.TrimSpace(keySet(issuerName, "es-1")), "]\n}")
	set := known + `,{"kty":"RSA","n":"AQAB","e":"AQAB"},{"kty":"AKP","alg":"ML-DSA-44"},7]}`
	o := serving(set)
	c := client(t, o)
	require.NoError(t, c.Refresh(t.Context()))
	keys, _, err := c.Keys()
	assert.NoError(t, err)
	assert.Equal(t, ids("es-1"), keyIDs(keys))
}

// The slice is shared, so a caller's append must not write into the slice of others.
func TestKeysHaveNoSpareRoom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys.json")
	fetched := client(t, serving(keySet(issuerName, "es-1", "es-2", "es-3")))
	fetched.File = file
	require.NoError(t, fetched.Refresh(t.Context()))
	loaded := client(t, cut())
	loaded.File = file
	require.NoError(t, loaded.Load())
	for _, c := range []*jwks.Client{fetched, loaded} {
		keys, _, err := c.Keys()
		require.NoError(t, err)
		assert.Equal(t, 3, cap(keys))
	}
}

func TestSetWithoutIssuerIsTheConfiguredOnes(t *testing.T) {
	anonymous := strings.Replace(keySet(issuerName, "es-1"), `"issuer": "`+issuerName+`",`, "", 1)
	require.NotContains(t, anonymous, "issuer")
	c := client(t, serving(anonymous))
	require.NoError(t, c.Refresh(t.Context()))
	keys, _, err := c.Keys()
	require.NoError(t, err)
	assert.Equal(t, issuerName, keys[0].IssuerName())
}

func TestRefreshOutlivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		o.delay = 2 * time.Second
		c := client(t, o)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var patient sync.WaitGroup
		patient.Go(func() { assert.NoError(t, c.Refresh(t.Context())) })
		assert.Equal(t, context.DeadlineExceeded, c.Refresh(ctx))
		assert.Equal(t, time.Second, time.Since(start))
		patient.Wait()
		assertKeys(t, c, start, "es-1")
		assert.Equal(t, 1, o.requests())
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"))
		c := client(t, o)
		var log bytes.Buffer
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
		start := time.Now()
		require.NoError(t, c.Refresh(t.Context()))
		o.become(&origin{hang: true})
		time.Sleep(jwks.Interval)
		var waiting sync.WaitGroup
		waiting.Go(func() { assert.Equal(t, jwks.ErrClosed, c.Refresh(t.Context())) })
		synctest.Wait()
		before := time.Now()
		c.Close()
		c.Close()
		assert.Equal(t, before, time.Now(), "a fetch that hangs is cut short")
		waiting.Wait()

		time.Sleep(time.Hour)
		c.Missed()
		assert.Equal(t, jwks.ErrClosed, c.Refresh(t.Context()))
		assertKeys(t, c, start, "es-1") // goes on with what it has
		time.Sleep(jwks.Grace)
		assertNoKeys(t, c, jwks.ErrStale)
		assert.Equal(t, 2, o.requests())
		assert.Empty(t, log.String(), "nothing went wrong")
	})
	new(jwks.Client).Close() // and never used
}
