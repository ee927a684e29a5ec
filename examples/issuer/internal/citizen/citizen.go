// Package citizen has the start page, the pages on which a person sees what the registry holds about them and takes the QR
// home, and the tutorials.
//
// Everybody sees their own pages, and those of the people whom the registry lets them act for; each page then says for whom. What
// is done there is traced before it is done (registry.TraceAct), and the person sees it.
//
// # What is kept
//
// Of a QR nothing: each download signs a fresh token, and a lost paper is made void by the cut-off that the registry keeps for
// each person. A new telephone number must be proven by a code that otp.Challenges sends to it, with all of its limits, since six
// digits can be guessed; a new e-mail address by a code so long that nobody guesses it, which follows from a key and is not
// kept. In the session stands for whom somebody acts, encrypted as all of it. No address holds anything about anybody.
package citizen

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

//go:embed pages/*.gohtml
var templates embed.FS

//go:embed texts/*.txt
var texts embed.FS

// The folder holds a note beside the pictures, so that it can be embedded before there are any.
//
//go:embed screenshots
var screenshots embed.FS

// Templates returns the pages, for [web.Config].
func Templates() fs.FS { return templates }

// Assets returns the pictures of the tutorials, for [web.Config].
func Assets() fs.FS { return screenshots }

// Texts returns the texts of the pages, for [web.Config].
func Texts() (web.Texts, error) {
	files, err := fs.Glob(texts, "texts/*.txt")
	if err != nil {
		return web.Texts{}, err
	}
	var all strings.Builder
	for _, name := range files {
		text, err := texts.ReadFile(name)
		if err != nil {
			return web.Texts{}, err
		}
		if _, err := web.ParseTexts("citizen/"+name, string(text)); err != nil { // names the file and the line
			return web.Texts{}, err
		}
		all.Write(text)
		all.WriteByte('\n')
	}
	return web.ParseTexts("citizen/texts", all.String())
}

// Mailer sends letters. It must be safe for concurrent use and put no address into its errors. [mail.SMTP] is one.
type Mailer interface {
	Send(context.Context, mail.Message) error
}

// Pages are the start page and what lies below /area and /guida. All fields are needed but Codes, Mail and Log.
type Pages struct {
	Site *web.Site
	// Identity returns who is logged in. Login returns the path at which to log in and from which the browser comes back to
	// the path given.
	Identity func(*http.Request) (login.Identity, bool)
	Login    func(back string) string
	// Sessions is what Identity comes from; here it keeps for whom somebody acts.
	Sessions *scs.SessionManager
	Registry *registry.Registry
	// Accesses is who looked at the second level, and AccessKey the public key of that log in the form of note.NewVerifier.
	Accesses  *accesslog.Log
	AccessKey string
	// Benefits and Policy are those of the service: they say what a desk sees.
	Benefits benefit.Catalogue
	Policy   status.Policy

	// Issuer signs tokens; it is asked for each one.
	Issuer func(context.Context) (*token.Issuer, error)
	// Opens is the address that a phone opens from the QR. Document is what stands on every PDF: the body's name and the like.
	Opens    string
	Document qrpdf.Document

	// Codes proves telephone numbers; [NewCodes] makes one. Nil: no number can be changed here.
	Codes *otp.Challenges
	// Mail sends letters; nil: there are none, and no address can be changed here.
	Mail Mailer
	// Limiter bounds how often a person has letters sent and files made.
	Limiter otp.Limiter
	// Key makes the codes in letters and the pseudonyms in the names of the limits; the same on all machines.
	Key [32]byte
	Now func() time.Time
	// Log takes faults, without personal data; nil means silence.
	Log *slog.Logger
}

// The paths.
const (
	pathStart    = "/"
	pathCitizen  = "/guida/cittadino"
	pathOperator = "/guida/operatore"
	pathArea     = "/area"
	pathQR       = "/area/qr"
	pathLost     = "/area/qr/smarrito"
	pathContacts = "/area/contatti"
	pathAccesses = "/area/accessi"
	pathActing   = "/area/per"
)

// Register puts the pages onto the mux.
func (p *Pages) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET "+pathStart+"{$}", p.start)
	mux.HandleFunc("GET "+pathCitizen, p.guide("guide-citizen", citizenSteps()))
	mux.HandleFunc("GET "+pathOperator, p.guide("guide-operator", operatorSteps()))
	for path, do := range map[string]handler{
		pathArea: p.home, pathQR: p.qr, pathLost: p.lost, pathLost + "/fatto": p.voided,
		pathContacts: p.contacts, pathAccesses: p.accesses, pathActing: p.acting,
	} {
		mux.HandleFunc("GET "+path, p.page(do))
	}
	for path, do := range map[string]handler{pathQR: p.download, pathLost: p.void, pathActing: p.actFor} {
		mux.HandleFunc("POST "+path, p.form(do))
	}
	below := func(page string, forms map[string]handler) {
		for path, do := range forms {
			mux.HandleFunc("POST "+page+path, p.form(do))
			// Whoever comes to it by a link to another language or from the history begins at the page that has the form.
			mux.Handle("GET "+page+path, http.RedirectHandler(page, http.StatusSeeOther))
		}
	}
	below(pathAccesses, map[string]handler{"/prova": p.proof})
	below(pathContacts, map[string]handler{"/conferma": p.confirm, "/lingua": p.setLanguage, "/telefono/togli": p.removePhone, "/email/togli": p.removeEmail})
	if p.Codes != nil {
		below(pathContacts, map[string]handler{"/telefono": p.setPhone, "/telefono/codice": p.provePhone, "/telefono/rinvio": p.resendCode})
	}
	if p.Mail != nil {
		below(pathContacts, map[string]handler{"/email": p.setEmail, "/email/codice": p.proveEmail})
	}
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }

// today is the day in Rome.
func (p *Pages) today() status.Date { return status.DateOf(p.Now().In(web.Rome())) }

// fault answers what went wrong here. The log has the types of the error only: its text may come from anywhere.
func (p *Pages) fault(w http.ResponseWriter, r *http.Request, err error) {
	if p.Log != nil {
		p.Log.ErrorContext(r.Context(), "citizen's page failed", "page", r.Pattern, "cause", chain(err))
	}
	p.Site.Say(w, r, http.StatusServiceUnavailable, web.Message{Title: "area.fault_title", Text: "area.fault", Next: pathArea, NextText: "area.back"})
}

// chain names the types along an error.
func chain(err error) string {
	var names []string
	for err != nil {
		names = append(names, fmt.Sprintf("%T", err))
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			err = e.Unwrap()[0]
		default:
			err = nil
		}
	}
	return strings.Join(names, " ")
}
