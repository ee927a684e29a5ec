package answer

import (
	"cmp"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// A Group is a heading and the benefits below it. It is for the template "picker" of package web.
type Group struct {
	Title    string // the key of its text
	Benefits []Option
}

// An Option is a benefit to choose. Words and Law are what a search compares: see [benefit.Catalogue.Words].
type Option struct{ ID, Title, Words, Law string }

// Today returns the date in Italy, on which the rows of a catalogue depend.
func Today() status.Date { return status.DateOf(time.Now().In(web.Rome())) }

// subjects are the headings in their order.
var subjects = []string{
	"picker.group_services",
	"picker.group_health",
	"picker.group_work",
	"picker.group_money",
	"picker.group_transport",
	"picker.group_vehicles",
	"picker.group_bills",
	"picker.group_rights",
}

// subject returns the heading that begins with this benefit, in the order of the catalogue;
// empty if none does.
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

// Groups returns the benefits of the day by subject. Benefits that [benefit.Default] does not
// contain come last.
func Groups(lang status.Language, c benefit.Catalogue, day status.Date) []Group {
	const own = "picker.group_own"
	standard := benefit.Default()
	rows := map[string][]Option{}
	title := subjects[0]
	for _, b := range c.On(day) {
		row := Option{ID: b.ID, Title: b.Title.In(lang)}
		row.Words, row.Law = c.Words(b, lang)
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

// Beside is further information about a benefit, shown beside the answer. A field that the
// benefit does not have is zero.
type Beside struct {
	// Law is the law, Value what the person gets, Companion what a companion gets, and Note what
	// people must know.
	Law, Value, Companion, Note Said
	// Also is further evidence that the benefit may require and that no registry of verbali
	// contains.
	Also []Said
}

// A Said is a text and its language. The language is Italian if there is no translation.
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

// BesideOf returns the Beside of a benefit in the language on the day. For an unknown benefit
// it is zero.
func BesideOf(lang status.Language, c benefit.Catalogue, id string, day status.Date) Beside {
	b, ok := c.Lookup(id, day)
	if !ok {
		return Beside{}
	}
	beside := Beside{
		Law:       say(lang, b.Law),
		Value:     say(lang, b.Value),
		Companion: say(lang, b.Companion),
		Note:      say(lang, b.Note),
	}
	for _, code := range slices.Concat(b.Evidence(), b.Unchecked()) {
		if text, ok := c.Evidence(code); ok {
			beside.Also = append(beside.Also, say(lang, text))
		}
	}
	return beside
}
