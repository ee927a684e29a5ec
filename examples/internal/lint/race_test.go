//go:build race

package lint_test

// raceDetector makes pixels ten times as slow as they are.
const raceDetector = true
