package citizen

import (
	"errors"
	"net/http"
	"slices"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// mistake is an entry of the summary above a form, for the template "mistakes" of package web: the id of the
// field, and the keys of its label and of the text about the mistake.
type mistake struct{ Field, Label, Text string }

// mistakes returns those that have a text.
func mistakes(all ...mistake) []mistake {
	return slices.DeleteFunc(all, func(m mistake) bool { return m.Text == "" })
}

// textOf returns the key of the text about the mistake in the field, or "".
func textOf(all []mistake, field string) string {
	for _, m := range all {
		if m.Field == field {
			return m.Text
		}
	}
	return ""
}

// Mistakes returns the mistakes in the order of the fields.
func (v contactsView) Mistakes() []mistake {
	return mistakes(mistake{"known", "contacts.known_send", v.KnownWrong},
		mistake{"number", "contacts.number", v.NumberWrong},
		mistake{"email", "contacts.address", v.AddressWrong},
		mistake{"language", "contacts.language_label", v.LanguageWrong})
}

// Mistakes returns the mistake in the code.
func (v codeView) Mistakes() []mistake { return mistakes(mistake{"code", "contacts.code", v.Wrong}) }

// Mistakes returns the mistake in the code, or what stops the request for one.
func (v listView) Mistakes() []mistake {
	if v.Challenge.ID == "" {
		return mistakes(mistake{"start", "list.start", v.Wrong})
	}
	return mistakes(mistake{"code", "contacts.code", v.Wrong})
}

// Mistakes returns the mistake in the code.
func (v letterView) Mistakes() []mistake { return mistakes(mistake{"code", "contacts.code", v.Wrong}) }

// Mistakes returns the mistake in the choices: the name, or else what stops every file.
func (v qrView) Mistakes() []mistake {
	if v.Wrong == "qr.name_letters" {
		return mistakes(mistake{"holder-yes", "qr.name", v.Wrong})
	}
	return mistakes(mistake{"download", "qr.download", v.Wrong})
}

// Redraw implements [web.Redrawer].
func (v contactsView) Redraw() string {
	switch {
	case !v.Known:
		return ""
	case v.Removing != "":
		return pathContacts + "/" + v.Removing + "/remove"
	}
	return pathContacts
}

// Redraw implements [web.Redrawer].
func (v codeView) Redraw() string { return v.Path + "/code" }

// Redraw implements [web.Redrawer].
func (v listView) Redraw() string {
	switch {
	case v.Challenge.ID != "":
		return pathList + "/code"
	case v.Sure:
		return pathList + "/remove"
	}
	return ""
}

// Redraw implements [web.Redrawer].
func (letterView) Redraw() string { return pathContacts + "/email/code" }

// drawn renders a page in another language with draw. Any other form is for do.
func drawn(draw, do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		if web.Redraws(r) {
			return draw(w, r, v)
		}
		return do(w, r, v)
	}
}

// drawCode shows the page of a code that is still open.
func (p *Pages) drawCode(path string) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		c, err := p.Codes.Status(r.Context(), otp.Ref{Parties: p.parties(v), ID: r.PostFormValue("id")})
		switch {
		case errors.Is(err, otp.ErrNotFound), err == nil && c.State != otp.Pending:
			return p.overPhone(w, r, path)
		case err != nil:
			return err
		}
		p.showCode(w, r, v, codeView{Challenge: c, Number: r.PostFormValue("number"), Path: path,
			Typed: r.PostFormValue("code")})
		return nil
	}
}

func (p *Pages) drawLetter(w http.ResponseWriter, r *http.Request, v visit) error {
	p.Site.Render(w, r, http.StatusOK, "area-email", letterView{For: v.For,
		Address: r.PostFormValue("email"), Typed: r.PostFormValue("code")})
	return nil
}
