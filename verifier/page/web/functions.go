package web

import (
	"errors"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines and images without a table of zones
)

// rome is the time zone of Italy. The table of zones is embedded, so it is never missing.
var rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	return zone
}()

// Rome returns the time zone of Italy.
func Rome() *time.Location { return rome }

// Zone returns the time zone of the dates and times on the pages.
func (s *Site) Zone() *time.Location { return s.config.Zone }

// Day formats the date of t, in the zone of t, in words, or returns "" for the zero time.
func Day(lang string, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	f, ok := frames()[lang]
	if !ok {
		f = frames()["it"]
	}
	return strings.NewReplacer("{day}", strconv.Itoa(t.Day()), "{month}", f.Months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year())).Replace(f.Date)
}

func (s *Site) functions(lang string, texts Texts) template.FuncMap {
	return template.FuncMap{
		"t": func(key string, args ...any) (string, error) {
			if len(args) == 1 {
				if list, ok := args[0].([]any); ok { // the arguments of a Message
					args = list
				}
			}
			text, ok := texts.Say(lang, key, args...)
			if !ok {
				return "", errors.New("no text " + key)
			}
			return text, nil
		},
		"day": func(t time.Time) string { return Day(lang, t.In(s.config.Zone)) },
		// date is the day of a date without a time. If t is noon in UTC, it is the same day in every zone.
		"date": func(t time.Time) string { return Day(lang, t.UTC()) },
		// lastDay is the last day of a paper that expires at t, as token.Claims.LastDay prints it.
		"lastDay": func(t time.Time) string { return Day(lang, t.Add(-time.Second).In(s.config.Zone)) },
		"clock":   func(t time.Time) string { return t.In(s.config.Zone).Format("15:04") },
		"asset":   s.assets.path,
		"icon": func(name string) (template.HTML, error) {
			sprite, err := s.assets.path("icons.svg")
			if err != nil || !s.assets.hasIcon(name) {
				return "", fmt.Errorf("no icon %q in the sprite", name)
			}
			const svg = `<svg class="icon" aria-hidden="true" focusable="false">` +
				`<use href="%s#%s"></use></svg>`
			return template.HTML(fmt.Sprintf(svg, sprite, name)), nil
		},
		"dict": func(pairs ...any) (map[string]any, error) {
			d := make(map[string]any, len(pairs)/2)
			for i := 0; i+1 < len(pairs); i += 2 {
				key, ok := pairs[i].(string)
				if !ok {
					return nil, errors.New("dict wants a name before each value")
				}
				d[key] = pairs[i+1]
			}
			return d, nil
		},
	}
}
