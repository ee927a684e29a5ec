package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/dev"
)

// tryPath is the first page of the demonstration.
const tryPath = "/dev/"

// outbox returns the outbox of the demonstration.
func (a *App) outbox() dev.Outbox { return dev.Outbox{DB: a.db, Now: time.Now} }

// openOutbox creates the outbox. If there is no mail server, the letters of the demonstration go there.
func (a *App) openOutbox(ctx context.Context) error {
	if !a.demo() && !a.DevPhone {
		return nil
	}
	if err := a.outbox().Migrate(ctx); err != nil {
		return &Fault{"db", err}
	}
	if a.demo() && a.Mail.Server == "" {
		a.mailer = dev.Mailbox{Outbox: a.outbox()}
	}
	return nil
}

// loginAs logs a persona of the demonstration in.
func (a *App) loginAs(w http.ResponseWriter, r *http.Request, persona, back string) {
	devidp.Choose(w, persona)
	http.Redirect(w, r, "/auth/login?"+url.Values{"via": {"spid"}, "return": {back}}.Encode(),
		http.StatusSeeOther)
}

// playground mounts the development pages. In the demonstration these are all of them. Otherwise, if
// messages go to the development phone, only the phone pages are mounted. Config.Check has already
// refused settings that would expose them.
func (a *App) playground(mux *http.ServeMux) {
	pages := &dev.Pages{Site: a.site, Outbox: a.outbox(), Registry: a.registry, Signer: a.keys.Signer,
		Client: a.client, Now: time.Now, Benefits: a.benefits, Login: loginPath, Done: a.streams.Done()}
	switch {
	case a.demo():
		pages.Personas, pages.LoginAs = demo.Personas(), a.loginAs
		pages.Register(mux)
	case a.DevPhone:
		pages.RegisterMessages(mux)
	}
}
