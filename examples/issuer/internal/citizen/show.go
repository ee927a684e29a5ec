package citizen

import (
	"context"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// shownView is the page with a document on the screen. Nothing of it is kept here: the form sends the text of
// the QR back, so the same document is shown in another language and saved in every format.
type shownView struct {
	For whose
	choices
	// Picture is the QR as the address of its own data, Text what a phone reads in it.
	Picture template.URL
	Text    string
	// Issued and Expires are those of the token.
	Issued, Expires time.Time
	Formats         []string
	// Own reports that the document is the person's own. Only such a document may be kept on a phone.
	Own bool
}

// Redraw implements [web.Redrawer].
func (shownView) Redraw() string { return pathShow }

// shownFormats are the files of a document on the screen.
func shownFormats() []string {
	return []string{string(paper.PNG), string(paper.PDF), string(paper.Text), string(paper.Braille),
		string(paper.QRText)}
}

// showFile renders the page of a document.
func (p *Pages) showFile(w http.ResponseWriter, r *http.Request, v visit, c choices, f paper.File) {
	p.Site.Render(w, r, http.StatusOK, "area-show", shownView{For: v.For, choices: c,
		Picture: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(f.Data)),
		Text:    f.Symbol.Text(), Issued: f.Claims.IssuedAt, Expires: f.Claims.Expires,
		Formats: shownFormats(), Own: !v.acting()})
}

// again makes a file of a document that is on the screen, or shows it again.
func (p *Pages) again(w http.ResponseWriter, r *http.Request, v visit) error {
	jws, err := token.FromQRText(r.PostFormValue("qr"))
	if err != nil {
		return p.noDocument(w, r)
	}
	c := chosen(r)
	c.Token, c.Format = jws, string(paper.PNG)
	save := r.PostFormValue("format")
	if slices.Contains(shownFormats(), save) {
		c.Format = save
	}
	if wait, err := p.take(r.Context(), limitFile, v.person.Reveal()); err != nil {
		return err
	} else if wait > 0 {
		return &waitError{wait}
	}
	file, err := p.file(r.Context(), v, c)
	if errors.Is(err, paper.ErrToken) {
		return p.noDocument(w, r)
	}
	if err != nil {
		return err
	}
	cut, err := p.Registry.VoidBefore(r.Context(), v.person)
	if err != nil {
		return err
	}
	if file.Claims.IsVoid(cut) {
		return p.noDocument(w, r)
	}
	if save == "" {
		p.showFile(w, r, v, c, file)
		return nil
	}
	if err := p.trace(r.Context(), v, actDownload, p.Now()); err != nil {
		return err
	}
	return p.attachFile(w, r, v, file)
}

// noDocument says that the document is not valid any more, or is not this person's.
func (p *Pages) noDocument(w http.ResponseWriter, r *http.Request) error {
	p.Site.Say(w, r, http.StatusGone, web.Message{Title: "show.gone_title", Text: "show.gone", Next: pathQR,
		NextText: "area.qr_get"})
	return nil
}

// attachFile sends a file for download.
func (p *Pages) attachFile(w http.ResponseWriter, r *http.Request, v visit, f paper.File) error {
	name, err := p.fileName(r.Context(), v, f)
	if err == nil {
		attach(w, f.Format.ContentType(), name, f.Data)
	}
	return err
}

// fileName returns the name of a file. It says what the file is, whose, and when it was made, so that a
// parent tells the files of two children apart.
func (p *Pages) fileName(ctx context.Context, v visit, f paper.File) (string, error) {
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return "", err
	}
	given := person.Given
	if given == "" && !v.acting() {
		given, _, _ = strings.Cut(strings.TrimSpace(v.who.Name), " ")
	}
	made := f.Claims.IssuedAt.In(p.Site.Zone()).Format(time.DateOnly)
	parts := []string{"qr-invalidita", plainName(given), made}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	extension := "." + string(f.Format)
	if f.Format == paper.QRText {
		extension = "-link.txt"
	}
	return strings.Join(parts, "-") + extension, nil
}

// plainName returns a name in the letters that every file system takes.
func plainName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r == ' ' || r == '-':
			return '-'
		}
		return -1
	}, strings.ToLower(norm.NFD.String(name))), "-")
}
