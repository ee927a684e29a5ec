package main

import (
	"math"
	"os"
	"runtime/debug"
)

const (
	// collectAt is the growth of the heap, in percent, at which garbage is collected. A check leaves much more
	// than the service keeps, so with Go's own 100 a tenth of the processor time is the collector's.
	collectAt = 400
	// memoryAim is where the collector works harder, in bytes: half of what the chart in deploy/ allows.
	memoryAim = 256 << 20
)

// aimMemory sets both, unless the environment does (GOGC, GOMEMLIMIT).
func aimMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryAim)
	}
}
