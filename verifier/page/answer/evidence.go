package answer

import (
	"maps"
	"slices"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A Question asks whether the desk has seen a paper, or read an annotation on the verbale.
type Question struct {
	// Code is a code of [api.Evidence], and Said its words, or the code itself if the catalogue has none.
	Code string
	Said
	// Value is the answer: [api.EvidenceYes], [api.EvidenceNo], or empty if the desk has not looked.
	Value string
}

// Questions returns a question for each code, with the answers that the desk has given so far.
func Questions(lang status.Language, c benefit.Catalogue, codes []string, seen api.Evidence) []Question {
	var list []Question
	for _, code := range codes {
		q := Question{Code: code, Said: Said{Text: code}, Value: seen[code]}
		if text, ok := c.Evidence(code); ok {
			q.Said = say(lang, text)
		}
		list = append(list, q)
	}
	return list
}

// Declared returns what the desk has declared, as questions with their answers, sorted by code.
func Declared(lang status.Language, c benefit.Catalogue, seen api.Evidence) []Question {
	return Questions(lang, c, slices.Sorted(maps.Keys(seen)), seen)
}

// Accepted returns a question for each code that the desk may declare for the benefit on the day, and for
// what it has declared already.
func Accepted(lang status.Language, c benefit.Catalogue, id string, day status.Date,
	seen api.Evidence) []Question {
	b, _ := c.Lookup(id, day) // the zero Benefit accepts nothing
	codes := b.Accepts()
	for _, code := range slices.Sorted(maps.Keys(seen)) { // the issuer may accept more
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return Questions(lang, c, codes, seen)
}
