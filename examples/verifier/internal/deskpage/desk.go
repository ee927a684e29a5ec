// Package deskpage serves the web pages of the checking desk: those of package page at its root, with
// the camera and the list of the shift, and the login of its operators at the issuer's identity
// provider.
package deskpage

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed words/*.json
var wordFiles embed.FS

// askTimeout is the time allowed for an answer of the identity provider.
const askTimeout = 20 * time.Second

// Desk is a checking desk. Client is required.
type Desk struct {
	// Title is the name in the header of the pages.
	Title  string
	Client *verifier.Client
	// Catalogue holds the benefits that the desk can ask for.
	Catalogue benefit.Catalogue
	// Offline makes the desk judge the paper alone and never ask the issuer.
	Offline bool
	// Operators logs people in for the second level. If it is nil, the desk has the first level only.
	Operators *Operators
	// HTTPS reports that browsers reach the desk over https only.
	HTTPS bool
	// Log receives faults of the templates; nil discards them.
	Log *slog.Logger
}

// Handler returns the handler of all paths.
func (d Desk) Handler() (http.Handler, error) {
	own := web.MustReadTexts(wordFiles)
	site, err := web.New(web.Config{
		Name: d.Title, Pages: []fs.FS{page.Templates()}, Texts: []web.Texts{own, page.Texts()},
		Assets: []fs.FS{page.Assets()}, Nav: nav, Person: d.person(own), HTTPS: d.HTTPS,
		Log: d.Log,
	})
	if err != nil {
		return nil, err
	}
	c := page.Config{
		Client:    d.client,
		Catalogue: d.Catalogue,
		Offline:   d.Offline,
		Channels:  []string{"sms", "voice", "list"},
		Photos:    true,
		Shift:     &page.Shift{},
		HTTPS:     d.HTTPS,
		Site:      site,
	}
	mux := http.NewServeMux()
	if d.Operators != nil {
		c.Operators = d.Operators
		d.Operators.register(mux, site)
	}
	pages, err := page.New(c)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	mux.Handle("GET /assets/", site.Assets())
	return site.Secure(mux), nil
}

// client returns the client with the credentials of the browser's operator.
func (d Desk) client(r *http.Request) (*verifier.Client, error) {
	if d.Operators == nil {
		return d.Client, nil
	}
	return d.Operators.client(*d.Client, r), nil
}

// nav returns the links in the header.
func nav(*http.Request) []web.Link {
	return []web.Link{{Key: "desk.nav_check", Path: "/"}, {Key: "desk.nav_shift", Path: "/shift"}}
}

// person returns what the header shows if an operator is logged in: only that there is one.
func (d Desk) person(own web.Texts) func(*http.Request) string {
	return func(r *http.Request) string {
		if d.Operators == nil {
			return ""
		}
		if _, ok := d.Operators.Operator(r); !ok {
			return ""
		}
		text, _ := own.Say(web.Language(r), "desk.logged_in")
		return text
	}
}
