package citizen

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// qrView is the form for the QR.
type qrView struct {
	For whose
	// Provable: there is a status to prove. Where there is none the page says so.
	Provable bool
	Sees     string
	// What is chosen, and what there is to choose.
	choices
	Formats, Layouts []string
	Languages        []paperLanguage
	// Email is the masked address on file; empty: none. Letters can be sent at all.
	Email   string
	Letters bool
	// Wrong is the key of what went wrong, with the minutes to wait.
	Wrong   string
	Minutes int
}

// choices are what a person chooses of a file.
type choices struct {
	Format, Layout, Language string
	Name, Offline            bool
}

func formats() []string { return []string{"pdf", "png", "svg"} }
func layouts() []string { return []string{"standard", "large-print", "wallet"} }

// paperLanguages are those of the PDF; the pairs are for where two languages are official.
func paperLanguages() []string {
	return []string{"it", "it+de", "it+fr", "it+sl", "en", "de", "fr", "sl"}
}

// paperLanguage is one to choose, with the key of its text.
type paperLanguage struct{ Code, Key string }

// suggested is the language of the paper for one of the pages: a desk in Italy reads Italian.
func suggested(lang string) string {
	if pair := "it+" + lang; slices.Contains(paperLanguages(), pair) {
		return pair
	}
	return lang
}

// ready answers for whoever may not have a QR yet, and otherwise returns the form.
func (p *Pages) ready(w http.ResponseWriter, r *http.Request, v visit) (qrView, bool, error) {
	ctx := r.Context()
	s, err := p.standing(ctx, v.person, language(r))
	if err != nil {
		return qrView{}, false, err
	}
	view := qrView{For: v.For, Provable: s.Provable, Sees: s.Sees, Formats: formats(), Layouts: layouts()}
	for _, code := range paperLanguages() {
		view.Languages = append(view.Languages, paperLanguage{code, "qr.language." + strings.ReplaceAll(code, "+", "-")})
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
	if seen.At.IsZero() { // as INPS does: the number first, so that the codes of the second level arrive
		http.Redirect(w, r, pathContacts+"?qr", http.StatusSeeOther)
		return view, false, nil
	}
	if view.Letters = p.Mail != nil; view.Letters {
		view.Email = mail.Mask(person.Contacts.Email)
	}
	return view, true, nil
}

func (p *Pages) qr(w http.ResponseWriter, r *http.Request, v visit) error {
	view, ok, err := p.ready(w, r, v)
	if !ok || err != nil {
		return err
	}
	view.choices = choices{Format: "pdf", Layout: "standard", Language: suggested(web.Language(r))}
	p.Site.Render(w, r, http.StatusOK, "area-qr", view)
	return nil
}

// chosen reads the form; what is not to choose becomes the default.
func chosen(r *http.Request) choices {
	pick := func(name string, from []string) string {
		if v := r.PostFormValue(name); slices.Contains(from, v) {
			return v
		}
		return from[0]
	}
	return choices{
		Format: pick("formato", formats()), Layout: pick("foglio", layouts()), Language: pick("lingua", paperLanguages()),
		Name: r.PostFormValue("nome") == "si", Offline: r.PostFormValue("senza-rete") == "si",
	}
}

// download makes the file and hands it over, or sends it to the address on file.
func (p *Pages) download(w http.ResponseWriter, r *http.Request, v visit) error {
	view, ok, err := p.ready(w, r, v)
	if !ok || err != nil {
		return err
	}
	view.choices = chosen(r)
	byMail := r.PostFormValue("azione") == "mail"
	if byMail {
		view.Format = string(paper.PDF)
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
	if err := p.trace(r.Context(), v, actDownload, p.Now()); err != nil {
		return err
	}
	file, err := p.file(r.Context(), v, view.choices)
	if errors.Is(err, errName) {
		return refuse("qr.name_letters", 0)
	}
	if err != nil {
		return err
	}
	attach(w, file.Format.ContentType(), "qr."+string(file.Format), file.Data)
	return nil
}

// send sends the PDF to the address on file.
func (p *Pages) send(w http.ResponseWriter, r *http.Request, v visit, view qrView, refuse func(string, int) error) error {
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
	err = p.Mail.Send(ctx, mail.Message{
		To: person.Contacts.Email, Subject: p.Site.Text(lang, "letter.file_subject"),
		Text:       p.letter(lang, "letter.file", "letter.file_lost", "letter.file_not_me"),
		Attachment: mail.Attachment{Name: "qr.pdf", ContentType: file.Format.ContentType(), Data: file.Data},
	})
	if errors.Is(err, mail.ErrRefused) || errors.Is(err, mail.ErrAddress) {
		return refuse("contacts.email_refused", 0)
	}
	if err != nil {
		return err
	}
	p.Site.Say(w, r, http.StatusOK, web.Message{Title: "qr.sent_title", Text: "qr.sent", Args: []any{view.Email},
		Icon: "it-check-circle", Tone: "yes", Next: pathArea, NextText: "area.back"})
	return nil
}

// letter makes the paragraphs of a letter. What is the key of no text stands for itself.
func (p *Pages) letter(lang string, paragraphs ...string) string {
	var b strings.Builder
	for _, key := range paragraphs {
		if text := p.Site.Text(lang, key); text != "" {
			key = text
		}
		b.WriteString(key + "\n\n")
	}
	b.WriteString("-- \n" + p.Document.Issuer + "\n")
	return b.String()
}
