package otp

import "strings"

// An Extent says how much about the person is disclosed. The message names it in one word for
// each, so that the person knows what they approve.
type Extent uint8

// The extents. The zero Extent is the one that promises least.
const (
	// ExtentEverything means all judgements in full.
	ExtentEverything Extent = iota
	// ExtentOneEntry means one judgement in full.
	ExtentOneEntry
	// ExtentYesNo means yes or no to one question.
	ExtentYesNo
)

var extentNames = [...]string{"everything", "one_entry", "yes_no"}

// String returns "everything", "one_entry" or "yes_no".
func (e Extent) String() string { return name(extentNames[:], e) }

// Extent returns what the scope discloses: ExtentYesNo if it begins with "benefit:",
// ExtentOneEntry if it begins with "domain:", otherwise ExtentEverything. So a message never
// promises less than what a scope that is unknown here discloses.
func (t Terms) Extent() Extent {
	switch {
	case strings.HasPrefix(t.Scope, "benefit:"):
		return ExtentYesNo
	case strings.HasPrefix(t.Scope, "domain:"):
		return ExtentOneEntry
	}
	return ExtentEverything
}
