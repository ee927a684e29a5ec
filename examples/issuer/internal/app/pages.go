package app

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/desk"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/dev"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

//go:embed words/*.json
var wordFiles embed.FS

// part is a package that has pages.
type part struct {
	templates fs.FS
	texts     web.Texts
	assets    fs.FS // nil means none
}

// parts returns all packages that have pages. [App.pages] gives them what they need besides the site.
func parts() []part {
	return []part{
		{citizen.Templates(), citizen.Texts(), citizen.Assets()},
		{page.Templates(), page.Texts(), page.Assets()},
		{signin.Templates(), signin.Texts(), nil},
		{devidp.Pages(), devidp.Texts(), nil},
		{dev.Templates(), dev.Texts(), dev.Assets()},
	}
}

// openSite makes the site on which all parts render.
func (a *App) openSite() error {
	c := web.Config{Texts: []web.Texts{web.MustReadTexts(wordFiles)}, Name: a.Body, Zone: a.zone,
		Footer: a.Footer,
		Demo:   a.demo(),
		HTTPS:  a.public.Scheme == "https", Log: a.Log, Nav: a.nav, Person: a.login.Person}
	for _, p := range parts() {
		c.Pages, c.Texts = append(c.Pages, p.templates), append(c.Texts, p.texts)
		if p.assets != nil {
			c.Assets = append(c.Assets, p.assets)
		}
	}
	var err error
	a.site, err = web.New(c)
	return err
}

// pages mounts the pages. A new package of pages gets its line in parts and its lines here.
func (a *App) pages(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	var pages http.Handler // those that the QR opens
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, desk.Path+"#") { // escaped on the way
			pages.ServeHTTP(w, r)
			return
		}
		a.site.Say(w, r, http.StatusNotFound,
			web.Message{Title: "frame.not_found_title", Text: "frame.not_found"})
	})
	a.login.Site = a.site
	login, err := a.login.Handler()
	if err != nil {
		return nil, err
	}
	mux.Handle("/login", login)
	mux.Handle("/auth/", login)
	if a.area, err = a.citizenPages(ctx); err != nil {
		return nil, err
	}
	a.area.Register(mux)
	key, err := a.secret.Key("issuer/desk", nil)
	if err != nil {
		return nil, err
	}
	check := desk.Pages{Site: a.site, Client: a.client, Now: time.Now, Benefits: a.benefits, Login: loginPath,
		Key: [32]byte(key), HTTPS: a.public.Scheme == "https"}
	if a.asker != nil {
		check.Cards = a.asker.Pages(a.URL())
	}
	if a.challenges != nil {
		check.Operator = a.deskOperator
	}
	if pages, err = check.Handler(); err != nil {
		return nil, err
	}
	mux.Handle(desk.Path, pages)
	mux.Handle(desk.Path+"/", pages)
	mux.Handle("POST "+desk.Path+"/card", a.limitQuestions(pages))
	if a.demo() {
		idp, err := a.identityProvider()
		if err != nil {
			return nil, words.Errorf("identity provider: %w", err)
		}
		mux.Handle(idpPath+"/", idp)
	}
	a.playground(mux)
	turns := http.NewServeMux()
	turns.Handle("/", recordRoute(mux))
	turns.Handle("POST /area/qr", limitConcurrency(recordRoute(mux), http.HandlerFunc(a.busy)))
	all := http.NewServeMux()
	all.Handle("/", a.sessions.LoadAndSave(turns))
	all.Handle("GET /assets/", a.site.Assets()) // needs no session
	return a.site.Secure(recordRoute(all)), nil
}

// busy asks the browser to try again later.
func (a *App) busy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "10")
	a.site.Say(w, r, http.StatusServiceUnavailable, web.Message{Title: "app.busy_title",
		Text: "app.busy", Next: "/area/qr", NextText: "app.again"})
}

// client asks the service in this process, for a caller.
func (a *App) client(c service.Caller) *verifier.Client {
	own := *a.desk
	own.Contract = service.Local{Service: a.service, Caller: c}
	return &own
}

// loginPath leads to the login and back to the path.
func loginPath(back string) string { return "/login?" + url.Values{"return": {back}}.Encode() }

// nav returns the links in the header.
func (a *App) nav(*http.Request) []web.Link {
	links := []web.Link{{Key: "app.area", Path: "/area"}, {Key: "app.check", Path: checkPath}}
	if a.demo() {
		links = append(links, web.Link{Key: "app.try", Path: tryPath})
	}
	return links
}
