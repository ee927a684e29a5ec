package answer

import (
	"cmp"
	"slices"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
)

// Group is a heading of the choice among benefits, with those below it. It is for the template "picker" of package web.
type Group struct {
	Title    string // the key of its text
	Benefits []Option
}

// Option is a benefit to choose.
type Option struct{ ID, Title string }

// subject is the heading that begins, in the order of the catalogue, with a benefit; empty where none does.
func subject(id string) string {
	switch id {
	case "museums":
		return "picker.group_services"
	case "ticket_c01":
		return "picker.group_health"
	case "targeted_employment":
		return "picker.group_work"
	case "monthly_allowance":
		return "picker.group_money"
	case "ced":
		return "picker.group_transport"
	case "parking_badge":
		return "picker.group_vehicles"
	case "care_costs":
		return "picker.group_bills"
	case "home_vote":
		return "picker.group_rights"
	}
	return ""
}

// Groups returns the catalogue by subject. Rows that [benefit.Default] does not have come last.
func Groups(lang status.Language, c benefit.Catalogue) []Group {
	standard := benefit.Default()
	var list []Group
	own := Group{Title: "picker.group_own"}
	for _, b := range c.All() {
		row := Option{b.ID, b.Title.In(lang)}
		if _, ok := standard.Lookup(b.ID); !ok {
			own.Benefits = append(own.Benefits, row)
			continue
		}
		if title := subject(b.ID); title != "" || list == nil {
			list = append(list, Group{Title: cmp.Or(title, "picker.group_services")})
		}
		last := &list[len(list)-1]
		last.Benefits = append(last.Benefits, row)
	}
	if own.Benefits != nil {
		list = append(list, own)
	}
	return list
}

// Beside is what there is to know of a benefit beside the answer.
type Beside struct {
	Law string
	// Also is what the benefit may ask for and no registry of verbali has.
	Also []string
}

// BesideOf returns it in the language; the zero value for an unknown benefit.
func BesideOf(lang status.Language, c benefit.Catalogue, id string) Beside {
	b, ok := c.Lookup(id)
	if !ok {
		return Beside{}
	}
	beside := Beside{Law: b.Law}
	for _, code := range slices.Concat(b.Condition.Evidence(), b.Unchecked()) {
		if text, ok := c.Evidence(code); ok {
			beside.Also = append(beside.Also, text.In(lang))
		}
	}
	return beside
}
