package page

import "slices"

// A mistake is an entry of the summary above a form, for the template "mistakes" of package web: the id of
// the field, and the keys of its label and of the text about the mistake.
type mistake struct{ Field, Label, Text string }

// made returns the mistakes that have a text.
func made(all ...mistake) []mistake {
	return slices.DeleteFunc(all, func(m mistake) bool { return m.Text == "" })
}
