package main

import (
	"context"
	"errors"
	"flag"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

const serveUsage = `Usage: issuer [serve] [flags]

Runs the issuing body: the citizen's area, the page that a QR opens, and the API for checking desks. Without
flags everything is embedded and for this machine only, with invented people to log in as.

  where it is     -addr -public-url -origins -tls-cert -tls-key -lan -trusted-proxies
                  -address-limit -dev
  what is kept    -data -db -db-conns -keep-tables -redis -redis-plain -journal
                  -accept-rollback -issuer-name -signer -pepper-file
  who logs in     -oidc-issuer -oidc-client-id -oidc-secret-file -oidc-claims -oidc-organisation
                  -ipa -oidc-acr-map -oidc-ways -oidc-no-auth-time -oidc-audience -oidc-scope -oidc-role
                  -cns-addr -cns-url -cns-ca -cns-crl -cns-no-crl -cns-policies -cns-header
  what is said    -body -zone -contact -security-contact -void-phone -logo -policy -catalogue
                  -accessibility-url -feedback-url -privacy-url -help-url -without-duties
                  -sign-video-url
  what apps show  -wallet-cert -wallet-key -wallet-anchors -wallet-url -wallet-name -wallet-logo
                  -wallet-receipt-key
  what is sent    -sms -sms-name -phone-prefixes -smtp -smtp-from -smtp-user -smtp-password-file
  who runs it     -config -ops-addr -otel-endpoint -start-wait -drain -log -verbose

Each flag can also be set in the environment or in a file of lines NAME=value (-config), where the name of
-public-url is ISSUER_PUBLIC_URL and so on. A flag overrides the environment, which overrides the file. The
settings of the -sms providers, which "issuer sms -h" lists, come from the same places.

SIGHUP makes it read certificates, keys, peppers and lists of revoked cards again.

Exit codes: 0 ended by a signal, 1 something does not answer, 3 a setting is wrong (the message names it).
`

func serve(ctx context.Context, args []string, s cli.Streams) int {
	aimMemory(memoryAim)
	return withSettings("serve", serveUsage, args, s, func(v *serving) int {
		if err := v.run(ctx, s); err != nil {
			return cli.Fail(s, failure(err), "%v", err)
		}
		return cli.OK
	})
}

// withSettings runs a command that has the settings of the service, and more flags.
func withSettings(name, usage string, args []string, s cli.Streams, run func(*serving) int,
	more ...func(*flag.FlagSet)) int {
	var v serving
	fs := cli.Flags(name, usage, s)
	v.flags(fs)
	for _, add := range more {
		add(fs)
	}
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "unexpected argument %q (-h explains)", rest[0])
	}
	closers, err := v.settle(fs, s.Err)
	defer func() {
		for _, c := range closers {
			c.Close()
		}
	}()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	return run(&v)
}

func (v *serving) run(ctx context.Context, s cli.Streams) error {
	if err := v.Check(); err != nil {
		return err
	}
	hangups, stop := terminal.Hangups(s.Out)
	defer stop()
	made := false
	v.Hangup = hangups
	v.FirstKeys = func(ctx context.Context) (err error) {
		made, err = v.makeKeys(ctx)
		return err
	}
	a, err := app.Open(ctx, v.Config)
	if err != nil {
		return err
	}
	if !v.Elsewhere() {
		if err := openData(v.Data, v.IssuerName).publish(ctx); err != nil {
			return errors.Join(words.Errorf("-data: keys: %w", err), a.Close())
		}
	}
	greet(s.Out, a, made)
	return errors.Join(a.Serve(ctx), a.Close())
}

// makeKeys makes the missing keys and reports whether there were any.
func (v *serving) makeKeys(ctx context.Context) (made bool, err error) {
	d := openData(v.Data, v.IssuerName)
	if v.Elsewhere() {
		return d.referenceKey(ctx)
	}
	_, made, err = d.issuer(ctx)
	return made, err
}
