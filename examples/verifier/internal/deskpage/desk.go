// Package deskpage serves the web pages of the checking desk: those of package page at its root, with the
// camera and the list of the shift, and the login of its operators at the issuer's identity provider. At each
// door are also the addresses that wallets call, if the desk has Cards.
//
// A desk has one [Door] or two: one for the machine on which it runs, and one for phones in the same
// network.
//
// # What is not checked
//
// A person who has the link with the [Key] can use the desk as its operator can, except for the second
// level. An operator can be talked into typing the word of another phone; only the operator sees which phone
// shows it.
package deskpage

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/hosts"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed words/*.json
var wordFiles embed.FS

//go:embed pages/*.gohtml
var templates embed.FS

//go:embed assets/*.js pictures/*.png
var assets embed.FS

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
	// Purposes is the closed list of purposes for the second level, as in [page.Config]. Nil means all.
	Purposes []string
	// IssuerPage returns the URL of the issuer's own checking page, or "" if it has none. An operator with a
	// phone can also log in there. If it is nil, no issuer has one.
	IssuerPage func(context.Context) string
	// Cards asks for cards in wallets; nil means that no door offers it.
	Cards *cards.Asker
	// Footer has the links at the foot of every page.
	Footer web.Footer
	// Log receives faults of the templates; nil discards them.
	Log *slog.Logger
	// Wrap wraps what answers a request that has passed all guards, such as in traces; nil leaves it.
	Wrap func(http.Handler) http.Handler

	shift page.Shift
}

// Door is one listener of a desk, as browsers see it.
type Door struct {
	// Origin is the URL of the desk here, without a path, such as http://127.0.0.1:8090. After a login, the
	// identity provider sends the browser to its path /callback.
	Origin string
	// Hosts are further names and addresses under which browsers may ask; see package hosts.
	Hosts []string
	// Key must be known to who enters. If it is nil, everybody enters whom the network lets through. Then the
	// list of the shift is for operators who are logged in, unless the door is on the loopback interface.
	Key *Key
	// Local is the Origin of the door on the desk's own machine. If it is set, the identity provider does not
	// know this door, and an operator with a phone logs in there. It needs a Key.
	Local string
	// Phones reports that another door has this one as its Local.
	Phones bool
}

// door is a Door of a desk with its site.
type door struct {
	Door
	desk  *Desk
	site  *web.Site
	https bool
	own   web.Texts
}

// Handler returns the handler of all paths of a door.
func (d *Desk) Handler(at Door) (http.Handler, error) {
	origin, err := url.Parse(at.Origin)
	if err != nil {
		return nil, err
	}
	if at.Local != "" && at.Key == nil {
		return nil, errors.New("deskpage: a door with Local has no Key")
	}
	own := web.MustReadTexts(wordFiles)
	in := &door{Door: at, desk: d, https: origin.Scheme == "https", own: own}
	private := at.Key != nil || netaddr.IsLoopback(origin.Hostname())
	shift := &d.shift
	if !private && d.Operators == nil {
		shift = nil
	}
	in.site, err = web.New(web.Config{
		Name: d.Title, Pages: []fs.FS{templates, page.Templates()}, Texts: []web.Texts{own, page.Texts()},
		Assets: []fs.FS{assets, page.Assets()}, Nav: in.nav(shift != nil), Person: in.person, HTTPS: in.https,
		Footer: d.Footer, Log: d.Log,
	})
	if err != nil {
		return nil, err
	}
	c := page.Config{
		Client:    in.client,
		Catalogue: d.Catalogue,
		Offline:   d.Offline,
		Purposes:  d.Purposes,
		Channels:  []string{"sms", "voice", "list"},
		Photos:    true,
		Shift:     shift,
		HTTPS:     in.https,
		Site:      in.site,
	}
	if d.Cards != nil {
		c.Cards = d.Cards.Pages(at.Origin)
	}
	mux := http.NewServeMux()
	if d.Operators != nil {
		c.Operators = in
		in.register(mux)
	}
	pages, err := page.New(c)
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	if shift != nil && !private {
		mux.Handle("/shift", in.loggedIn(pages))
		mux.Handle("/shift/", in.loggedIn(pages))
	}
	mux.HandleFunc("GET /guide", in.guide)
	mux.Handle("GET /assets/", in.site.Assets())
	var all http.Handler = mux
	if d.Wrap != nil {
		all = d.Wrap(mux)
	}
	if at.Key != nil {
		all = at.Key.guard(in.site, all)
	}
	if d.Operators != nil {
		all = in.canonical(origin, all)
	}
	all = hosts.Allow(in.site.Secure(all), append(at.Hosts, origin.Hostname())...)
	if d.Cards != nil {
		all = d.Cards.Mount(all) // phones have no key, and any page may call what they call
	}
	return all, nil
}

// canonical redirects a browser on the desk's machine to the Origin, since the identity provider sends it
// there and its cookies must be there too.
func (d *door) canonical(origin *url.URL, next http.Handler) http.Handler {
	if !netaddr.IsLoopback(origin.Hostname()) {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.Host != origin.Host {
			http.Redirect(w, r, d.Origin+r.URL.RequestURI(), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// loggedIn sends browsers without an operator to the login.
func (d *door) loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := d.Operator(r); !ok {
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, d.LoginPath("/shift"), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// client returns the client with the credentials of the browser's operator.
func (d *door) client(r *http.Request) (*verifier.Client, error) {
	if d.desk.Operators == nil {
		return d.desk.Client, nil
	}
	return authorized(*d.desk.Client, d.token(r)), nil
}

// nav returns the links in the header.
func (d *door) nav(shift bool) func(*http.Request) []web.Link {
	links := []web.Link{{Key: "desk.nav_check", Path: "/?new"}}
	if shift {
		links = append(links, web.Link{Key: "desk.nav_shift", Path: "/shift"})
	}
	if d.Phones && d.desk.Operators != nil {
		links = append(links, web.Link{Key: "desk.nav_phone", Path: pathPhone})
	}
	links = append(links, web.Link{Key: "desk.nav_guide", Path: "/guide"})
	return func(*http.Request) []web.Link { return links }
}

// person returns what the header shows if an operator is logged in: only that there is one.
func (d *door) person(r *http.Request) string {
	if d.token(r) == nil {
		return ""
	}
	text, _ := d.own.Say(web.Language(r), "desk.logged_in")
	return text
}

// cookie returns a cookie of the door. An age of 0 means until the browser ends.
func (d *door) cookie(name, value string, age int) *http.Cookie {
	// A strict cookie would not be sent when the browser comes back from the identity provider.
	return &http.Cookie{Name: d.cookieName(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		Secure: d.https, SameSite: http.SameSiteLaxMode}
}

func (d *door) cookieName(name string) string {
	if d.https {
		return "__Host-" + name
	}
	return name
}

// cookieValue returns the value of a cookie of the door, or "".
func (d *door) cookieValue(r *http.Request, name string) string {
	c, err := r.Cookie(d.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// maxBack is the maximum length of a path in the cookie of a login, in bytes.
const maxBack = 500

// backPath returns the path if it is one of the desk, and otherwise that of the first page. Browsers drop
// tabs and line breaks, so that a path with them may lead to another site.
func backPath(back string) string {
	other := func(r rune) bool { return r <= ' ' || r == '\\' || r > '~' }
	if !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || len(back) > maxBack ||
		strings.ContainsFunc(back, other) {
		return "/"
	}
	return back
}
