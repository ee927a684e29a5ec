package devidp

import (
	"embed"
	"io/fs"
	"net/http"
	"net/url"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed pages
var pages embed.FS

//go:embed words/*.json
var wordFiles embed.FS

// Pages returns the login page, for the site.
func Pages() fs.FS { return pages }

// Texts returns the texts of the login page, for the site.
func Texts() web.Texts { return web.MustReadTexts(wordFiles) }

type choice struct {
	Name, Code, About, Organisation string
	Address                         string
}

// choiceCookie holds the persona that somebody chose before the login began, for that one login.
const choiceCookie = "persona"

// Choose makes the login that follows in this browser that of the persona, without a question.
func Choose(w http.ResponseWriter, persona string) {
	http.SetCookie(w, &http.Cookie{Name: choiceCookie, Value: persona, Path: "/", MaxAge: 60, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

func chosen(r *http.Request) string {
	c, err := r.Cookie(choiceCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

func (p *provider) forget(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: choiceCookie, Path: "/", MaxAge: -1, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

// choose shows the page on which to pick a persona. The choices are links and not forms, since a browser
// follows no redirect from a form to a site that the page's policy does not name.
func (p *provider) choose(w http.ResponseWriter, r *http.Request) {
	address := func(name, value string) string {
		q := r.URL.Query()
		q.Set(name, value)
		return "?" + q.Encode()
	}
	lang := web.Language(r)
	var data struct {
		Citizens, Operators []choice
		Cancel              string
	}
	data.Cancel = address("cancel", "1")
	for _, who := range p.Personas {
		list := &data.Citizens
		if who.Operator {
			list = &data.Operators
		}
		*list = append(*list, choice{Name: who.Given + " " + who.Family, Code: who.CF.Reveal(),
			About: who.About[lang], Organisation: who.Organisation, Address: address("persona", who.ID)})
	}
	p.Site.Render(w, r, http.StatusOK, "idp", data)
}

// unknown answers a request whose address must not get the answer.
func (p *provider) unknown(w http.ResponseWriter, r *http.Request) {
	p.Site.Say(w, r, http.StatusBadRequest, web.Message{Title: "idp.unknown_title", Text: "idp.unknown"})
}

// back sends the browser to the client, after the address was found to be the client's.
func (p *provider) back(w http.ResponseWriter, r *http.Request, values url.Values) {
	q := r.URL.Query()
	address, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		p.unknown(w, r)
		return
	}
	values.Set("state", q.Get("state"))
	values.Set("iss", p.Issuer)
	if address.RawQuery != "" {
		address.RawQuery += "&"
	}
	address.RawQuery += values.Encode()
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, address.String(), http.StatusFound)
}
