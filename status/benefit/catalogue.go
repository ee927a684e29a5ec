package benefit

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"github.com/qr-invalidita/attesta/status"
)

// A Catalogue is a list of benefits. The zero Catalogue is empty.
type Catalogue struct {
	edition  status.Date
	rows     []Benefit
	index    map[string]int
	evidence map[string]Text
}

//go:embed catalogue.txt
var catalogueText []byte

var builtIn = sync.OnceValue(func() Catalogue {
	c, _ := Catalogue{}.Merge(catalogueText) // a fault, which the tests exclude, leaves it empty
	return c
})

// Default returns the catalogue of this package.
func Default() Catalogue { return builtIn() }

// Edition returns the day of the catalogue: the latest of those of its files.
func (c Catalogue) Edition() status.Date { return c.edition }

// Len returns how many benefits there are.
func (c Catalogue) Len() int { return len(c.rows) }

// All returns the benefits in their order.
func (c Catalogue) All() []Benefit { return slices.Clone(c.rows) }

// Lookup returns the benefit with that identifier. If there is none, it is false.
func (c Catalogue) Lookup(id string) (Benefit, bool) {
	i, ok := c.index[id]
	if !ok {
		return Benefit{}, false
	}
	return c.rows[i], true
}

// Evidence returns the words for the code of an evidence, false for an unknown one.
func (c Catalogue) Evidence(code string) (Text, bool) {
	t, ok := c.evidence[code]
	return t, ok
}

// Merge returns a catalogue with the rows of the file over those of c, which stays as it
// is: a row whose identifier is known replaces the earlier one in its place, the others
// are added behind. Conditions may ask for evidence of the file and of c. The package
// comment describes the file. Any error is a [*SyntaxError], and the catalogue is
// then empty.
func (c Catalogue) Merge(file []byte) (Catalogue, error) {
	text := string(file)
	read, f := readFile(text)
	if f == nil {
		f = read.checkMentions(c)
	}
	if f != nil {
		return Catalogue{}, place(text, f)
	}
	merged := Catalogue{
		edition:  max(c.edition, read.edition),
		rows:     slices.Clone(c.rows),
		index:    maps.Clone(c.index),
		evidence: maps.Clone(c.evidence),
	}
	if merged.index == nil {
		merged.index, merged.evidence = map[string]int{}, map[string]Text{}
	}
	maps.Copy(merged.evidence, read.evidence)
	for _, b := range read.benefits {
		i, known := merged.index[b.ID]
		if !known {
			merged.index[b.ID] = len(merged.rows)
			merged.rows = append(merged.rows, b)
			continue
		}
		merged.rows[i] = b
	}
	return merged, nil
}
