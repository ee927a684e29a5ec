package benefit

import (
	"slices"

	"github.com/qr-invalidita/attesta/status"
)

// A Term is a name that conditions can use: a class, which is a named condition, or an age that
// depends on the date of birth.
type Term struct {
	ID      string
	Law     Text
	Checked status.Date // as in Benefit
	Source  Source
	// Condition is the condition of a class; zero for an age.
	Condition Condition
	// Ages is the table of an age in the form of the file; empty for a class.
	Ages string
	ages ageTable
	at   int // of the identifier, in its file
}

// terms are the terms of a catalogue.
type terms struct {
	byID   map[string]Term
	titles map[string]OtherTitle
}

// title returns the evidence with the titles of a registry that it covers.
func (t *terms) title(code string) OtherTitle {
	if t != nil {
		if o, ok := t.titles[code]; ok {
			return o
		}
	}
	return OtherTitle{Code: code}
}

// class returns the condition with the name, or nil.
func (t *terms) class(name string) *node {
	if t == nil {
		return nil
	}
	return t.byID[name].Condition.root
}

// age returns the table with the name, or nil.
func (t *terms) age(name string) ageTable {
	if t == nil {
		return nil
	}
	return t.byID[name].ages
}

// maxClasses is the greatest depth of classes that name one another.
const maxClasses = 4

// circular reports whether the class asks for itself, or for too many others in a row.
func (t *terms) circular(name string, above int) bool {
	if above > maxClasses {
		return true
	}
	found := false
	t.class(name).walk(func(n *node) {
		if n.kind == isClass && !found {
			found = slices.ContainsFunc(n.codes, func(next string) bool { return t.circular(next, above+1) })
		}
	})
	return found
}
