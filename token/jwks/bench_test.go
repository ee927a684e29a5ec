package jwks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token/jwks"
)

func warm(t testing.TB) *jwks.Client {
	t.Helper()
	c := client(t, serving(keySet(issuerName, "es-1", "es-2"), "Cache-Control: max-age=86400"))
	require.NoError(t, c.Refresh(t.Context()))
	return c
}

func TestKeysAllocatesNothing(t *testing.T) {
	c := warm(t)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		c.Keys()
		c.Missed()
	}))
}

func BenchmarkKeys(b *testing.B) {
	c := warm(b)
	b.ReportAllocs()
	for b.Loop() {
		c.Keys()
	}
}

func BenchmarkKeysParallel(b *testing.B) {
	c := warm(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Keys()
		}
	})
}
