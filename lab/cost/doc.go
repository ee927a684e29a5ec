// Package cost measures what a document costs: against a general PDF library that is given the same page, and by the stages of
// issuing it. It has nothing but tests and benchmarks.
package cost
