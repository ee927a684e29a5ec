package citizen

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// A tutorial is a page with steps, which is there as plain text too, for reading aloud.
type tutorial struct {
	// Name is the last part of the path, and of the keys of the title and of the lead.
	Name string
	// Steps are the parts of the keys of the texts, which end in .title, .text and .alt.
	Steps []string
	// Ends are the keys of what follows the steps: a title and its texts.
	EndTitle string
	Ends     []string
	// Next is where the reader goes from here, and NextText the key of the link.
	Next, NextText string
}

func tutorials() []tutorial {
	help, never := "guide.help_title", "guide.never_title"
	helps := []string{"guide.citizen_help"}
	return []tutorial{
		{"phone", []string{"citizen-start", "citizen-login", "citizen-contacts", "phone-qr", "citizen-show",
			"citizen-code", "citizen-accesses", "citizen-lost"}, help, helps, pathArea, "start.citizen_go"},
		{"computer", []string{"citizen-start", "citizen-login", "citizen-contacts", "citizen-qr",
			"computer-print", "citizen-show", "citizen-code", "citizen-accesses", "citizen-lost"},
			help, helps, pathArea, "start.citizen_go"},
		{"guardian", []string{"citizen-start", "guardian-login", "citizen-acting", "guardian-contacts",
			"guardian-qr", "guardian-code", "citizen-lost", "guardian-end"},
			help, helps, pathArea, "start.citizen_go"},
		{"operator", []string{"operator-scan", "operator-cf", "operator-answer", "operator-login",
			"operator-request", "operator-code", "operator-detail"}, never,
			[]string{"guide.never_no", "guide.never_copy", "guide.never_call", "guide.never_more"}, "/q",
			"start.operator_go"},
	}
}

// guidePage is what the pages of the tutorials show.
type guidePage struct {
	tutorial
	Steps []guideStep
	// All are the other tutorials, Text is the path of the plain text and Video that of the body's film.
	All         []tutorial
	Text, Video string
}

// guideStep is one step: the prefix of the keys of its texts and the URL of its picture; empty means none.
type guideStep struct{ Key, Picture string }

// guides mounts the tutorials.
func (p *Pages) guides(mux Mux) {
	mux.HandleFunc("GET "+pathCitizen, func(w http.ResponseWriter, r *http.Request) {
		p.Site.Render(w, r, http.StatusOK, "guide-citizen", guidePage{All: tutorials(), Video: p.SignVideo})
	})
	for _, t := range tutorials() {
		mux.HandleFunc("GET "+pathGuide+t.Name, func(w http.ResponseWriter, r *http.Request) {
			page := guidePage{tutorial: t, Text: pathGuide + t.Name + ".txt", Video: p.SignVideo}
			for _, step := range t.Steps {
				page.Steps = append(page.Steps, guideStep{"guide." + step, p.picture(t.Name, step, r)})
			}
			p.Site.Render(w, r, http.StatusOK, "guide", page)
		})
		mux.HandleFunc("GET "+pathGuide+t.Name+".txt", func(w http.ResponseWriter, r *http.Request) {
			lang := web.Language(r)
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Content-Language", lang)
			w.Header().Set("Cache-Control", "no-store") // the language is in a cookie
			fmt.Fprint(w, p.spoken(t, lang))            // an error means that the browser has disconnected
		})
	}
}

// picture returns the URL of a step's picture in the language of the request: that of the tutorial, else one
// that others share, or "" if there is none.
func (p *Pages) picture(name, step string, r *http.Request) string {
	_, what, _ := strings.Cut(step, "-")
	for _, base := range []string{name + "-" + what, step, "citizen-" + what} {
		if address := p.Site.Asset(base + "-" + web.Language(r) + ".webp"); address != "" {
			return address
		}
	}
	return ""
}

// phraseEnd is where a phrase ends. The texts have no abbreviations.
var phraseEnd = regexp.MustCompile(`([.!?:;]) +`)

// spoken returns a tutorial as text with one phrase on each line, for a voice or a Braille display.
func (p *Pages) spoken(t tutorial, lang string) string {
	var b strings.Builder
	say := func(key string, args ...any) string { return p.Site.Text(lang, key, args...) }
	put := func(text string) { b.WriteString(phraseEnd.ReplaceAllString(text, "$1\n") + "\n") }
	put(say("guide.title." + t.Name))
	put("")
	put(say("guide.lead." + t.Name))
	for i, step := range t.Steps {
		put("")
		put(say("guide.step", i+1, len(t.Steps), say("guide."+step+".title")))
		put(say("guide." + step + ".text"))
	}
	put("")
	put(say(t.EndTitle) + ".")
	for _, key := range t.Ends {
		put(say(key))
	}
	return b.String()
}
