package app

import (
	"fmt"
	"io/fs"
	"net/http"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/web"
)

// part is a package with pages of its own.
type part struct {
	templates fs.FS
	texts     func() (web.Texts, error)
	assets    fs.FS // nil: none
}

// parts are all of them. What they need besides the site they get in [App.pages].
func parts() []part {
	return []part{
		{devidp.Pages(), devidp.Texts, nil},
	}
}

// openSite makes the one site that all parts render on.
func (a *App) openSite() (err error) {
	c := web.Config{Name: a.Body, Demo: a.demo(), HTTPS: a.public.Scheme == "https", Log: a.Log}
	for _, p := range parts() {
		texts, err := p.texts()
		if err != nil {
			return err
		}
		c.Pages, c.Texts = append(c.Pages, p.templates), append(c.Texts, texts)
		if p.assets != nil {
			c.Assets = append(c.Assets, p.assets)
		}
	}
	a.site, err = web.New(c)
	return err
}

// pages mounts the pages. A new package of pages gets its line in parts and its lines here.
func (a *App) pages() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", a.site.Assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.site.Say(w, r, http.StatusNotFound, web.Message{Title: "frame.not_found_title", Text: "frame.not_found"})
	})
	if a.demo() {
		idp, err := a.identityProvider()
		if err != nil {
			return nil, fmt.Errorf("identity provider: %w", err)
		}
		mux.Handle(idpPath+"/", idp)
	}
	return a.site.Secure(a.sessions.LoadAndSave(routed(mux))), nil
}

// idpPath is where the identity provider for development is.
const idpPath = "/dev/idp"

func (a *App) identityProvider() (http.Handler, error) {
	key, err := a.secret.Derive("devidp")
	if err != nil {
		return nil, err
	}
	base := a.URL()
	return devidp.Provider{
		Issuer: base + idpPath, Key: key, Personas: demo.Personas(), Site: a.site, Once: a.signIns.Once, Log: a.Log, Exposed: a.Dev,
		Clients: []devidp.Client{{ID: "issuer", Redirects: []string{base + "/auth/callback"}}},
	}.Handler()
}
