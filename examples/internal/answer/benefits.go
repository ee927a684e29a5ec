package answer

import (
	"cmp"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/web"
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

// Today is the day in Italy, for the rows of a catalogue.
func Today() status.Date { return status.DateOf(time.Now().In(web.Rome())) }

// subjects are the headings in their order.
var subjects = []string{"picker.group_services", "picker.group_health", "picker.group_work",
	"picker.group_money",
	"picker.group_transport", "picker.group_vehicles", "picker.group_bills", "picker.group_rights"}

// subject is the heading that begins, in the order of the catalogue, with a benefit; empty if none does.
func subject(id string) string {
	switch id {
	case "museums":
		return "picker.group_services"
	case "ticket_c01":
		return "picker.group_health"
	case "targeted_employment", "notional_contributions":
		return "picker.group_work"
	case "isee_medium", "monthly_allowance", "school_support":
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

// Groups returns the benefits of the day by subject. Rows that [benefit.Default] does not have come last.
func Groups(lang status.Language, c benefit.Catalogue, day status.Date) []Group {
	const own = "picker.group_own"
	standard := benefit.Default()
	rows := map[string][]Option{}
	title := subjects[0]
	for _, b := range c.On(day) {
		row := Option{b.ID, b.Title.In(lang)}
		if b.Place != "" {
			row.Title += " (" + b.Place + ")"
		}
		if _, ok := standard.Latest(b.ID); !ok {
			rows[own] = append(rows[own], row)
			continue
		}
		title = cmp.Or(subject(b.ID), title)
		rows[title] = append(rows[title], row)
	}
	var list []Group
	for _, title := range append(slices.Clone(subjects), own) {
		if rows[title] != nil {
			list = append(list, Group{title, rows[title]})
		}
	}
	return list
}

// Beside is what there is to know of a benefit beside the answer. What the benefit does not have is zero.
type Beside struct {
	// Law; what the person and a companion get; what people must know.
	Law, Value, Companion, Note Said
	// Also is what the benefit may ask for and no registry of verbali has.
	Also []Said
}

// Said is a text and its language, which is Italian where it is not translated.
type Said struct{ Text, Lang string }

func say(lang status.Language, t benefit.Text) Said {
	if t.IsZero() {
		return Said{}
	}
	if !slices.Contains(t.Languages(), lang) {
		lang = status.Italian
	}
	return Said{t.In(lang), string(lang)}
}

// BesideOf returns it in the language, as it is on the day; the zero value for an unknown benefit.
func BesideOf(lang status.Language, c benefit.Catalogue, id string, day status.Date) Beside {
	b, ok := c.Lookup(id, day)
	if !ok {
		return Beside{}
	}
	beside := Beside{
		Law: say(lang, b.Law), Value: say(lang, b.Value), Companion: say(lang, b.Companion),
		Note: say(lang, b.Note),
	}
	for _, code := range slices.Concat(b.Evidence(), b.Unchecked()) {
		if text, ok := c.Evidence(code); ok {
			beside.Also = append(beside.Also, say(lang, text))
		}
	}
	return beside
}
