package qrpdf_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/qrpdf"
)

func TestCache(t *testing.T) {
	var c qrpdf.Cache
	calls := 0
	upper := func(key string) string {
		result, err := c.Get(key, func() (string, error) { calls++; return strings.ToUpper(key), nil })
		require.NoError(t, err)
		return result
	}
	assert.Equal(t, "A", upper("a"))
	assert.Equal(t, "B", upper("b"))
	assert.Equal(t, "A", upper("a"))
	assert.Equal(t, 2, calls)
}

// A failure is not kept.
func TestCacheFailure(t *testing.T) {
	var c qrpdf.Cache
	fault := errors.New("fault")
	_, err := c.Get("a", func() (string, error) { return "", fault })
	assert.ErrorIs(t, err, fault)
	result, err := c.Get("a", func() (string, error) { return "A", nil })
	require.NoError(t, err)
	assert.Equal(t, "A", result)
}

// However many keys there are, a cache holds 4 MiB of them.
func TestCacheSize(t *testing.T) {
	var c qrpdf.Cache
	for i := range 100 {
		key := fmt.Sprintf("%0100000d", i)
		for range 2 {
			result, err := c.Get(key, func() (string, error) { return fmt.Sprint(i), nil })
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(i), result)
			require.LessOrEqual(t, c.Size(), 4<<20)
		}
	}
	assert.NotZero(t, c.Size())
}

func TestCacheConcurrent(t *testing.T) {
	var c qrpdf.Cache
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 1000 {
				key := fmt.Sprintf("%01000d", (i+j)%50*100)
				result, err := c.Get(key, func() (string, error) { return key, nil })
				assert.NoError(t, err)
				assert.Equal(t, key, result)
			}
		})
	}
	wait.Wait()
}
