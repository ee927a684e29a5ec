package citizen

import (
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/session"
)

// sessionsView lists the sessions of the person who is logged in, also while they act for somebody else.
type sessionsView struct {
	For      whose
	Sessions []sessionView
	// Others reports that there is another session than this one.
	Others bool
}

type sessionView struct {
	session.Held
	// Way is the way of the login, in capitals. Here is true for the session of this request.
	Way  string
	Here bool
}

// allOthers is what the form sends to end all sessions but this one.
const allOthers = "others"

func (p *Pages) sessions(w http.ResponseWriter, r *http.Request, v visit) error {
	held, err := p.SignIns.Held(r.Context(), v.who.Person)
	if err != nil {
		return err
	}
	view, here := sessionsView{For: v.For}, session.Ref(p.Sessions.Token(r.Context()))
	for _, h := range held {
		s := sessionView{h, strings.ToUpper(h.Method), h.Ref == here}
		view.Others = view.Others || !s.Here
		view.Sessions = append(view.Sessions, s)
	}
	p.Site.Render(w, r, http.StatusOK, "area-sessions", view)
	return nil
}

// endSession ends one session, or all others.
func (p *Pages) endSession(w http.ResponseWriter, r *http.Request, v visit) error {
	ctx, ref := r.Context(), r.PostFormValue("id")
	own := visit{who: v.who, person: v.who.Person}
	if err := p.trace(ctx, own, actEnded, p.Now()); err != nil {
		return err
	}
	end := func() error { return p.SignIns.End(ctx, v.who.Person, ref) }
	if ref == allOthers {
		end = func() error { return p.SignIns.EndOthers(ctx, v.who.Person, p.Sessions.Token(ctx)) }
	}
	if err := end(); err != nil {
		return err
	}
	http.Redirect(w, r, pathSessions, http.StatusSeeOther)
	return nil
}
