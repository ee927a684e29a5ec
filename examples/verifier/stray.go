package main

import (
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// hint says what to do about a stray, for [words.Tell].
func hint(s scan.Stray) error {
	switch s {
	case scan.StrayDot:
		return words.Errorf(
			"The text ends with a dot that is not part of it. Remove the dot, then check again.")
	case scan.StrayQuotes:
		return words.Errorf("There are quotation marks around the text. Remove them, then check again.")
	}
	return words.Errorf("There are angle brackets around the text. Remove them, then check again.")
}
