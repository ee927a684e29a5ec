package citizen

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// benefitRow is a benefit in words.
type benefitRow struct {
	answer.Option
	answer.Beside
	// Bring are the papers that the benefit may need beside the document, and its other requirements.
	Bring []answer.Question
	// Needs are the papers that can decide where nothing else does.
	Needs []answer.Question
	// How is the key of the text that says how to claim it, or why nobody can tell; empty means none.
	How string
	// Never reports that the benefit does not exist, although many ask for it.
	Never bool
}

func (p *Pages) benefitRow(lang status.Language, b benefit.Benefit, o answer.Option,
	codes []string) benefitRow {
	return benefitRow{Option: o, Beside: answer.BesideOf(lang, p.Benefits, b.ID, p.today()),
		Bring: answer.Questions(lang, p.Benefits, slices.Concat(codes, b.Unchecked()), nil), Never: b.Never}
}

// eachBenefit calls do for the benefits of today, by subject.
func (p *Pages) eachBenefit(lang status.Language, do func(subject string, b benefit.Benefit,
	o answer.Option)) {
	today := p.today()
	for _, group := range answer.Groups(lang, p.Benefits, today) {
		for _, o := range group.Benefits {
			if b, ok := p.Benefits.Lookup(o.ID, today); ok {
				do(group.Title, b, o)
			}
		}
	}
}

// benefitsView is the list of all benefits, or of those for a situation and a place.
type benefitsView struct {
	Groups     []benefitGroup
	Situations []situation
	Places     []string
	// The choices; empty means none.
	Situation, Place string
	Edition          time.Time
}

// Redraw implements [web.Redrawer].
func (benefitsView) Redraw() string { return pathBenefits }

type benefitGroup struct {
	Title string
	Rows  []benefitRow
}

// benefitsPage shows the benefits to everybody. What was chosen comes in the body of a form, so that it
// is in no address and in no log, and it is not kept.
func (p *Pages) benefitsPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	lang := language(r)
	view := benefitsView{Situations: situations(), Place: r.PostFormValue("place"),
		Edition: noon(p.Benefits.Edition())}
	var samples []status.Status
	for _, s := range view.Situations {
		if s.ID == r.PostFormValue("situation") {
			view.Situation, samples = s.ID, s.samples(p.today())
		}
	}
	p.eachBenefit(lang, func(subject string, b benefit.Benefit, o answer.Option) {
		if b.Place != "" && !slices.Contains(view.Places, b.Place) {
			view.Places = append(view.Places, b.Place)
		}
		elsewhere := view.Place != "" && b.Place != "" && b.Place != view.Place
		if elsewhere || samples != nil && !slices.ContainsFunc(samples, func(s status.Status) bool {
			return opens(b, b.SecondLevel(s, nil))
		}) {
			return
		}
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Title != subject {
			view.Groups = append(view.Groups, benefitGroup{Title: subject})
		}
		group := &view.Groups[len(view.Groups)-1]
		group.Rows = append(group.Rows, p.benefitRow(lang, b, o, b.Evidence()))
	})
	p.Site.Render(w, r, http.StatusOK, "benefits", view)
}

// opens reports whether the status opens the benefit, perhaps with a paper. A paper about another title
// does not count: it opens the benefit for everybody.
func opens(b benefit.Benefit, d benefit.Decision) bool {
	switch d.Outcome {
	case benefit.Satisfied, benefit.NeedsAnnotation:
		return true
	case benefit.NeedsEvidence:
		return !onlyTitles(b, d.Needs)
	}
	return false
}

// onlyTitles reports whether all codes are titles of other laws.
func onlyTitles(b benefit.Benefit, codes []string) bool {
	titles := b.OtherTitles()
	return !slices.ContainsFunc(codes, func(code string) bool {
		return !slices.ContainsFunc(titles, func(o benefit.OtherTitle) bool { return o.Code == code })
	})
}

// A situation is one that people choose. The key of its text is "benefits.situation." and the ID.
type situation struct {
	ID     string
	domain status.Domain
	// outcomes are judgements at the ends of what the text names.
	outcomes []status.Outcome
	minor    bool
}

func situations() []situation {
	invalid := func(id string, o ...status.Outcome) situation {
		return situation{ID: id, domain: status.CivilInvalidity, outcomes: o}
	}
	other := func(domain status.Domain, degrees ...status.Degree) situation {
		s := situation{ID: string(degrees[0]), domain: domain}
		for _, d := range degrees {
			s.outcomes = append(s.outcomes, status.Outcome{Degree: d})
		}
		return s
	}
	third, two := status.DegreeOverThird, status.DegreeOverTwoThirds
	minor := invalid("minor", status.Outcome{Degree: status.DegreeMinorDifficulty},
		status.Outcome{Degree: status.DegreeMinorDailyActs})
	minor.minor = true
	return []situation{
		invalid("from_34", status.Outcome{Degree: third, Percent: 34},
			status.Outcome{Degree: third, Percent: 66}),
		invalid("from_67", status.Outcome{Degree: two, Percent: 67},
			status.Outcome{Degree: two, Percent: 73}),
		invalid("from_74", status.Outcome{Degree: two, Percent: 74},
			status.Outcome{Degree: two, Percent: 99}),
		invalid("total", status.Outcome{Degree: status.DegreeTotal, Percent: 100}),
		invalid("attendance", status.Outcome{Degree: status.DegreeTotalDailyActs, Percent: 100}),
		minor,
		other(status.Blindness, status.DegreeBlindTotal, status.DegreeBlindPartial),
		other(status.Blindness, status.DegreeLowVisionSevere, status.DegreeLowVisionMedSevere),
		other(status.Deafness, status.DegreeDeafCongenital, status.DegreeDeafAcquired),
		other(status.Deafblindness, status.DegreeDeafblind),
		other(status.Law104, status.DegreeLaw104C1),
		other(status.Law104, status.DegreeLaw104C3),
		other(status.Law68, status.DegreeTargetedEmployment),
	}
}

// samples returns invented people in the situation: a child, somebody of working age and somebody old. Civil
// invalidity is judged otherwise for minors, so they have a situation of their own. Their status is not
// complete, so that nothing is denied.
func (s situation) samples(today status.Date) []status.Status {
	ages := []int{5, 40, 85}
	switch {
	case s.minor:
		ages = []int{2, 10}
	case s.domain == status.CivilInvalidity:
		ages = ages[1:]
	}
	var list []status.Status
	for _, age := range ages {
		birth := status.DateOf(noon(today).AddDate(-age, 0, 0))
		for _, o := range s.outcomes {
			list = append(list, status.Status{Birth: birth, At: today}.With(status.DomainStatus{
				Domain: s.domain, State: status.StateValid, Outcome: o, Since: today, Decision: today}))
		}
	}
	return list
}

// entitledView says what a person is entitled to.
type entitledView struct {
	For whose
	// Missing is the key of the text if the registry has no status.
	Missing                string
	Yes, Paper, Maybe, Not []benefitRow
	Edition                time.Time
}

// entitled shows the benefits of the person. It asks nobody and discloses nothing.
func (p *Pages) entitled(w http.ResponseWriter, r *http.Request, v visit) error {
	view := entitledView{For: v.For, Edition: noon(p.Benefits.Edition())}
	s, err := status.Lookup(r.Context(), p.Registry, v.person, p.today())
	switch {
	case errors.Is(err, status.ErrNoStatus):
		view.Missing = "area.none"
	case errors.Is(err, status.ErrClassNotHeld):
		view.Missing = "area.not_held"
	case err != nil:
		return err
	default:
		view.decide(p, s, v, language(r))
	}
	p.Site.Render(w, r, http.StatusOK, "area-benefits", view)
	return nil
}

// decide fills in the lists. Who may not see the judgements gets the answers of the first level, as a desk.
func (view *entitledView) decide(p *Pages, s status.Status, v visit, lang status.Language) {
	first := s.FirstLevel(p.Policy)
	p.eachBenefit(lang, func(_ string, b benefit.Benefit, o answer.Option) {
		shown := b.FirstLevel(first, nil)
		d := shown
		if v.may(powerDetail) {
			d = b.SecondLevel(s, nil)
		}
		row := p.benefitRow(lang, b, o, d.Needs)
		row.How = "benefits.how_code"
		if shown.Outcome == d.Outcome {
			row.How = "benefits.how_qr"
		}
		switch {
		case d.Outcome == benefit.Satisfied:
			view.Yes = append(view.Yes, row)
		case opens(b, d):
			row.Needs, row.Bring = row.Bring[:len(d.Needs)], row.Bring[len(d.Needs):]
			view.Paper = append(view.Paper, row)
		case d.Outcome == benefit.NotSatisfied:
			row.How = ""
			view.Not = append(view.Not, row)
		default:
			switch row.How = "benefits.why_registry"; d.Outcome {
			case benefit.NeedsEvidence:
				row.How = "benefits.why_title"
			case benefit.NeedsSecondLevel:
				row.How = "benefits.why_code"
			}
			view.Maybe = append(view.Maybe, row)
		}
	})
}
