package deskpage

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// The paths of the login.
const (
	pathOperator = "/operator"
	pathPhone    = "/operator/phone"
	pathCallback = "/callback"
	pathLogout   = "/auth/logout"
)

const (
	operatorCookie = "desk"
	loginCookie    = "login"
	maxForm        = 4 << 10 // the length of a form of the login in bytes
)

// pending is a login that has begun. It lies sealed in a cookie of the browser in which it began.
type pending struct {
	Attempt login.Attempt
	// Back is the path of the desk to which the browser returns.
	Back string
	// Phone is the phone for which the operator logs in, by its digest; empty means this browser.
	Phone []byte `json:",omitempty"`
	// Until is when the desk forgets the login.
	Until time.Time
}

// LoginPath returns the path of the page that asks an operator to log in.
func (d *door) LoginPath(back string) string {
	return pathOperator + "?" + url.Values{"back": {back}}.Encode()
}

// register adds the pages of the login to the mux.
func (d *door) register(mux *http.ServeMux) {
	post := func(path string, page http.HandlerFunc) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			w.Header().Set("Cache-Control", "no-store")
			page(w, r)
		})
	}
	mux.HandleFunc("GET "+pathOperator, d.ask)
	post(pathLogout, d.leave)
	if d.Local != "" {
		post(pathOperator, d.wait)
		mux.HandleFunc("GET "+pathPhone, d.waiting)
		post(pathPhone, d.collect)
		return
	}
	post(pathOperator, func(w http.ResponseWriter, r *http.Request) {
		d.begin(w, r, pending{Back: backPath(r.PostFormValue("back"))})
	})
	mux.HandleFunc("GET "+pathCallback, d.callback)
	if d.Phones {
		mux.HandleFunc("GET "+pathPhone, d.askWord)
		post(pathPhone, d.word)
	}
}

// loginView is the data of the page that asks an operator to log in.
type loginView struct {
	Back string
	// Phone reports that the login is on the desk's own machine. IssuerPage is where the operator of a phone
	// can log in as well, or empty.
	Phone      bool
	IssuerPage string
}

// ask shows the form that begins a login. A browser whose operator is logged in, from another tab, goes back.
func (d *door) ask(w http.ResponseWriter, r *http.Request) {
	back := backPath(r.URL.Query().Get("back"))
	if d.token(r) != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	}
	v := loginView{Back: back, Phone: d.Local != ""}
	if v.Phone && d.desk.IssuerPage != nil {
		v.IssuerPage = d.desk.IssuerPage(r.Context())
	}
	d.site.Render(w, r, http.StatusOK, "desk-login", v)
}

// begin begins a login in this browser. It forgets one that has begun there before. The page that it shows
// leads to the identity provider, since browsers follow no redirect from a form to another site.
func (d *door) begin(w http.ResponseWriter, r *http.Request, p pending) {
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	o := d.desk.Operators
	address, attempt, err := o.native.Begin(ctx, d.Origin+pathCallback)
	var sealed string
	if err == nil {
		p.Attempt, p.Until = attempt, o.now().Add(loginTime)
		sealed, err = o.box.Seal(p)
	}
	if err != nil {
		d.site.Say(w, r, http.StatusBadGateway,
			web.Message{Title: "desk.login_failed_title", Text: "desk.login_failed"})
		return
	}
	http.SetCookie(w, d.cookie(loginCookie, sealed, int(loginTime.Seconds())))
	w.Header().Set("Refresh", "0; url="+address)
	d.site.Say(w, r, http.StatusOK, web.Message{Title: "q.login_title", Text: "desk.login_go", Next: address,
		NextText: "q.login_button", Icon: "it-user", Tone: "info"})
}

// callback ends the login that began in this browser, with the identity provider's answer.
func (d *door) callback(w http.ResponseWriter, r *http.Request) {
	o := d.desk.Operators
	var p pending
	if o.box.Open(d.cookieValue(r, loginCookie), &p) != nil || o.now().After(p.Until) {
		d.over(w, r)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
	defer cancel()
	token, err := o.native.Finish(ctx, r.URL.Query(), p.Attempt)
	if errors.Is(err, login.ErrState) { // another login's answer, which does not end this one
		d.over(w, r)
		return
	}
	http.SetCookie(w, d.cookie(loginCookie, "", -1))
	switch {
	case errors.Is(err, login.ErrCode):
		d.over(w, r)
	case errors.Is(err, login.ErrCancelled):
		d.site.Say(w, r, http.StatusOK, web.Message{Title: "desk.login_cancelled_title",
			Text: "desk.login_cancelled", Next: d.LoginPath(p.Back), NextText: "q.again"})
	case err != nil:
		d.site.Say(w, r, http.StatusBadGateway,
			web.Message{Title: "desk.login_failed_title", Text: "desk.login_failed"})
	case len(p.Phone) > 0:
		if !o.give(digest(p.Phone), token) {
			d.over(w, r)
			return
		}
		d.site.Say(w, r, http.StatusOK, web.Message{Title: "desk.phone_done_title", Text: "desk.phone_done",
			Icon: "it-check-circle", Tone: "yes"})
	default:
		http.SetCookie(w, d.cookie(operatorCookie, o.start(token), 0))
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, backPath(p.Back), http.StatusSeeOther)
	}
}

// over answers if the desk knows of no such login, or no longer.
func (d *door) over(w http.ResponseWriter, r *http.Request) {
	d.site.Say(w, r, http.StatusBadRequest,
		web.Message{Title: "desk.login_over_title", Text: "desk.login_over"})
}

// leave logs the operator out.
func (d *door) leave(w http.ResponseWriter, r *http.Request) {
	d.desk.Operators.end(d.cookieValue(r, operatorCookie))
	http.SetCookie(w, d.cookie(operatorCookie, "", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
