package citizen

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// start renders the first page of the site.
func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	_, in := p.Identity(r)
	way := p.Login(pathArea)
	if in {
		way = pathArea
	}
	view := struct{ Area, Citizen, Operator string }{way, pathCitizen, pathOperator}
	p.Site.Render(w, r, http.StatusOK, "start", view)
}

// homeView is the first page of the area.
type homeView struct {
	For whose
	standing
	// VoidBefore is the cut-off; zero means none.
	VoidBefore time.Time
	// All reports that the visitor may do everything for the person.
	All bool
	// Sessions reports whether the person can see and end their sessions.
	Sessions bool
	// Others are the other people for whom the person may act.
	Others []choice
}

// choice is a person to act for; an empty Name means oneself.
type choice struct {
	Name, Ref string
	person    codicefiscale.Code
	kind      registry.Kind
	// Kind is the key of the text that names the kind of delegation.
	Kind  string
	Until time.Time
	Here  bool
	// Grown is what has to be done for the person before the 18th birthday, on the first page of the area.
	Grown grown
}

func (p *Pages) home(w http.ResponseWriter, r *http.Request, v visit) error {
	s, err := p.standing(r.Context(), v.person, language(r))
	if err != nil {
		return err
	}
	if !v.may(powerDetail) {
		s = s.asAtDesk()
	}
	view := homeView{For: v.For, standing: s, All: v.may(powerAll), Sessions: p.SignIns != nil}
	if view.VoidBefore, err = p.Registry.VoidBefore(r.Context(), v.person); err != nil {
		return err
	}
	all, err := p.choices(r.Context(), v)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.kind == registry.Minor || c.kind == registry.Guardianship { // they apply for the person
			if c.Grown, err = p.grown(r.Context(), c.person); err != nil {
				return err
			}
		}
		if !c.Here {
			view.Others = append(view.Others, c)
		}
	}
	p.Site.Render(w, r, http.StatusOK, "area-home", view)
	return nil
}

// choices returns oneself and the people for whom one may act. If there are no such people, it returns nil.
func (p *Pages) choices(ctx context.Context, v visit) ([]choice, error) {
	wards, err := p.Registry.Wards(ctx, v.who.Person, p.today())
	if err != nil || len(wards) == 0 {
		return nil, err
	}
	list := []choice{{person: v.who.Person, Ref: p.ref(v.who.Person, v.who.Person), Here: !v.acting()}}
	for _, ward := range wards {
		list = append(list, choice{
			person: ward.Ward, kind: ward.Kind, Kind: "area.delegation." + string(ward.Kind),
			Name: strings.TrimSpace(ward.Given + " " + ward.Family), Ref: p.ref(v.who.Person, ward.Ward),
			Until: noon(ward.Until),
			Here:  ward.Ward == v.person,
		})
	}
	return list, nil
}

// actingView lists the people for whom the person may act.
type actingView struct {
	For     whose
	Choices []choice
}

// Redraw implements [web.Redrawer].
func (v actingView) Redraw() string {
	if len(v.Choices) == 0 {
		return ""
	}
	return pathActing
}

func (p *Pages) acting(w http.ResponseWriter, r *http.Request, v visit) error {
	all, err := p.choices(r.Context(), v)
	if err != nil {
		return err
	}
	if web.Redraws(r) {
		for i := range all {
			all[i].Here = all[i].Ref == r.PostFormValue("person")
		}
	}
	p.Site.Render(w, r, http.StatusOK, "area-acting", actingView{v.For, all})
	return nil
}

// actFor stores the choice in the session.
func (p *Pages) actFor(w http.ResponseWriter, r *http.Request, v visit) error {
	ctx, chosen := r.Context(), r.PostFormValue("person")
	if chosen == p.ref(v.who.Person, v.who.Person) {
		p.Sessions.Remove(ctx, sessionWard)
		http.Redirect(w, r, pathArea, http.StatusSeeOther)
		return nil
	}
	wards, err := p.Registry.Wards(ctx, v.who.Person, p.today())
	if err != nil {
		return err
	}
	for _, ward := range wards {
		if ref := p.ref(v.who.Person, ward.Ward); ref == chosen {
			began := visit{who: v.who, person: ward.Ward, ward: ward}
			if err := p.trace(ctx, began, actBegan, p.Now()); err != nil {
				return err
			}
			p.Sessions.Put(ctx, sessionWard, ward.Ward.Reveal()+" "+ref)
			http.Redirect(w, r, pathArea, http.StatusSeeOther)
			return nil
		}
	}
	p.Site.Say(w, r, http.StatusForbidden, web.Message{Title: "area.ended_title", Text: "area.ended",
		Next: pathArea, NextText: "area.back"})
	return nil
}

// known returns the registry's record of the person, or false if there is none.
func (p *Pages) known(ctx context.Context, v visit) (registry.Person, bool, error) {
	person, err := p.Registry.Person(ctx, v.person)
	if errors.Is(err, registry.ErrUnknown) || errors.Is(err, registry.ErrReplaced) {
		return registry.Person{}, false, nil
	}
	return person, err == nil, err
}
