package jwks_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

// For any content of the file: with an error there is nothing; without one the keys belong to the
// issuer, have a date, are fresh within the limits, their tag fits into a header, and all of it
// survives being saved and loaded again.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(saved(keySet(issuerName, "es-1", "ed-1"), `"max_age":600,"etag":"\"1\"",`)))
	entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", "FuzzLoad"))
	require.NoError(f, err)
	require.GreaterOrEqual(f, len(entries), 6, "seeds are missing")
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &jwks.Client{IssuerName: issuerName}
		s, err := c.ParseSnapshot(data)
		if err != nil {
			assert.Zero(t, len(s.Keys)+len(s.ETag))
			assert.Zero(t, s.AsOf)
			return
		}
		assert.NotEmpty(t, s.Keys)
		for _, k := range s.Keys {
			assert.Equal(t, issuerName, k.IssuerName())
		}
		assert.NotZero(t, s.AsOf)
		assert.GreaterOrEqual(t, s.MaxAge, time.Minute)
		assert.LessOrEqual(t, s.MaxAge, 24*time.Hour)
		header := http.Header{"If-None-Match": {s.ETag}}
		var written bytes.Buffer
		require.NoError(t, header.Write(&written))
		assert.Equal(t, "If-None-Match: "+s.ETag+"\r\n", written.String())

		if s.SaveErr != nil {
			year := s.AsOf.UTC().Year()
			assert.True(t, year < 0 || year > 9999, "only such a date cannot be written")
			return
		}
		again, err := c.ParseSnapshot(s.Again)
		require.NoError(t, err)
		assert.Equal(t, s.Again, again.Again)
		assert.Equal(t, s.ETag, again.ETag)
		assert.Equal(t, s.MaxAge, again.MaxAge)
		assert.True(t, s.AsOf.Truncate(time.Second).Equal(again.AsOf))
		require.Len(t, again.Keys, len(s.Keys))
		for i := range s.Keys {
			assert.True(t, s.Keys[i].Equal(again.Keys[i]))
		}
	})
}
