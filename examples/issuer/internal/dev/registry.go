package dev

import (
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// registryView is the page that changes the registry.
type registryView struct {
	Persona personaView
	People  []personaView
	// Acts are the events that can be recorded; the key of each text is "dev.act." and the value. Act is the
	// event just recorded.
	Acts []string
	Act  string
	// Before and After are the answers for the same paper before and after the event.
	Before, After *answer.Answer
	Events        []eventView
}

type eventView struct {
	registry.Event
	// Day is the day of the decision.
	Day            time.Time
	Domain, Degree string
}

// act is a verbale to record.
type act struct {
	name   string
	domain status.Domain
	kind   status.Kind
	is     status.Outcome
}

func acts() []act {
	civil := status.CivilInvalidity
	return []act{
		{"worse", civil, status.KindWorsening, status.Outcome{Degree: status.DegreeTotalDailyActs,
			Percent: 100}},
		{"better", civil, status.KindExtraordinary,
			status.Outcome{Degree: status.DegreeOverThird, Percent: 50}},
		{"none", civil, status.KindRevision, status.Outcome{Degree: status.DegreeNone}},
		{"law_104", status.Law104, status.KindFirst, status.Outcome{Degree: status.DegreeLaw104C3}},
		{"blind", status.Blindness, status.KindFirst, status.Outcome{Degree: status.DegreeBlindTotal}},
		{"suspend", civil, status.KindSuspension, status.Outcome{}},
		{"lift", civil, status.KindLifting, status.Outcome{}},
		{"revoke", civil, status.KindRevocation, status.Outcome{}},
	}
}

// emitted is the prefix of the ID of each event recorded here.
const emitted = "DEV/"

// verbali returns the act, preceded by corrections of the events recorded here on the same day for the same
// domain. Two acts of one day would leave open which of them counts. A judgement takes effect on the day
// before, so that a revocation of the same day comes after it.
func (a act) verbali(now time.Time, recorded []registry.Event) []status.Verbale {
	day := status.DateOf(now)
	v := status.Verbale{ID: now.UTC().Format(emitted + "20060102T150405.000000000"), Domain: a.domain,
		Kind: a.kind, Decision: day, Effect: day, Definitive: true, Outcome: a.is}
	judges := a.is.Degree != ""
	if judges {
		v.Effect = status.DateOf(now.AddDate(0, 0, -1))
	}
	withdrawn := map[string]bool{}
	for _, e := range recorded {
		withdrawn[e.ID] = withdrawn[e.ID] || e.Kind == status.KindWithdrawn
	}
	var list []status.Verbale
	for _, e := range recorded {
		switch {
		case !strings.HasPrefix(e.ID, emitted), e.Domain != a.domain, e.Decision != day, withdrawn[e.ID]:
		case e.Outcome.Degree == "":
			list = append(list, status.Verbale{ID: e.ID, Version: 2, Domain: e.Domain,
				Kind: status.KindWithdrawn, Decision: day, Effect: day, Definitive: true})
		case judges:
			v.Replaces = append(v.Replaces, e.ID)
		}
	}
	if len(v.Replaces) > 0 { // the last one has already replaced the others
		v.Replaces = v.Replaces[len(v.Replaces)-1:]
	}
	return append(list, v)
}

// registry shows a persona's events and the answer for their paper.
func (p *Pages) registry(w http.ResponseWriter, r *http.Request) {
	who := p.chosen(r.URL.Query().Get("persona"))
	v := p.lever(r, who)
	v.Before = p.ask(r, v.Persona)
	p.showRegistry(w, r, who, v)
}

// emit records a verbale and shows the answers for the same paper before and after it.
func (p *Pages) emit(w http.ResponseWriter, r *http.Request) {
	who := p.chosen(r.PostFormValue("persona"))
	v := p.lever(r, who)
	for _, a := range acts() {
		if a.name != r.PostFormValue("act") {
			continue
		}
		v.Act, v.Before = a.name, p.ask(r, v.Persona)
		recorded, err := p.Registry.Events(r.Context(), who.CF)
		if err != nil {
			p.failed(w, r)
			return
		}
		for _, v := range a.verbali(p.Now().In(p.Site.Zone()), recorded) {
			if err := p.Registry.AddVerbale(r.Context(), who.CF, v); err != nil {
				p.failed(w, r)
				return
			}
		}
		v.After = p.ask(r, v.Persona)
	}
	p.showRegistry(w, r, who, v)
}

// chosen returns the persona with the ID, or else the first.
func (p *Pages) chosen(id string) demo.Persona {
	if who, ok := p.persona(id); ok && len(who.Verbali) > 0 {
		return who
	}
	for _, who := range p.Personas {
		if len(who.Verbali) > 0 {
			return who
		}
	}
	return demo.Persona{}
}

func (p *Pages) lever(r *http.Request, who demo.Persona) registryView {
	v := registryView{Persona: p.about(r.Context(), who, string(language(r)))}
	for _, other := range p.Personas {
		if len(other.Verbali) > 0 {
			v.People = append(v.People, personaView{ID: other.ID, Name: other.Given + " " + other.Family})
		}
	}
	for _, a := range acts() {
		v.Acts = append(v.Acts, a.name)
	}
	return v
}

func (p *Pages) showRegistry(w http.ResponseWriter, r *http.Request, who demo.Persona, v registryView) {
	events, err := p.Registry.Events(r.Context(), who.CF)
	if err != nil {
		p.failed(w, r)
		return
	}
	lang := language(r)
	for _, e := range events {
		if e.Title != nil {
			continue
		}
		day := int(e.Decision)
		view := eventView{Event: e, Domain: answer.Domain(lang, e.Domain),
			Day: time.Date(day/10000, time.Month(day/100%100), day%100, 12, 0, 0, 0, time.UTC)}
		if words, ok := status.Describe(e.Outcome.Degree, lang); ok {
			view.Degree = words.Legal
		}
		v.Events = append(v.Events, view)
	}
	p.Site.Render(w, r, http.StatusOK, "dev-registry", v)
}

// ask checks the persona's paper with the service. It returns nil if there is no paper or no answer.
func (p *Pages) ask(r *http.Request, who personaView) *answer.Answer {
	if who.Paper == "" {
		return nil
	}
	cf, err := answer.ReadCF(who.CF)
	if err != nil {
		return nil
	}
	client := p.Client(service.Caller{})
	report := client.FirstLevel(r.Context(), who.Paper, cf, verifier.FirstLevelOptions{})
	a := answer.Of(language(r), report, p.Benefits)
	return &a
}
