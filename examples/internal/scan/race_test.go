//go:build race

package scan_test

// raceDetector makes pixels ten times as slow as they are.
const raceDetector = true
