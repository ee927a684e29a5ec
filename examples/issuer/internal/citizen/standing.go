package citizen

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// standing is the registry's record of a person, as the person sees it.
type standing struct {
	// Tone and Icon are for the template "answer"; Title and Text are keys of texts.
	Tone, Icon, Title, Text string
	// Sees is the key of the text that says what a desk sees; empty if there is nothing to show.
	Sees string
	// Categories are the categories that a desk sees.
	Categories []term
	Judgements []judgement
	Events     []event
	// Grown is what to do before the 18th birthday; zero means that nothing is due.
	Grown grown
	// Provable reports whether the registry knows a verbale, so that a QR is useful.
	Provable bool
}

// term is the wording of a code.
type term struct{ Legal, Reform, Plain, Law string }

// judgement is the status in one domain.
type judgement struct {
	Domain, Degree, State term
	// InForce reports whether the person has the rights of the judgement.
	InForce bool
	// Judged reports whether the registry holds a judgement with a degree.
	Judged  bool
	Percent int
	// Class is the class of a judgement that is kept elsewhere; otherwise its Legal is empty.
	Class           term
	Since, Revision time.Time
	Exempt          bool
	Annotations     []annotation
	// Doubt says why the records do not decide; otherwise its Legal is empty.
	Doubt term
	// Adult is the key of the text about the rights of a person of 18 whose judgement is one for minors;
	// empty means none.
	Adult string
	// Decision, Number and Body identify the act.
	Decision     time.Time
	Number, Body string
}

type annotation struct{ Name, Value term }

// event is one verbale.
type event struct {
	// Kind is the key of the kind's text.
	Kind           string
	Domain, Degree term
	Decision       time.Time
	Effect         time.Time
	ID             string
	Percent        int
}

// standing looks up the person. An error means that the registry is not available.
func (p *Pages) standing(ctx context.Context, person codicefiscale.Code,
	lang status.Language) (standing, error) {
	s, err := status.Lookup(ctx, p.Registry, person, p.today())
	switch {
	case errors.Is(err, status.ErrNoStatus):
		return standing{
			Tone: "unknown", Icon: "it-help-circle", Title: "area.none_title", Text: "area.none",
		}, nil
	case errors.Is(err, status.ErrClassNotHeld):
		return standing{Tone: "unknown", Icon: "it-help-circle", Title: "area.not_held_title",
			Text: "area.not_held", Sees: "area.sees_not_held", Provable: true}, nil
	case err != nil:
		return standing{}, err
	}
	out := standing{Provable: true}
	for _, d := range s.Domains() {
		if d.State != status.StateAbsent {
			out.Judgements = append(out.Judgements, judge(d, lang))
		}
	}
	out.headline(s)
	out.firstLevel(s.FirstLevel(p.Policy), lang)
	held, err := p.Registry.Person(ctx, person)
	if err != nil {
		return standing{}, err
	}
	out.Events = events(held.Verbali, lang)
	out.Grown, err = growing(held, p.today())
	return out, err
}

// asAtDesk leaves what a desk sees at the first level.
func (s standing) asAtDesk() standing {
	return standing{Tone: "info", Icon: "it-user", Title: "area.limited_title", Text: "area.limited",
		Sees: s.Sees, Categories: s.Categories, Provable: s.Provable}
}

// headline sums up the status. It never describes an open case as "nothing in force".
func (s *standing) headline(of status.Status) {
	domains := of.Domains()
	s.Tone, s.Icon = "unknown", "it-help-circle"
	switch {
	case slices.ContainsFunc(domains, status.DomainStatus.InForce):
		s.Tone, s.Icon, s.Title, s.Text = "yes", "it-check-circle", "area.in_force_title", "area.in_force"
	case slices.ContainsFunc(domains, status.DomainStatus.Open):
		s.Title, s.Text = "area.open_title", "area.open"
	case len(s.Judgements) == 0:
		s.Title, s.Text = "area.titles_title", "area.titles"
	default:
		s.Title, s.Text = "area.not_in_force_title", "area.not_in_force"
	}
}

// firstLevel sets what a desk sees.
func (s *standing) firstLevel(l status.FirstLevel, lang status.Language) {
	switch {
	case l.Answer == status.Confirmed:
		s.Sees = "area.sees_confirmed"
	case l.Answer == status.NotConfirmed:
		s.Sees = "area.sees_not_confirmed"
	case l.Reason == status.ReasonNeedsSecondLevel:
		s.Sees = "area.sees_second"
	case l.Reason == status.ReasonClassNotHeld:
		s.Sees = "area.sees_not_held"
	case l.Reason == status.ReasonUndecided:
		s.Sees = "area.sees_undecided"
	default:
		s.Sees = "area.sees_unknown"
	}
	for _, c := range l.Categories {
		s.Categories = append(s.Categories, say(c, lang))
	}
	for _, k := range l.SubKinds {
		s.Categories = append(s.Categories, say(k, lang))
	}
}

func judge(d status.DomainStatus, lang status.Language) judgement {
	j := judgement{
		Domain: say(d.Domain, lang), State: say(d.State, lang), InForce: d.InForce(),
		Percent: d.Percent, Since: noon(d.Since), Revision: noon(d.Revision), Exempt: d.RevisionExempt,
		Decision: noon(d.Decision), Number: d.Number, Body: d.Body,
	}
	if d.Doubt != "" {
		j.Doubt = say(d.Doubt, lang)
	}
	if d.AdultRights != "" {
		j.Adult = "area.adult." + string(d.AdultRights)
	}
	if d.State == status.StateNotHeld {
		j.Class = say(d.NotHeld, lang)
	}
	if d.Degree == "" {
		return j
	}
	j.Judged, j.Degree = true, say(d.Degree, lang)
	if d.Annotations == (status.Annotations{}) {
		return j
	}
	for _, code := range status.AnnotationCodes() {
		j.Annotations = append(j.Annotations, annotation{say(code, lang),
			say(d.Annotations.Value(code), lang)})
	}
	return j
}

// events returns all verbali, newest first.
func events(verbali []status.Verbale, lang status.Language) []event {
	verbali = slices.Clone(verbali)
	slices.SortStableFunc(verbali, func(a, b status.Verbale) int { return int(b.Decision) - int(a.Decision) })
	var list []event
	for _, v := range verbali {
		if v.Kind == status.KindWithdrawn { // a withdrawn event counts as never recorded
			continue
		}
		e := event{Kind: "area.kind." + string(v.Kind), Domain: say(v.Domain, lang),
			Decision: noon(v.Decision), ID: v.ID, Percent: v.Outcome.Percent}
		if v.Effect != v.Decision {
			e.Effect = noon(v.Effect)
		}
		switch {
		case v.Outcome.Degree != "":
			e.Degree = say(v.Outcome.Degree, lang)
		case v.NotHeld != "":
			e.Degree = say(v.NotHeld, lang)
		}
		list = append(list, e)
	}
	return list
}

// say returns the wording of a code, or the code itself if this release does not know it.
func say[C status.Domain | status.Category | status.SubKind | status.Degree | status.State |
	status.Annotation | status.Tri | status.Class |
	status.Doubt](code C, lang status.Language) term {
	w, ok := status.Describe(code, lang)
	if !ok {
		return term{Legal: string(code)}
	}
	t := term{Legal: w.Legal, Plain: w.Plain, Law: w.Law}
	if w.Reform != w.Legal {
		t.Reform = w.Reform
	}
	return t
}

// noon returns noon of the day in UTC, for date in the templates, or the zero time for no date.
func noon(d status.Date) time.Time {
	t, err := time.Parse(time.DateOnly, d.String())
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}
