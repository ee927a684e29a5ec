package app

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/paper"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/internal/secret"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/token"
)

// Letters holds the settings of the mail. The comment of each field names its flag.
type Letters struct {
	Server       string // -smtp; empty: no letters are sent
	From         string // -smtp-from
	User         string // -smtp-user
	PasswordFile string // -smtp-password-file
}

// implicitTLS is the port that uses TLS from the start (RFC 8314).
const implicitTLS = "465"

func (s *settled) letters() error {
	if s.Mail.Server == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(s.Mail.Server)
	if err != nil {
		return wrong("smtp", "%q is not HOST:PORT", s.Mail.Server)
	}
	from, err := mail.ParseAddress(s.Mail.From)
	if err != nil {
		return wrong("smtp-from", "is not a bare address such as qr@ente.example.it")
	}
	server := mail.SMTP{Address: s.Mail.Server, ImplicitTLS: port == implicitTLS, From: from,
		User: s.Mail.User}
	if s.Mail.PasswordFile != "" {
		text, err := file.ReadPrivate(s.Mail.PasswordFile, maxPrivate)
		if err != nil {
			return &FlagError{"smtp-password-file", err}
		}
		server.Password = secret.New("password", strings.TrimSpace(string(text)))
	}
	s.mailer = server
	return nil
}

// maxLogo bounds the file of the logo, in bytes; qrpdf refuses files of half this size already.
const maxLogo = 1 << 20

func (s *settled) print() error {
	s.document = qrpdf.Document{DisplayName: s.Body, Policy: qrpdf.Policy(s.policy)}
	if err := paper.Say(&s.document, "contact", s.Contact); err != nil {
		return &FlagError{"contact", err}
	}
	if err := paper.Say(&s.document, "void_phone", s.VoidPhone); err != nil {
		return &FlagError{"void-phone", err}
	}
	if s.Logo == "" {
		return nil
	}
	logo, err := file.Read(s.Logo, maxLogo)
	if err != nil {
		return &FlagError{"logo", err}
	}
	s.document.Logo = qrpdf.Logo{Alt: s.Body, Data: logo}
	return nil
}

// citizenPages returns the pages of the citizen's area.
func (a *App) citizenPages(ctx context.Context) (*citizen.Pages, error) {
	codes, err := a.challengesConfig()
	if err != nil {
		return nil, err
	}
	key, err := a.secret.Key("issuer/citizen", nil)
	if err != nil {
		return nil, err
	}
	p := &citizen.Pages{
		Site: a.site, Identity: a.login.Identity, Login: loginPath, Sessions: a.sessions, SignIns: a.signIns,
		Registry: a.registry, Accesses: a.accesses, AccessKey: a.accessKey, Benefits: a.benefits,
		Policy: a.policy, Consents: a.challenges,
		Signer: a.timelySigner, Opens: a.URL() + checkPath, Document: a.document,
		SMS: a.sender, ShortName: cmp.Or(a.SMSName, a.Body), Mail: a.mailer, Prefixes: a.Prefixes,
		Limiter: a.counts, Key: [32]byte(key), Now: time.Now, Log: a.Log, SignVideo: a.SignVideo,
	}
	if !a.Login.NoAuthTime {
		p.Again = a.login.Again
	}
	p.Document.VoidAt, p.Document.SecondLevel = a.public.Host+"/area", a.challenges != nil
	if codes.Sender != nil {
		if p.Codes, err = citizen.NewCodes(codes); err != nil {
			return nil, a.nameFault(err)
		}
		if p.Presence, err = citizen.NewPresence(codes); err != nil {
			return nil, a.nameFault(err)
		}
	}
	return p, a.tryPaper(ctx, p)
}

// tryPaper makes a paper and discards it, so that an unusable name or logo shows before a person asks.
func (a *App) tryPaper(ctx context.Context, p *citizen.Pages) error {
	issuer, err := a.keys.Signer(ctx) // by a wrong clock too: the key set can be served
	if err != nil {
		return &Fault{"data", err}
	}
	try := func(f paper.Format, layout qrpdf.Layout, lang string) error {
		order := paper.Order{Person: demo.Personas()[0].CF, Opens: p.Opens, Format: f, Document: p.Document}
		order.Document.Layout, order.Document.Lang = layout, lang
		if _, err := order.Make(ctx, issuer); err != nil {
			return wrong(flagAtFault(ctx, issuer, order), "no paper can be made: %w", err)
		}
		return nil
	}
	for _, layout := range []qrpdf.Layout{qrpdf.Standard, qrpdf.LargePrint, qrpdf.Wallet, qrpdf.Easy} {
		if err := try(paper.PDF, layout, ""); err != nil {
			return err
		}
	}
	for _, lang := range status.Languages() { // the signs of Braille differ
		if err := try(paper.Braille, qrpdf.Standard, string(lang)); err != nil {
			return err
		}
	}
	return nil
}

// flagAtFault returns the flag without whose value the paper can be made. If there is none, it returns
// -body, which every paper needs.
func flagAtFault(ctx context.Context, issuer *token.Signer, o paper.Order) string {
	for flag, without := range map[string]func(*paper.Order){
		"logo":       func(o *paper.Order) { o.Document.Logo = qrpdf.Logo{} },
		"contact":    func(o *paper.Order) { o.Document.Contact, o.Document.Wording = "", nil },
		"void-phone": func(o *paper.Order) { o.Document.VoidPhone, o.Document.Wording = "", nil },
		"public-url": func(o *paper.Order) { o.Opens, o.Document.VoidAt = "https://a.it/q", "" },
	} {
		other := o
		without(&other)
		if _, err := other.Make(ctx, issuer); err == nil {
			return flag
		}
	}
	return "body"
}

// patience is the time for which a request waits for its turn.
const patience = 10 * time.Second

// limitConcurrency passes on as many requests at a time as there are processors: a paper keeps one processor
// busy, and one of the offline profile takes 64 MiB. A request that waits longer than patience gets busy.
func limitConcurrency(next, busy http.Handler) http.Handler {
	turns := make(chan struct{}, runtime.GOMAXPROCS(0))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		late := time.NewTimer(patience)
		defer late.Stop()
		select {
		case turns <- struct{}{}:
			defer func() { <-turns }()
			next.ServeHTTP(w, r)
		case <-late.C:
			busy.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}
