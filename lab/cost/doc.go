// Package cost measures what a document costs in time and memory: compared with a general PDF library that
// draws the same page, and by the stages of issuing it. It has only tests and benchmarks.
package cost
