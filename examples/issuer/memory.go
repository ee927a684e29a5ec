package main

import (
	"math"
	"os"
	"runtime/debug"
)

const (
	// collectAt is the growth of the heap, in percent, at which garbage is collected. With 100, which is Go's
	// own, a tenth of the processor time of checks is the collector's; with 400 it is a fortieth.
	collectAt = 400
	// memoryAim is where the collector works harder, in bytes: half of what the chart in deploy/ allows.
	memoryAim = 256 << 20
	// importAim is the same for an import, which may run beside the service.
	importAim = 96 << 20
)

// aimMemory sets the growth and where the collector works harder, unless the environment does (GOGC,
// GOMEMLIMIT).
func aimMemory(aim int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(aim)
	}
}
