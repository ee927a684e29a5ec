package citizen

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// qrView is the form for the QR.
type qrView struct {
	For whose
	// Provable reports whether there is a status to prove. If not, the page says so.
	Provable bool
	Sees     string
	// The current choices and the values to choose from.
	choices
	Formats, Layouts []string
	Widths           []int
	Languages        []paperLanguage
	// Email is the masked address on record; empty means none. Letters reports whether mail can be sent.
	Email   string
	Letters bool
	// All reports that the visitor may change the contacts.
	All bool
	// Wrong is the key of the error. Minutes is the argument of its text.
	Wrong   string
	Minutes int
}

// Redraw implements [web.Redrawer].
func (v qrView) Redraw() string {
	if !v.Provable {
		return ""
	}
	return pathQR
}

// choices are the options of a file.
type choices struct {
	Format, Layout, Language string
	Cells                    int // of a line of Braille
	Name, Offline            bool
	Token                    string // of the document to draw again; empty means a new one
}

func formats() []string { return []string{"pdf", "png", "svg", "txt", "brf"} }
func layouts() []string { return []string{"standard", "large-print", "wallet", "easy"} }

// widths returns the widths of the usual embossers.
func widths() []int { return []int{28, 30, 32, 40} }

// paperLanguages returns the languages of the PDF, Italian first. The pairs are for areas with two official
// languages, which English is not.
func paperLanguages() []string {
	pairs, alone := []string{"it"}, []string(nil)
	for _, lang := range web.Languages()[1:] {
		if lang != "en" {
			pairs = append(pairs, "it+"+lang)
		}
		alone = append(alone, lang)
	}
	return append(pairs, alone...)
}

// paperLanguage is a language with the key of its name.
type paperLanguage struct{ Code, Key string }

// suggested returns the language of the paper for a language of the pages. It adds Italian where a pair
// exists, since desks in Italy read Italian.
func suggested(lang string) string {
	if pair := "it+" + lang; slices.Contains(paperLanguages(), pair) {
		return pair
	}
	return lang
}

// ready returns the form. If the person cannot have a QR yet, it writes the answer and returns false.
func (p *Pages) ready(w http.ResponseWriter, r *http.Request, v visit) (qrView, bool, error) {
	ctx := r.Context()
	s, err := p.standing(ctx, v.person, language(r))
	if err != nil {
		return qrView{}, false, err
	}
	view := qrView{For: v.For, Provable: s.Provable, Formats: formats(), Layouts: layouts(),
		Widths: widths(), All: v.may(powerAll)}
	if v.may(powerStatus) {
		view.Sees = s.Sees
	}
	for _, code := range paperLanguages() {
		view.Languages = append(view.Languages, paperLanguage{code,
			"qr.language." + strings.ReplaceAll(code, "+", "-")})
	}
	if !s.Provable {
		p.Site.Render(w, r, http.StatusOK, "area-qr", view)
		return view, false, nil
	}
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return qrView{}, false, err
	}
	seen, err := p.confirmation(ctx, person)
	if err != nil {
		return qrView{}, false, err
	}
	// As at INPS: the number comes first, so that the codes of the second level arrive.
	if seen.At.IsZero() && v.may(powerAll) {
		http.Redirect(w, r, pathContacts+"?qr", http.StatusSeeOther)
		return view, false, nil
	}
	if view.Letters = p.Mail != nil && v.may(powerKeep); view.Letters {
		view.Email = mail.Mask(person.Contacts.Email)
	}
	return view, true, nil
}

func (p *Pages) qr(w http.ResponseWriter, r *http.Request, v visit) error {
	view, ok, err := p.ready(w, r, v)
	if !ok || err != nil {
		return err
	}
	view.choices = choices{Format: "pdf", Layout: "standard", Cells: widths()[0],
		Language: suggested(web.Language(r))}
	p.Site.Render(w, r, http.StatusOK, "area-qr", view)
	return nil
}

// chosen reads the form. An unknown value becomes the default, and no language that of the pages.
func chosen(r *http.Request) choices {
	pick := func(name string, from []string) string {
		if v := r.PostFormValue(name); slices.Contains(from, v) {
			return v
		}
		return from[0]
	}
	cells := widths()[0]
	if n, err := strconv.Atoi(r.PostFormValue("cells")); err == nil && slices.Contains(widths(), n) {
		cells = n
	}
	lang := suggested(web.Language(r))
	if r.PostForm.Has("language") {
		lang = pick("language", paperLanguages())
	}
	return choices{
		Cells: cells, Format: pick("format", formats()), Layout: pick("layout", layouts()),
		Language: lang,
		Name:     r.PostFormValue("holder") == "yes", Offline: r.PostFormValue("offline") == "yes",
	}
}

// download makes the file, and sends it to the browser or to the address on record.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, v visit) error {
	view, ok, err := p.ready(w, r, v)
	if !ok || err != nil {
		return err
	}
	view.choices = chosen(r)
	if web.Redraws(r) {
		p.Site.Render(w, r, http.StatusOK, "area-qr", view)
		return nil
	}
	byMail := r.PostFormValue("delivery") == "mail"
	show := r.PostFormValue("delivery") == "show"
	if byMail {
		view.Format = string(paper.PDF)
	}
	if show {
		view.Format = string(paper.PNG)
	}
	refuse := func(key string, minutes int) error {
		view.Wrong, view.Minutes = key, minutes
		p.Site.Render(w, r, http.StatusUnprocessableEntity, "area-qr", view)
		return nil
	}
	if byMail && view.Email == "" {
		return refuse("qr.no_email", 0)
	}
	limits := []limit{limitFile}
	if view.Offline {
		limits = append(limits, limitOffline)
	}
	if byMail {
		limits = append(limits, limitLetter)
	}
	for _, l := range limits {
		if wait, err := p.take(r.Context(), l, v.person.Reveal()); err != nil {
			return err
		} else if wait > 0 {
			return refuse("contacts.wait", wait)
		}
	}
	if byMail {
		return p.send(w, r, v, view, refuse)
	}
	act := actDownload
	if show {
		act = actShow
	}
	if err := p.trace(r.Context(), v, act, p.Now()); err != nil {
		return err
	}
	file, err := p.file(r.Context(), v, view.choices)
	if errors.Is(err, errName) {
		return refuse("qr.name_letters", 0)
	}
	if err != nil {
		return err
	}
	if show {
		p.showFile(w, r, v, view.choices, file)
		return nil
	}
	return p.attachFile(w, r, v, file)
}

// send mails the PDF to the address on record.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, v visit, view qrView,
	refuse func(string, int) error) error {
	ctx, lang := r.Context(), web.Language(r)
	person, err := p.Registry.Person(ctx, v.person)
	if err != nil {
		return err
	}
	if err := p.trace(ctx, v, actMail, p.Now()); err != nil {
		return err
	}
	file, err := p.file(ctx, v, view.choices)
	if errors.Is(err, errName) {
		return refuse("qr.name_letters", 0)
	}
	if err != nil {
		return err
	}
	name, err := p.fileName(ctx, v, file)
	if err != nil {
		return err
	}
	name = strings.Replace(name, "-invalidita", "", 1) // mailboxes show it in lists and on lock screens
	err = p.Mail.Send(ctx, mail.Message{
		To: person.Contacts.Email, Subject: p.Site.Text(lang, "letter.file_subject"),
		Text:       p.letter(lang, "letter.file", "letter.file_lost", "letter.file_not_me"),
		Attachment: mail.Attachment{Name: name, ContentType: file.Format.ContentType(), Data: file.Data},
	})
	if errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrAddress) {
		return refuse("contacts.email_refused", 0)
	}
	if err != nil {
		return err
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "qr.sent_title", Text: "qr.sent",
		Args: []any{view.Email},
		Icon: "it-check-circle", Tone: "yes", Next: pathArea, NextText: "area.back"})
	return nil
}

// letter joins the paragraphs of a letter. A paragraph that is not the key of a text is taken as it is.
func (p *Pages) letter(lang string, paragraphs ...string) string {
	var b strings.Builder
	for _, key := range paragraphs {
		if text := p.Site.Text(lang, key); text != "" {
			key = text
		}
		b.WriteString(key + "\n\n")
	}
	b.WriteString("-- \n" + p.Document.DisplayName + "\n")
	return b.String()
}
