package citizen

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// listView is the page of the printed list of codes.
type listView struct {
	For   whose
	Known bool
	// Active and Waiting are the list that is in use and the one that waits for its first code.
	Active, Waiting *printedList
	// Challenge asks for a first code; its ID is empty if none was asked for. Typed is the typed code, on the
	// page in another language.
	Challenge otp.Challenge
	Typed     string
	// Wrong is the key of the error. Count is the argument of its text: attempts or minutes.
	Wrong string
	Count int
	// Again is the path of a fresh login, which must come first. Staff reports that there is none here, so
	// that only the body's staff can make a list.
	Again string
	Staff bool
	// Sure asks whether the lists are to be void. Done is the key of what was done.
	Sure bool
	Done string
}

// printedList is a list as the page shows it. Used numbers of Count were asked for.
type printedList struct {
	ID            string
	Made, Expires time.Time
	Used, Count   int
}

// Next is the number that is asked for next.
func (l printedList) Next() int { return l.Used + 1 }

// listParties are the person themselves in the record of the second level, so that a code that activates a
// list is used there too, and wrong ones count.
func listParties(v visit) otp.Parties {
	return otp.Parties{
		Operator: otp.Operator{IdentityProvider: login.ByPerson, ID: otp.NewSecret(v.who.Person.Reveal())},
		Subject:  otp.NewSecret(v.person.Reveal()),
	}
}

// ListTerms are what a code that activates a list approves: it is in the column for yes or no, and discloses
// nothing.
func ListTerms(l registry.List) otp.Terms {
	return otp.Terms{Organisation: codeOrganisation, Purpose: "list", Scope: "benefit:" + l.Codes.ID}
}

func (p *Pages) listView(ctx context.Context, v visit) (listView, []registry.List, error) {
	_, known, err := p.known(ctx, v)
	if err != nil {
		return listView{}, nil, err
	}
	view := listView{For: v.For, Known: known}
	if fresh := p.fresh(v); !fresh && p.Again != nil {
		view.Again = p.Again(v.who, pathList)
	} else {
		view.Staff = !fresh
	}
	lists, err := p.Registry.Lists(ctx, v.person)
	if err != nil {
		return listView{}, nil, err
	}
	for _, l := range lists {
		used, err := p.Codes.Asked(ctx, "", otp.NewSecret(v.person.Reveal()), l.Codes.ID)
		if err != nil {
			return listView{}, nil, err
		}
		shown := &printedList{l.Codes.ID, l.Made, l.Expires.Add(-time.Second), used, l.Codes.Count}
		if l.Active {
			view.Active = shown
		} else {
			view.Waiting = shown
		}
	}
	return view, lists, nil
}

func (p *Pages) list(w http.ResponseWriter, r *http.Request, v visit) error {
	return p.showList(w, r, v, func(*listView) {})
}

func (p *Pages) showList(w http.ResponseWriter, r *http.Request, v visit, change func(*listView)) error {
	view, _, err := p.listView(r.Context(), v)
	if err != nil {
		return err
	}
	change(&view)
	code := http.StatusOK
	if view.Wrong != "" {
		code = http.StatusUnprocessableEntity
	}
	p.Site.Render(w, r, code, "area-list", view)
	return nil
}

// withFresh is do for a person who has just given their credentials. Others get the page, which says how.
func (p *Pages) withFresh(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if !p.fresh(v) {
			return p.list(w, r, v)
		}
		return do(w, r, v)
	}
}

// makeList makes a list, which waits for its first code.
func (p *Pages) makeList(w http.ResponseWriter, r *http.Request, v visit) error {
	_, now, err := p.announce(r.Context(), v, actListMade)
	if err != nil {
		return err
	}
	if _, err := p.Registry.MakeList(r.Context(), v.person, now); err != nil {
		return err
	}
	http.Redirect(w, r, pathList, http.StatusSeeOther)
	return nil
}

// waitingList returns the list that waits for its first code. If there is none, it sends the browser back.
func (p *Pages) waitingList(w http.ResponseWriter, r *http.Request, v visit) (registry.List, bool, error) {
	lists, err := p.Registry.Lists(r.Context(), v.person)
	if err != nil {
		return registry.List{}, false, err
	}
	for _, l := range lists {
		if !l.Active {
			return l, true, nil
		}
	}
	http.Redirect(w, r, pathList, http.StatusSeeOther)
	return registry.List{}, false, nil
}

// listFile sends the list as PDF, as long as it waits for its first code.
func (p *Pages) listFile(w http.ResponseWriter, r *http.Request, v visit) error {
	l, ok, err := p.waitingList(w, r, v)
	if err != nil || !ok {
		return err
	}
	d := p.Document
	d.Lang, d.Issued, d.Expires = suggested(web.Language(r)), l.Made.In(p.Site.Zone()),
		l.Expires.Add(-time.Second).In(p.Site.Zone())
	var file bytes.Buffer
	if err := paper.CodeSheet(d, l.Codes).Write(&file); err != nil {
		return err
	}
	attach(w, "application/pdf", "codes-"+l.Codes.ID+".pdf", file.Bytes())
	return nil
}

// listCode asks for the code of a row, or checks it and makes the list active.
func (p *Pages) listCode(w http.ResponseWriter, r *http.Request, v visit) error {
	l, ok, err := p.waitingList(w, r, v)
	if err != nil || !ok {
		return err
	}
	id, terms := r.PostFormValue("id"), ListTerms(l)
	if id == "" {
		c, err := p.Codes.Start(r.Context(), otp.StartRequest{Parties: listParties(v), Terms: terms,
			Contacts: []otp.Contact{{Channel: otp.List, Codes: l.Codes}}})
		if err != nil {
			return p.listFailed(w, r, v, "", err)
		}
		return p.showList(w, r, v, func(view *listView) { view.Challenge = c })
	}
	_, err = p.Codes.Verify(r.Context(), otp.VerifyRequest{Parties: listParties(v), ID: id,
		Code: otp.NewCode(r.PostFormValue("code")), Terms: &terms})
	if err != nil {
		return p.listFailed(w, r, v, id, err)
	}
	if _, _, err := p.announce(r.Context(), v, actListActive); err != nil {
		return err
	}
	if err := p.Registry.ActivateList(r.Context(), v.person, l.Codes.ID); err != nil {
		return err
	}
	return p.showList(w, r, v, func(view *listView) { view.Done = "list.done_active" })
}

// drawList shows the page of a first code that is still open.
func (p *Pages) drawList(w http.ResponseWriter, r *http.Request, v visit) error {
	c, err := p.Codes.Status(r.Context(), otp.Ref{Parties: listParties(v), ID: r.PostFormValue("id")})
	switch {
	case errors.Is(err, otp.ErrNotFound), err == nil && c.State != otp.Pending:
		return p.list(w, r, v)
	case err != nil:
		return err
	}
	return p.showList(w, r, v, func(view *listView) {
		view.Challenge, view.Typed = c, r.PostFormValue("code")
	})
}

// listFailed shows the error of a first code. It stays at the code if another attempt is possible.
func (p *Pages) listFailed(w http.ResponseWriter, r *http.Request, v visit, id string, failed error) error {
	wrong, count, c, err := p.failedCode(r.Context(), listParties(v), id, failed)
	if err != nil {
		return err
	}
	switch wrong {
	case "":
		wrong = "list.over"
	case "contacts.code_wrong":
		wrong = "list.code_wrong"
	case "contacts.code_malformed":
		wrong = "list.code_malformed"
	}
	return p.showList(w, r, v, func(view *listView) {
		view.Challenge, view.Wrong, view.Count = c, wrong, count
	})
}

// voidList makes the person's lists void, once they have said that they are sure.
func (p *Pages) voidList(w http.ResponseWriter, r *http.Request, v visit) error {
	if r.PostFormValue("answer") != "yes" || web.Redraws(r) {
		return p.showList(w, r, v, func(view *listView) { view.Sure = true })
	}
	if _, _, err := p.announce(r.Context(), v, actNoList); err != nil {
		return err
	}
	err := p.Registry.VoidLists(r.Context(), v.person)
	if err != nil && !errors.Is(err, registry.ErrUnknown) {
		return err
	}
	return p.showList(w, r, v, func(view *listView) { view.Done = "list.done_void" })
}

// TellListUse tells the person's contacts that a code of a printed list was used.
func (p *Pages) TellListUse(ctx context.Context, cf codicefiscale.Code, at time.Time) error {
	person, err := p.Registry.Person(ctx, cf)
	if err != nil {
		return err
	}
	return p.notify(ctx, person.Contacts, listUsed, at)
}
