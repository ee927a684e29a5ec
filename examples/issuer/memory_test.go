package main

import (
	"math"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The environment of the process decides before this program does.
func TestAimMemory(t *testing.T) {
	percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	})
	t.Setenv("GOGC", "100")
	debug.SetMemoryLimit(1 << 40) // as by GOMEMLIMIT
	aimMemory(memoryAim)
	assert.Equal(t, 100, debug.SetGCPercent(100))
	assert.Equal(t, int64(1<<40), debug.SetMemoryLimit(math.MaxInt64))

	t.Setenv("GOGC", "")
	aimMemory(memoryAim)
	assert.Equal(t, collectAt, debug.SetGCPercent(100))
	assert.Equal(t, int64(memoryAim), debug.SetMemoryLimit(-1))
}
