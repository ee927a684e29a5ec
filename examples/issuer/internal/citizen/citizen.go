// Package citizen has the start page, the tutorials, and the pages on which a person sees what the registry
// holds about them and downloads the QR.
//
// A person sees their own pages and those of the people for whom the registry lets them act; each page names
// the person it is about. The package records every act with registry.TraceAct before it acts, and the
// person sees the record. Parents and guardians, whom the body records, may do everything. The person gives a
// delegation to others and withdraws it; what such a delegate may do is in powers.go.
//
// The benefits are shown to everybody, and to a person with the answers for their status. That discloses
// nothing to anybody else, so it leaves no record.
//
// # What is kept
//
// Nothing of a QR is kept: each download and each QR on the screen is a new token. The page with the QR sends
// it back to save the same document in other formats. A browser keeps a document only if the person asks for
// it: the picture, the validity, the day and the person's pseudonym, below one path. To make a lost paper
// void, the registry keeps a cut-off for each person. A new telephone number needs a code that otp.Challenges
// sends to it, with all limits, since six digits can be guessed. A new e-mail address needs a code too long
// to guess; it is derived from a key and is not kept. The session, which is encrypted, holds the person for
// whom somebody acts. No URL holds personal data.
package citizen

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/internal/cause"
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

//go:embed words/*.json
var wordFiles embed.FS

// The folder of pictures holds a note beside them, so that it can be embedded while it has none.
//
//go:embed screenshots assets
var assets embed.FS

// Templates returns the pages, for [web.Config].
func Templates() fs.FS { return templates }

// Assets returns the scripts, and the pictures of the tutorials, for [web.Config].
func Assets() fs.FS { return assets }

// Texts returns the texts of the pages and letters, for [web.Config]. No subject of a letter says anything
// about health, since it is read on lock screens.
func Texts() web.Texts { return texts() }

var texts = sync.OnceValue(func() web.Texts { return web.MustReadTexts(wordFiles) })

// Mailer sends letters. An implementation must be safe for concurrent use and put no address into its
// errors. [mail.SMTP] is one.
type Mailer interface {
	Send(context.Context, mail.Message) error
}

// Pages are the start page and the pages below /area and /guide. All fields are required except Again, Codes,
// Presence, Consents, SMS, ShortName, SignIns, SignVideo, Mail and Log.
type Pages struct {
	Site *web.Site
	// Identity returns the person who is logged in. Login returns the path of the login page, from which the
	// browser comes back to the given path.
	Identity func(*http.Request) (login.Identity, bool)
	Login    func(back string) string
	// Again returns the path of a fresh login, in which the provider asks the person for their credentials
	// again. Contacts are changed after one only. If it is nil, because the provider does not say when it
	// asked, they are changed after a code of the number on record; a new number that has none waits.
	Again func(who login.Identity, back string) string
	// Sessions are the sessions that Identity reads. This package keeps in them the person for whom somebody
	// acts.
	Sessions *scs.SessionManager
	// SignIns lists and ends the person's sessions. If it is nil, they are not shown.
	SignIns  *session.Store
	Registry *registry.Registry
	// Accesses is the log of second-level accesses. AccessKey is its public key in the form of
	// note.NewVerifier.
	Accesses  *accesslog.Log
	AccessKey string
	// Benefits and Policy are those of the service; they decide what a desk sees.
	Benefits benefit.Catalogue
	Policy   status.Policy

	// Signer signs tokens; it is asked for each one. Its CutOffs are the Registry.
	Signer func(context.Context) (*token.Signer, error)
	// Opens is the address that a phone opens from the QR. Document holds what every PDF shows, such as
	// the name of the body.
	Opens    string
	Document qrpdf.Document

	// Codes proves telephone numbers; [NewCodes] makes one. If it is nil, no number can be changed here.
	Codes *otp.Challenges
	// Presence proves to somebody at a counter that the person is there; [NewPresence] makes one. If it is
	// nil, they declare it.
	Presence *otp.Challenges
	// Prefixes are those of the policy of Codes, for the pages; nil means "+39".
	Prefixes []string
	// Consents are the challenges of the second level, to end those that the person did not want. If it is
	// nil, there is no second level.
	Consents *otp.Challenges
	// SMS tells the number on record that contacts were changed, in the name ShortName (empty: that of
	// Document). If SMS is nil, it is not told.
	SMS       otp.Sender
	ShortName string
	// Mail sends letters. If it is nil, no address can be changed here.
	Mail Mailer
	// SignVideo is the URL of the guide in sign language; empty means that there is none.
	SignVideo string
	// Limiter bounds how often a person can request letters and files.
	Limiter otp.Limiter
	// Key derives the codes in letters and the pseudonyms in the names of the limits. It is the same in all
	// processes.
	Key [32]byte
	Now func() time.Time
	// Log receives errors without personal data; nil discards them.
	Log *slog.Logger
}

// The paths of the pages.
const (
	pathStart    = "/"
	pathCitizen  = "/guide/citizen"
	pathGuide    = "/guide/"
	pathOperator = pathGuide + "operator"
	pathArea     = "/area"
	pathQR       = "/area/qr"
	pathShow     = "/area/qr/show"
	pathPresent  = "/area/qr/present"
	pathLost     = "/area/qr/lost"
	pathContacts = "/area/contacts"
	pathPhone    = pathContacts + "/phone"
	pathKnown    = pathContacts + "/known"
	pathList     = pathContacts + "/list"
	pathAccesses = "/area/accesses"
	pathActing   = "/area/acting"
	pathSessions = "/area/sessions"

	pathDelegates = "/area/delegates"
	pathEntitled  = "/area/benefits"
	pathBenefits  = "/benefits"
)

// Mux is what Register needs of [http.ServeMux].
type Mux interface {
	Handle(pattern string, h http.Handler)
	HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request))
}

// Register adds the pages to the mux.
func (p *Pages) Register(mux Mux) {
	mux.HandleFunc("GET "+pathStart+"{$}", p.start)
	p.guides(mux)
	for path, do := range map[string]handler{
		pathArea: p.home, pathQR: p.whilePresent(p.qr), pathPresent: p.atCounter(p.presence),
		pathLost: p.lost, pathLost + "/done": p.voided,
		pathContacts: p.contacts, pathAccesses: p.accesses, pathActing: p.acting,
		pathDelegates: p.delegates, pathEntitled: p.entitled,
	} {
		mux.HandleFunc("GET "+path, p.page(do))
	}
	for path, do := range map[string]handler{pathQR: p.whilePresent(p.download), pathLost: p.void,
		pathPresent: p.atCounter(p.proveHere),
		pathActing:  drawn(p.acting, p.actFor), pathContacts: p.keepTyped(p.enter),
		pathDelegates: drawn(p.drawDelegates, p.guardedAt(pathDelegates, "delegates.fresh", p.give))} {
		mux.HandleFunc("POST "+path, p.form(do))
	}
	mux.HandleFunc("GET "+pathKept+"{$}", p.kept)
	mux.HandleFunc("GET "+pathWorker, worker)
	mux.HandleFunc("GET "+pathCutOff, p.page(p.cutOff))
	below := func(page string, forms map[string]handler) {
		for path, do := range forms {
			mux.HandleFunc("POST "+page+path, p.form(do))
			// A browser that gets here by a link to another language or from its history starts at the page
			// with the form.
			mux.Handle("GET "+page+path, http.RedirectHandler(page, http.StatusSeeOther))
		}
	}
	mux.HandleFunc("GET "+pathBenefits, p.benefitsPage)
	mux.HandleFunc("POST "+pathBenefits, p.benefitsPage)
	below(pathDelegates, map[string]handler{"/withdraw": p.withdraw})
	below(pathQR, map[string]handler{"/show": p.whilePresent(p.again),
		"/present/code":   p.atCounter(p.hearHere),
		"/present/resend": p.atCounter(p.resendHere)})
	below(pathAccesses, map[string]handler{"/proof": p.proof, "/not-me": p.notMe})
	below(pathContacts, map[string]handler{"/confirm": p.keepTyped(p.confirm),
		"/language":     p.keepTyped(p.setLanguage),
		"/phone/remove": p.keepTyped(p.guarded(p.sure("phone", p.removePhone))),
		"/email/remove": p.keepTyped(p.guarded(p.sure("email", p.removeEmail)))})
	if p.SignIns != nil {
		mux.HandleFunc("GET "+pathSessions, p.page(p.sessions))
		below(pathSessions, map[string]handler{"/end": p.endSession})
	}
	if p.Codes != nil && p.Consents != nil {
		mux.HandleFunc("GET "+pathList, p.page(p.list))
		mux.HandleFunc("POST "+pathList, p.form(p.withFresh(p.makeList)))
		below(pathList, map[string]handler{"/file": p.withFresh(p.listFile),
			"/code": drawn(p.drawList, p.withFresh(p.listCode)), "/remove": p.withFresh(p.voidList)})
	}
	if p.Codes != nil {
		below(pathContacts, map[string]handler{
			"/phone":        p.keepTyped(p.guardedNumber(p.setPhone)),
			"/phone/code":   drawn(p.drawCode(pathPhone), p.guardedNumber(p.provePhone)),
			"/phone/resend": p.guardedNumber(p.resendCode),
			"/known":        p.keepTyped(p.withKnown(p.askKnown)),
			"/known/code":   drawn(p.drawCode(pathKnown), p.withKnown(p.proveKnown)),
			"/known/resend": p.withKnown(p.resendKnown),
		})
	}
	if p.Mail != nil {
		below(pathContacts, map[string]handler{"/email": p.keepTyped(p.guarded(p.setEmail)),
			"/email/code": drawn(p.drawLetter, p.guarded(p.proveEmail))})
	}
}

func language(r *http.Request) status.Language { return status.Language(web.Language(r)) }

// today returns the date in the zone of the site.
func (p *Pages) today() status.Date { return status.DateOf(p.Now().In(p.Site.Zone())) }

// fault answers after an internal error. The log gets only what [cause.Text] says of the error, since its
// text may hold personal data.
func (p *Pages) fault(w http.ResponseWriter, r *http.Request, err error) {
	if p.Log != nil {
		p.Log.ErrorContext(r.Context(), "citizen's page failed", "page", r.Pattern, "cause", cause.Text(err))
	}
	p.Site.Say(w, r, http.StatusServiceUnavailable,
		web.Message{Title: "area.fault_title", Text: "area.fault", Next: pathArea, NextText: "area.back"})
}
