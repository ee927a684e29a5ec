//go:build race

// Package race tells tests whether the race detector runs, which makes work on pixels ten times as slow.
package race

// Enabled says that the program was built with -race.
const Enabled = true
