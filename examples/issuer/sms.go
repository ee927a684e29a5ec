package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/otp"
)

const smsUsage = `Usage: issuer sms send -provider NAME -to +39... [-dry-run] [flags]

Sends a test message through a provider, or with -dry-run shows the exact request and sends nothing. Settings
come from the environment or from a file of lines NAME=value (mode 600), which the environment overrides:

`

// smsWait bounds one test message.
const smsWait = 30 * time.Second

func sendSMS(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("sms", smsUsage+smsSettingsHelp(), s)
	provider := fs.String("provider", "", "`NAME`: "+strings.Join(smsProviderNames(), ", "))
	to := fs.String("to", "", "`NUMBER` in E.164 form, such as +393510000067")
	text := fs.String("text", "123456 codice di prova", "what the message says")
	dryRun := fs.Bool("dry-run", false, "show the request, with secrets masked, and send nothing")
	config := fs.String("config", "", "`FILE` of settings")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) != 1 || rest[0] != "send":
		return cli.Fail(s, cli.Usage, "sms wants send (-h explains)")
	}
	p, ok := findSMSProvider(*provider)
	if !ok {
		return cli.Fail(s, cli.Usage, "-provider is one of %s", strings.Join(smsProviderNames(), ", "))
	}
	phone, err := otp.ParsePhone(*to)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-to: %v", err)
	}
	values, err := readSettings(*config, p.settings())
	if err != nil {
		return cli.Fail(s, cli.Usage, "settings: %v", err)
	}
	var via transport
	if *dryRun {
		via.show = &showing{w: s.Out, secrets: p.secrets(values)}
	}
	sender, err := p.open(values, via)
	if err != nil {
		return cli.Fail(s, cli.Usage, "settings: %v (they are %s)", err, strings.Join(p.settings(), ", "))
	}
	if closer, ok := sender.(io.Closer); ok {
		defer closer.Close()
	}
	ctx, cancel := context.WithTimeout(ctx, smsWait)
	defer cancel()
	if ready, ok := sender.(otp.ReadySender); ok && !*dryRun {
		if err := ready.Ready(ctx); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
	}
	submission, err := sender.Send(ctx, otp.Message{
		ID:          "test." + time.Now().UTC().Format("20060102150405"),
		To:          phone,
		Channel:     otp.SMS,
		Text:        otp.NewText(*text),
		Comparison:  "00",
		DisplayName: "PROVA",
		Locale:      "it",
		Life:        10 * time.Minute,
		Send:        1,
	})
	switch {
	case *dryRun && via.show.shown():
		return cli.OK
	case err != nil:
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	fmt.Fprintf(s.Out, "Accepted by %s as %s\n", submission.Provider, submission.ProviderID)
	return cli.OK
}
