package signin

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// methodCNS is the way in by a card.
const methodCNS = "cns"

func (p *Pages) ways() []Way {
	switch {
	case p.OIDC == nil:
		return nil
	case len(p.Ways) > 0:
		return p.Ways
	}
	return []Way{{ID: "spid"}, {ID: "cie"}}
}

// choose shows the ways to log in. If somebody is logged in, from another tab, it leads back, too.
func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	type way struct{ Name, Logo, Address string }
	var data struct {
		Ways []way
		Card string
		Back string
	}
	back := p.back(r.URL.Query().Get(returnParameter))
	data.Back = back
	address := func(via string) string {
		return "/auth/login?" + url.Values{"via": {via}, returnParameter: {back}}.Encode()
	}
	for _, v := range p.ways() {
		data.Ways = append(data.Ways, way{cmp.Or(v.Name, strings.ToUpper(v.ID)), v.Logo, address(v.ID)})
	}
	if p.CNS != "" {
		data.Card = address(methodCNS)
	}
	p.Site.Render(w, r, http.StatusOK, "login", data)
}

// begin sends the browser to the provider or to the card's listener.
func (p *Pages) begin(w http.ResponseWriter, r *http.Request) {
	via, back := r.URL.Query().Get("via"), p.back(r.URL.Query().Get(returnParameter))
	if via == methodCNS && p.CNS != "" {
		b := begun{Pending: login.Pending{Nonce: rand.Text() + rand.Text(), Method: methodCNS,
			Began: time.Now()}, Return: back}
		p.remember(w, r, b)
		http.Redirect(w, r, p.CNS+"?"+url.Values{"nonce": {b.Nonce}}.Encode(), http.StatusSeeOther)
		return
	}
	if !slices.ContainsFunc(p.ways(), func(v Way) bool { return v.ID == via }) {
		http.Redirect(w, r, choice(back), http.StatusSeeOther)
		return
	}
	begin := p.OIDC.Begin
	if r.URL.Query().Has(againParameter) {
		begin = p.OIDC.BeginFresh
	}
	address, pending, err := begin(r.Context(), cmp.Or(p.Level, 2), via)
	if err != nil {
		p.refuse(w, r, err, back)
		return
	}
	p.remember(w, r, begun{pending, back})
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// callback accepts the provider's answer.
func (p *Pages) callback(w http.ResponseWriter, r *http.Request) {
	state := r.URL.Query().Get("state")
	b, ok := p.take(w, r, func(b begun) bool { return b.State != "" && b.State == state })
	if !ok || p.OIDC == nil {
		p.refuse(w, r, login.ErrState, "")
		return
	}
	id, err := p.OIDC.Finish(r.Context(), r, b.Pending)
	if err != nil {
		p.refuse(w, r, err, b.Return)
		return
	}
	p.finish(w, r, id, b)
}

// errCard means that the card's listener refused the card.
var errCard = errors.New("card was refused")

// card redeems the ticket of the card's listener.
func (p *Pages) card(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	switch q.Get("reason") {
	case "":
	case cns.ReasonUnavailable:
		p.refuse(w, r, login.ErrUnavailable, "")
		return
	default:
		p.refuse(w, r, errCard, "")
		return
	}
	var card cns.Card
	b, ok := p.take(w, r, func(b begun) (ok bool) {
		card, ok = p.Tickets.Redeem(q.Get("ticket"), b.Nonce)
		return ok && b.Method == methodCNS
	})
	if !ok {
		p.refuse(w, r, login.ErrState, "")
		return
	}
	now := time.Now() // the listener asks for the card on each connection
	p.finish(w, r, login.Identity{Person: card.Person, Name: card.Name, Level: LevelCNS, Method: methodCNS,
		IdentityProvider: card.Issuer, Subject: card.Number, At: now, Proved: now}, b)
}

// leave logs out. The site's Secure has already refused a request from another site.
func (p *Pages) leave(w http.ResponseWriter, r *http.Request) {
	if err := p.Sessions.Destroy(r.Context()); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`) // the next person may use the same browser
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// refuse explains why the login failed and offers another attempt.
func (p *Pages) refuse(w http.ResponseWriter, r *http.Request, err error, back string) {
	status, text, icon := http.StatusForbidden, "signin.failed", "it-warning-circle"
	switch {
	case errors.Is(err, login.ErrCancelled):
		status, text = http.StatusOK, "signin.cancelled"
	case errors.Is(err, login.ErrState):
		status, text = http.StatusBadRequest, "signin.over"
	case errors.Is(err, login.ErrLevel):
		text = "signin.level"
	case errors.Is(err, login.ErrProved):
		text = "signin.proved"
	case errors.Is(err, login.ErrPerson), errors.Is(err, login.ErrClaim):
		text = "signin.no_code"
	case errors.Is(err, login.ErrUnavailable):
		status, text = http.StatusServiceUnavailable, "signin.unavailable"
	case errors.Is(err, errCard):
		text = "signin.card"
	}
	// one of the constants of packages login and signin
	p.log().WarnContext(r.Context(), "login refused", "cause", err)
	p.Site.Say(w, r, status, web.Message{Title: "signin.refused_title", Text: text,
		Next: choice(p.back(back)), NextText: "signin.again", Icon: icon})
}
