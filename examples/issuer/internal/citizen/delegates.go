package citizen

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// delegatesView lists those who act for the person, and holds the form that gives a delegation.
type delegatesView struct {
	For       whose
	Delegates []delegate
	// Known reports that the registry knows the person; others have nothing to delegate.
	Known bool
	// Again is the path of a fresh login, which has to come first; Code reports that a code has to.
	Again string
	Code  bool
	// What was typed, and the mistakes in it.
	CF, Kind, Until string
	Detail          bool
	Mistakes        []mistake
	// First and Last bound the last day.
	First, Last string
}

// Redraw implements [web.Redrawer], if the page has its form.
func (v delegatesView) Redraw() string {
	if !v.Known || v.Again != "" || v.Code {
		return ""
	}
	return pathDelegates
}

// delegate is somebody who acts for the person.
type delegate struct {
	// Name is the codice fiscale if the registry does not know the name.
	Name, Ref string
	// Kind is the key of the text that names the kind, and May that of what they may do.
	Kind, May string
	Until     time.Time
	// Given reports that the person can withdraw the delegation.
	Given bool
}

// Error returns the key of the text about the mistake in the field, or "".
func (v delegatesView) Error(field string) string { return textOf(v.Mistakes, field) }

func (v *delegatesView) wrong(field, label, text string) {
	v.Mistakes = append(v.Mistakes, mistake{field, label, text})
}

func (p *Pages) delegatesView(ctx context.Context, v visit) (delegatesView, []registry.Guardian, error) {
	today := p.today()
	view := delegatesView{For: v.For, First: today.String(), Last: registry.LastGiven(today).String()}
	held, err := p.Registry.Guardians(ctx, v.person, today)
	if err != nil {
		return view, nil, err
	}
	for _, g := range held {
		d := delegate{Name: strings.TrimSpace(g.Given + " " + g.Family), Ref: p.ref(v.person, g.Guardian),
			Kind: "area.delegation." + string(g.Kind), May: "delegates.may_all", Until: noon(g.Until),
			Given: g.Kind.Given()}
		switch {
		case g.Detail:
			d.May = "delegates.may_detail"
		case d.Given:
			d.May = "delegates.may_" + string(g.Kind)
		}
		if d.Name == "" {
			d.Name = g.Guardian.Reveal()
		}
		view.Delegates = append(view.Delegates, d)
	}
	if _, view.Known, err = p.known(ctx, v); err != nil || !view.Known {
		return view, held, err
	}
	ok, err := p.proved(ctx, v)
	if !ok && p.Again != nil {
		view.Again = p.Again(v.who, pathDelegates)
	} else {
		view.Code = !ok
	}
	return view, held, err
}

func (p *Pages) delegates(w http.ResponseWriter, r *http.Request, v visit) error {
	view, _, err := p.delegatesView(r.Context(), v)
	if err == nil {
		p.Site.Render(w, r, http.StatusOK, "area-delegates", view)
	}
	return err
}

// delegation reads the form and fills in the view.
func (v *delegatesView) delegation(r *http.Request, person codicefiscale.Code) registry.Delegation {
	v.CF, v.Kind, v.Until = r.PostFormValue("cf"), r.PostFormValue("kind"), r.PostFormValue("until")
	v.Detail = r.PostFormValue("detail") == "yes"
	d := registry.Delegation{Ward: person, Kind: registry.Kind(v.Kind), Detail: v.Detail}
	var err error
	switch d.Guardian, err = answer.ReadCF(v.CF); {
	case strings.TrimSpace(v.CF) == "":
		v.wrong("cf", "delegates.cf", "cf.missing")
	case err != nil:
		v.wrong("cf", "delegates.cf", answer.CFKey(err))
	case d.Guardian == person:
		v.wrong("cf", "delegates.cf", "delegates.cf_self")
	}
	if !d.Kind.Given() {
		v.wrong("kind-voluntary", "delegates.kind", "delegates.kind_missing")
	}
	d.Detail = v.Detail && d.Kind == registry.Voluntary
	switch d.Until, err = status.ParseDate(v.Until); {
	case err != nil:
		v.wrong("until", "delegates.until", "delegates.until_missing")
	case v.Until < v.First || v.Until > v.Last:
		v.wrong("until", "delegates.until", "delegates.until_range")
	}
	return d
}

// refused returns the key of the text that says why the person cannot give the delegation; empty if they can.
func (p *Pages) refused(ctx context.Context, d registry.Delegation,
	held []registry.Guardian) (string, error) {
	for _, g := range held {
		switch {
		case g.Guardian == d.Guardian && !g.Kind.Given():
			return "delegates.cf_guardian", nil
		case g.Guardian != d.Guardian && g.Kind == d.Kind:
			return "delegates.cf_other", nil
		}
	}
	_, replaced, err := p.Registry.Codes(ctx, d.Guardian)
	if replaced {
		return "delegates.cf_replaced", err
	}
	return "", err
}

// drawDelegates shows the form with what was typed, even if the login is not fresh any more.
func (p *Pages) drawDelegates(w http.ResponseWriter, r *http.Request, v visit) error {
	view, _, err := p.delegatesView(r.Context(), v)
	if err != nil {
		return err
	}
	view.delegation(r, v.person)
	view.Mistakes, view.Again, view.Code = nil, "", false
	p.Site.Render(w, r, http.StatusOK, "area-delegates", view)
	return nil
}

// give gives a delegation. The contacts of the person are told of it.
func (p *Pages) give(w http.ResponseWriter, r *http.Request, v visit) error {
	ctx := r.Context()
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return err
	}
	view, held, err := p.delegatesView(ctx, v)
	if err != nil {
		return err
	}
	d := view.delegation(r, v.person)
	if len(view.Mistakes) == 0 {
		why, err := p.refused(ctx, d, held)
		if err != nil {
			return err
		}
		if why != "" {
			view.wrong("cf", "delegates.cf", why)
		}
	}
	if len(view.Mistakes) > 0 {
		p.Site.Render(w, r, http.StatusUnprocessableEntity, "area-delegates", view)
		return nil
	}
	now := p.Now()
	if err := p.trace(ctx, v, actDelegated, now); err != nil {
		return err
	}
	if err := p.notify(ctx, person.Contacts, actDelegated, now); err != nil {
		return err
	}
	switch err := p.Registry.Give(ctx, d, p.today()); {
	case errors.Is(err, registry.ErrGuarded): // from a later day
		view.wrong("cf", "delegates.cf", "delegates.cf_guardian")
		p.Site.Render(w, r, http.StatusUnprocessableEntity, "area-delegates", view)
		return nil
	case err != nil:
		return err
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "delegates.given_title", Text: "delegates.given",
		Args: []any{web.Day(web.Language(r), noon(d.Until))}, Icon: "it-check-circle", Tone: "yes",
		Next: pathDelegates, NextText: "delegates.back"})
	return nil
}

// withdraw ends a delegation that the person gave. It needs no fresh login, since it only takes away.
func (p *Pages) withdraw(w http.ResponseWriter, r *http.Request, v visit) error {
	ctx, today := r.Context(), p.today()
	held, err := p.Registry.Guardians(ctx, v.person, today)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(held, func(g registry.Guardian) bool {
		return g.Kind.Given() && equal(p.ref(v.person, g.Guardian), r.PostFormValue("person"))
	})
	if i >= 0 {
		if err := p.trace(ctx, v, actWithdrawn, p.Now()); err != nil {
			return err
		}
		err = p.Registry.Withdraw(ctx, held[i].Guardian, v.person, today)
	}
	if err != nil && !errors.Is(err, registry.ErrNotDelegated) {
		return err
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "delegates.withdrawn_title",
		Text: "delegates.withdrawn", Icon: "it-check-circle", Tone: "yes", Next: pathDelegates,
		NextText: "delegates.back"})
	return nil
}
