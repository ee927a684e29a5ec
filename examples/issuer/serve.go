package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

const serveUsage = `Usage: issuer [serve] [flags]

Runs the issuing body: the citizen's area, the page that a QR opens, the API for checking desks. Without flags everything
is embedded and for this machine only, with invented people to log in as.

Each flag can also be set in the environment or in a file of lines NAME=value (-config), where -public-url is called
ISSUER_PUBLIC_URL and so on; a flag goes over the environment, and that over the file. The providers of -sms take the
settings that "issuer sms -h" lists from there.

Exit codes: 0 ended by a signal, 1 something does not answer, 3 a setting is wrong (the message names it).
`

// settingPrefix stands before a flag's name in the environment and in the file.
const settingPrefix = "ISSUER_"

// The words of -sms that are no providers.
const (
	smsDev  = "dev"
	smsNone = "none"
)

// serving is what the flags say.
type serving struct {
	app.Config
	config, sms, log string
	verbose          bool
	settings         []string // every name that a file may hold
}

func (v *serving) flags(fs *flag.FlagSet) {
	text := func(p *string, name, value, usage string) { fs.StringVar(p, name, value, usage) }
	text(&v.config, "config", "", "`FILE` of settings, mode 600")

	text(&v.Addr, "addr", "", "`HOST:PORT` to listen on (default 127.0.0.1:8080, with -lan 0.0.0.0:8443)")
	text(&v.PublicURL, "public-url", "", "`URL` at which browsers reach it (default made of -addr)")
	text(&v.TLSCert, "tls-cert", "", "certificate `FILE`, PEM; read again when it is renewed")
	text(&v.TLSKey, "tls-key", "", "its private key `FILE`, PEM")
	fs.BoolVar(&v.LAN, "lan", false, "for a phone in the same network: https with a throw-away certificate; wants -dev")
	text(&v.Proxies, "trusted-proxies", "", "`ADDRESSES` or networks of reverse proxies whose X-Forwarded-For counts, with commas between them")
	text(&v.OpsAddr, "ops-addr", "127.0.0.1:9464", "`HOST:PORT` of metrics, health and profiles, for whoever runs it; empty: none")
	fs.DurationVar(&v.Drain, "drain", 0, "how long to go on after the signal to stop, so that a load balancer notices; such as 5s")

	text(&v.Data, "data", cli.DataDir("issuer"), "`FOLDER` of the keys and of the database")
	text(&v.Issuer, "issuer", "", "the issuer's `NAME`, an https URL, for the first key (default "+exampleIssuer+")")
	text(&v.Body, "body", "Ente di prova", "`NAME` of the body on pages, papers and messages: at most 24 letters")
	text(&v.DB, "db", "", "database: a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	text(&v.Redis, "redis", "", "`URL` of a Redis or Valkey for codes and limits (default: in the database)")
	text(&v.PepperFile, "pepper-file", "", "`FILE` of the peppers of codes, the current one first (default: one derived from the data folder's service.key)")
	text(&v.Policy, "policy", "categories", "what the first level discloses: any, categories or subkinds")
	text(&v.Benefits, "benefits", "", "`FILE` of the body's own benefits, beside those of national law")

	text(&v.sms, "sms", smsDev, "`PROVIDERS` of text messages in order of preference, with commas between them: "+
		strings.Join(smsProviderNames(), ", ")+"; or dev (a page shows them), or none (no second level)")
	fs.BoolVar(&v.Dev, "dev", false, "let others than this machine reach what is for development: anybody can then be anybody")
	text(&v.log, "log", "text", "form of the log on standard error: text or json")
	fs.BoolVar(&v.verbose, "verbose", false, "log each request, by its route")
}

func serve(ctx context.Context, args []string, s cli.Streams) int {
	var v serving
	fs := cli.Flags("serve", serveUsage, s)
	v.flags(fs)
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "serve: unexpected argument %q (-h explains)", rest[0])
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
	if err := v.run(ctx, s); err != nil {
		var wrong *app.FlagError
		if errors.As(err, &wrong) {
			return cli.Fail(s, cli.Usage, "%v", err)
		}
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// settle adds the settings that no flag gave, and opens the providers. What it returns is to be closed, also after an error.
func (v *serving) settle(fs *flag.FlagSet, log io.Writer) (closers []io.Closer, err error) {
	if err := v.readSettings(fs); err != nil {
		return nil, err
	}
	level := slog.LevelInfo
	if v.verbose {
		level = slog.LevelDebug
	}
	if v.Log, err = app.NewLog(log, v.log, level); err != nil {
		return nil, fmt.Errorf("-log: %w", err)
	}
	names := strings.Split(v.sms, ",")
	if v.sms == smsDev || v.sms == smsNone {
		v.DevPhone, names = v.sms == smsDev, nil
	}
	for _, name := range names {
		sender, err := v.openSender(strings.TrimSpace(name))
		if err != nil {
			return closers, fmt.Errorf("-sms: %w", err)
		}
		if closer, ok := sender.Sender.(io.Closer); ok {
			closers = append(closers, closer)
		}
		v.Senders = append(v.Senders, sender)
	}
	return closers, nil
}

// readSettings sets the flags that were not given. The file may hold the settings of providers too.
func (v *serving) readSettings(fs *flag.FlagSet) error {
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var names []string
	setting := make(map[string]string)
	fs.VisitAll(func(f *flag.Flag) {
		name := settingPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		setting[f.Name] = name
		names = append(names, name)
	})
	for _, p := range smsProviders() {
		names = append(names, p.settings()...)
	}
	slices.Sort(names)
	v.settings = slices.Compact(names)
	file, err := readSettings(v.config, v.settings)
	if err != nil {
		return fmt.Errorf("-config: %w", err)
	}
	for flagName, name := range setting {
		if value, ok := file[name]; ok && !given[flagName] {
			if err := fs.Set(flagName, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func (v *serving) openSender(name string) (app.Sender, error) {
	p, ok := findSMSProvider(name)
	if !ok {
		return app.Sender{}, fmt.Errorf("is dev, none, or providers out of %s", strings.Join(smsProviderNames(), ", "))
	}
	values, err := readSettings(v.config, v.settings)
	if err != nil {
		return app.Sender{}, err
	}
	sender, err := p.open(values, transport{})
	if err != nil {
		return app.Sender{}, fmt.Errorf("%s: %w (its settings are %s)", name, err, strings.Join(p.settings(), ", "))
	}
	return app.Sender{Name: name, Sender: sender}, nil
}

func (v *serving) run(ctx context.Context, s cli.Streams) error {
	if err := v.Check(); err != nil {
		return err
	}
	_, made, err := openData(v.Data, v.Issuer).issuer()
	if err != nil {
		return fmt.Errorf("-data: keys: %w", err)
	}
	a, err := app.Open(ctx, v.Config)
	if err != nil {
		return err
	}
	greet(s.Out, a, made)
	return errors.Join(a.Serve(ctx), a.Close())
}

// greet says where to click and as whom.
func greet(w io.Writer, a *app.App, made bool) {
	fmt.Fprintf(w, "Attesta, an issuing body: %s\n", a.URL())
	if made {
		fmt.Fprintf(w, "Keys were made in %s: keep a copy, without them printed papers cannot be recognised.\n", a.Data)
	}
}
