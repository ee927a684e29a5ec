// Command issuer is an issuing body on one machine: it makes keys and issues QRs, which the command verifier
// checks. Exit codes: 0 done, 1 failed, 3 wrong call or malformed codice fiscale.
package main

import (
	"context"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

const about = "issuer issues the QR that proves, with the codice fiscale, a person's disability status."

func commands() []cli.Command {
	return []cli.Command{
		{Name: "serve", Default: true, Summary: "run the service: pages, API, registry", Run: serve},
		{Name: "import", Summary: "put people and their verbali into the registry from a file",
			Run: importCommand},
		{Name: "issue", Summary: "write a person's QR as PDF, PNG, SVG or text", Run: issue},
		{Name: "desk-card", Summary: "write a card with the right address for the desks that check",
			Run: deskCard},
		{Name: "keys", Summary: "list, add, retire, revoke, publish, replace and forget keys",
			Actions: []string{"list", "add", "retire", "revoke", "jwks", "replace", "forget"}, Run: keys},
		{Name: "migrate", Summary: "bring the database's tables up to date, or say how far they are",
			Run: migrate},
		{Name: "doctor", Summary: "look at what the service depends on, and say what to do",
			Run: doctor},
		{Name: "drill", Summary: "restore a backup beside the service, and show that it is good", Run: drill},
		{Name: "accesses", Summary: "audit the access log, or say who made an access",
			Actions: []string{"audit", "operator", "suppress", "approve", "consistency", "witness",
				"new-key"}, Run: accessesCommand},
		{Name: "otp",
			Summary: "clear a person's wrong codes, end what is pending, or list barred operators",
			Actions: []string{"clear", "cancel", "reports"}, Run: otpCommand},
		{Name: "codes", Summary: "print, activate, show or void the codes of a person without a phone",
			Actions: []string{"print", "activate", "show", "void"}, Run: codesCommand},
		{Name: "registry",
			Summary: "record a verbale, another code, who acts for whom, a lost paper; export, erase, keys",
			Actions: []string{"add-verbale", "add-title", "change-cf", "delegate", "void", "end-wait",
				"export", "erase", "keys", "add-key", "rotate"},
			Run: registryCommand},
		{Name: "sms", Summary: "send a test message through an SMS provider, or show it", Run: sendSMS},
		cli.Version("issuer", "tables", app.WantedTables),
		cli.Completion("issuer", commands),
	}
}

func main() {
	redis.SetLogger(silence{})
	if err := readSecretFiles(); err != nil {
		s := cli.Streams{Err: os.Stderr, Lang: cli.Language(os.Args[1:])}
		os.Exit(cli.Fail(s, cli.Usage, "%v", err))
	}
	cli.Main("issuer", about, commands())
}

// silence discards what the Redis client writes to standard error in addition to the errors it returns.
type silence struct{}

func (silence) Printf(context.Context, string, ...any) {}
