package citizen

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// visit is a request by a person who is logged in.
type visit struct {
	who login.Identity
	// person is the person that the pages are about: who, or a person for whom who may act.
	person codicefiscale.Code
	// ward is zero if who acts for nobody else.
	ward registry.Ward
	For  whose
}

// whose names the person that a page is about. Each form sends Ref back.
type whose struct {
	// Name is the person for whom somebody acts; empty means oneself.
	Name string
	// Ref is a pseudonym of the person. A form made for one person is refused if the session has since
	// switched to another, for example in a second window.
	Ref string
}

func (v visit) acting() bool { return !v.ward.Ward.IsZero() }

// handler answers a visit. An error is an internal fault.
type handler func(http.ResponseWriter, *http.Request, visit) error

// neededLevel is the level of assurance that these pages require, since they show health data.
const neededLevel = 2

// sessionWard is the session key of the person for whom somebody acts.
const sessionWard = "citizen.ward"

// page requires a login of neededLevel.
func (p *Pages) page(do handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := p.Identity(r)
		if !ok {
			back := r.URL.Path
			if r.Method == http.MethodPost {
				back = pathArea
			}
			http.Redirect(w, r, p.Login(back), http.StatusSeeOther)
			return
		}
		if who.Level < neededLevel {
			p.Site.Say(w, r, http.StatusForbidden, web.Message{Title: "area.level_title",
				Text: "area.level", Next: p.Login(pathArea), NextText: "area.login"})
			return
		}
		v, err := p.visit(r.Context(), who)
		switch {
		case errors.Is(err, registry.ErrNotDelegated):
			p.Sessions.Remove(r.Context(), sessionWard)
			p.Site.Say(w, r, http.StatusForbidden, web.Message{Title: "area.ended_title",
				Text: "area.ended", Next: pathArea, NextText: "area.back"})
			return
		case err == nil && !v.may(needs(r.URL.Path)):
			if r.URL.Path == pathArea { // where the pages lead back to
				http.Redirect(w, r, pathQR, http.StatusSeeOther)
				return
			}
			p.Site.Say(w, r, http.StatusForbidden, web.Message{Title: "area.not_yours_title",
				Text: "area.not_yours", Next: pathArea, NextText: "area.go_on"})
			return
		case err == nil:
			err = do(w, r, v)
		}
		var wait *waitError
		switch {
		case errors.As(err, &wait):
			p.Site.Say(w, r, http.StatusTooManyRequests, web.Message{Title: "area.wait_title",
				Text: "contacts.minutes", Args: []any{wait.minutes}, Next: pathArea, NextText: "area.back"})
		case errors.Is(err, registry.ErrUnknown), errors.Is(err, registry.ErrReplaced):
			p.Site.Say(w, r, http.StatusNotFound, web.Message{Title: "area.none_title", Text: "area.none",
				Next: pathArea, NextText: "area.back"})
		case err != nil:
			p.fault(w, r, err)
		}
	}
}

// maxForm bounds a form, in bytes.
const maxForm = 4 << 10

// form is page for a POST request: it also checks the form's Ref.
func (p *Pages) form(do handler) http.HandlerFunc {
	next := p.page(func(w http.ResponseWriter, r *http.Request, v visit) error {
		if subtle.ConstantTimeCompare([]byte(r.PostFormValue("for")), []byte(v.For.Ref)) != 1 {
			p.Site.Say(w, r, http.StatusConflict, web.Message{Title: "area.other_title", Text: "area.other",
				Next: pathArea, NextText: "area.back"})
			return nil
		}
		return do(w, r, v)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if r.ParseForm() != nil {
			p.Site.Say(w, r, http.StatusBadRequest, web.Message{Title: "area.form_title",
				Text: "area.form", Next: pathArea, NextText: "area.back"})
			return
		}
		next(w, r)
	}
}

// visit determines for whom somebody acts and whether they still may.
func (p *Pages) visit(ctx context.Context, who login.Identity) (visit, error) {
	v := visit{who: who, person: who.Person}
	v.For.Ref = p.ref(who.Person, who.Person)
	kept := p.Sessions.GetString(ctx, sessionWard)
	code, ref, _ := strings.Cut(kept, " ")
	ward, err := codicefiscale.ParseAny(code)
	if err != nil || ref != p.ref(who.Person, ward) { // no ward, or one stored for an earlier login
		return v, nil
	}
	if v.ward, err = p.Registry.MayActFor(ctx, who.Person, ward, p.today()); err != nil {
		return visit{}, err
	}
	v.person, v.For = ward, whose{strings.TrimSpace(v.ward.Given + " " + v.ward.Family), ref}
	return v, nil
}

// ref returns the pseudonym of a person in the sessions of who.
func (p *Pages) ref(who, person codicefiscale.Code) string {
	return p.pseudonym("for", who.Reveal(), person.Reveal())
}

// pseudonym returns a keyed digest of parts, 22 characters long. No part may hold a zero byte.
func (p *Pages) pseudonym(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(p.digest(parts...)[:16])
}

func (p *Pages) digest(parts ...string) []byte {
	mac := hmac.New(sha256.New, p.Key[:])
	for _, part := range parts {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}

// The recorded acts. The key of each text is "area.act." and the value.
const (
	actBegan     = "began"
	actDownload  = "download"
	actShow      = "show"
	actMail      = "mail"
	actVoid      = "void"
	actConfirmed = "contacts_confirmed"
	actPhone     = "phone_changed"
	actNoPhone   = "phone_removed"
	actEmail     = "email_changed"
	actNoEmail   = "email_removed"
	actLanguage  = "language_changed"
	actProof     = "proof"
	actEnded     = "session_ended"
	actNotMe     = "not_me"
	actDelegated = "delegated"
	actWithdrawn = "withdrawn"
	actListMade  = "list_made"
	actNoList    = "list_void"

	actListActive = "list_active"
	actPresent    = "present"
	actDeclared   = "declared"
)

// ActWrongCodes is the name of a report, with its Count, of wrong codici fiscali on a document of the person.
// Nobody acts in this area for it; the service records it.
const ActWrongCodes = "wrong_codes"

func traced() []string {
	return []string{actBegan, actDownload, actShow, actMail, actVoid, actConfirmed, actPhone, actNoPhone,
		actEmail, actNoEmail, actLanguage, actProof, actEnded, actNotMe, actDelegated, actWithdrawn,
		actListMade, actListActive, actNoList, actPresent, actDeclared}
}

// trace records an act before it is done: that of a guardian in the access log too. If it fails, the act must
// not be done.
func (p *Pages) trace(ctx context.Context, v visit, what string, at time.Time) error {
	switch {
	case slices.Contains(security(), what):
		if err := p.recordSecurity(ctx, v, what, at); err != nil {
			return err
		}
	case v.acting():
		id := rand.Text()
		err := p.Accesses.Append(ctx, service.Access{ID: id, At: at, Person: v.person, Purpose: what,
			Operator: v.who.Operator(), Challenge: accesslog.GuardianPrefix + id})
		if err != nil {
			return err
		}
	}
	return p.Registry.TraceAct(ctx, registry.Act{At: at, Guardian: v.who.Person, Name: v.who.Name,
		Ward: v.person, Kind: v.ward.Kind, What: what})
}
