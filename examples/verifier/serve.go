package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/traces"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/verifier/internal/deskpage"
	"github.com/qr-invalidita/attesta/internal/outbound"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const serveUsage = `Usage: verifier [serve] -issuer URL [flags]
       verifier [serve] -bundle FILE -bundle-key FILE [-offline] [flags]

Opens a checking desk: a page on which an operator scans a QR, types the codice fiscale, reads the answer, and
goes on to the second level with the code that the person tells. The desk keeps nothing about people.

It fetches the issuer's keys and keeps them in the data folder, so that it can start without a network; or it
takes them from a bundle. With -offline it asks nobody, and the page only says whether a paper is authentic.

Without further flags only this machine reaches the desk. For daily work on other machines, give it a name, a
certificate, and an entry at the identity provider: -addr 0.0.0.0:443 -tls-cert FILE -tls-key FILE -public-url
https://desk.example.it, where the provider has https://desk.example.it/callback. A proxy can do the https:
-public-url alone. At SIGHUP it reads the certificate again, which it also does by itself.

-lan is for trials with a phone in the same network. Who has its link, which is another one at each start, can
use the desk. For the second level the phone shows a word; the operator types it on this machine, at
-local-addr, and logs in there.
`

// serveFlags are the flags of serve.
type serveFlags struct {
	issuer, name, bundle, bundleKey *string
	addr, localAddr, publicURL      *string
	data, catalogue, title          *string
	certFile, keyFile               *string
	identity, client, scope         *string
	purposes, collector             *string
	offline, lan                    *bool
	footer                          *web.Footer
	wallets                         *cards.Settings
}

func parseServe(fs *flag.FlagSet) serveFlags {
	footer := new(web.Footer)
	duties.Flags(fs, footer)
	wallets := new(cards.Settings)
	cards.Flags(fs, wallets)
	return serveFlags{
		footer: footer, wallets: wallets,
		issuer: fs.String("issuer", "",
			"`URL` where the issuer is reached, such as http://127.0.0.1:8080"),
		name: fs.String("issuer-name", "",
			"the issuer's `NAME` in its papers (default the one that its key set names)"),
		bundle: fs.String("bundle", "",
			"`FILE` with the issuers and their keys, in place of -issuer; see verifier bundle"),
		bundleKey: fs.String("bundle-key", "", "`FILE` with the public key of the bundle's maker"),
		addr: fs.String("addr", "",
			"`HOST:PORT` to listen on (default 127.0.0.1:8090, with -lan 0.0.0.0:8443)"),
		lan: fs.Bool("lan", false,
			"for trials with a phone in the same network: a throw-away certificate and a secret link"),
		localAddr: fs.String("local-addr", "127.0.0.1:8090",
			"with -lan, `HOST:PORT` of this machine, where operators log a phone in"),
		publicURL: fs.String("public-url", "",
			"`URL` at which browsers reach the desk; the identity provider must know its path /callback"),
		data: fs.String("data", cli.DataDir("verifier"), "`FOLDER` for the issuer's keys"),
		catalogue: fs.String("catalogue", "",
			"`FILE` of benefits that are added or replaced, such as a Region's"),
		title:    fs.String("title", "Attesta", "`NAME` of the desk in the head of its pages"),
		certFile: fs.String("tls-cert", "", "`FILE` with the certificate, for https"),
		keyFile:  fs.String("tls-key", "", "`FILE` with the certificate's private key"),
		identity: fs.String("oidc-issuer", "",
			"`URL` of the operators' identity provider (default the issuer's demonstration); - for none"),
		client: fs.String("oidc-client-id", "desk",
			"`ID` by which the identity provider knows this program"),
		scope: fs.String("oidc-scope", "openid second-level", "what the operators' tokens are for"),
		purposes: fs.String("purposes", strings.Join(page.Purposes(), ","),
			"closed `LIST` of what the second level may be for; one alone is not asked"),
		collector: fs.String("otel-endpoint", "",
			"`URL` of an OpenTelemetry collector, such as http://127.0.0.1:4318, that gets traces"),
		offline: fs.Bool("offline", false, "judge papers alone and ask nobody"),
	}
}

func serve(ctx context.Context, args []string, s cli.Streams) int {
	flags := cli.Flags("serve", serveUsage, s)
	f := parseServe(flags)
	rest, code, ok := cli.Parse(flags, args, s)
	switch {
	case !ok:
		return code
	case len(rest) > 0:
		return cli.Fail(s, cli.Usage, "unexpected argument %q (-h explains)", rest[0])
	case (*f.issuer == "") == (*f.bundle == ""):
		return cli.Fail(s, cli.Usage,
			"whom to trust? give -issuer URL, or -bundle FILE with -bundle-key (-h explains)")
	case slices.ContainsFunc(f.purposeList(), unknownPurpose):
		return cli.Fail(s, cli.Usage, "-purposes wants a list of %s", strings.Join(page.Purposes(), ","))
	}
	if err := f.checkDoors(); err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	if flags := duties.Malformed(*f.footer); flags != "" {
		return cli.Fail(s, cli.Usage, "-%s: want https:// and a host", flags)
	}
	if asked, err := f.wallets.Check(); err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	} else if asked && *f.offline {
		return cli.Fail(s, cli.Usage, "-offline asks nobody, so it does not go with -wallet-url")
	}
	log := slog.New(slog.NewTextHandler(s.Err, nil))
	f.warnDuties(s)
	spans, err := f.traces(log)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	defer spans.Close()
	issuers, done, err := f.trusted(ctx, log)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	defer done()
	desk, err := f.desk(ctx, issuers, spans, log)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	doors, err := f.doors()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	for _, d := range doors {
		defer d.Close()
	}
	if err := f.greet(s, issuers, doors); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	hangups, stop := terminal.Hangups(s.Out)
	defer stop()
	if err := serveUntil(ctx, desk, doors, log, hangups); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// traces opens what makes the spans, or returns nil if there is no collector.
func (f serveFlags) traces(log *slog.Logger) (*traces.Traces, error) {
	if *f.collector == "" {
		return nil, nil
	}
	u, err := traces.ParseURL(*f.collector)
	if err != nil {
		return nil, words.Errorf("-otel-endpoint: %w", err)
	}
	c := traces.Collector{URL: u, Service: "attesta-desk", Log: log, Count: func(string, int) {}}
	return c.Open(), nil
}

// warnDuties says which links of the foot of the pages are missing, if others can reach the desk. A shop may
// owe none of them, so the desk opens all the same.
func (f serveFlags) warnDuties(s cli.Streams) {
	u, err := url.Parse(*f.publicURL)
	missing := duties.Missing(*f.footer)
	if err == nil && u.Host != "" && duties.Due(u.Hostname()) && missing != "" {
		fmt.Fprintln(s.Err, words.Tell(s.Lang, "Others can reach this desk, and a public body owes them "+
			"these links on every page: -%s", missing))
	}
}

// purposeList returns the purposes that the desk offers.
func (f serveFlags) purposeList() []string { return strings.Split(*f.purposes, ",") }

func unknownPurpose(id string) bool { return !slices.Contains(page.Purposes(), id) }

// greet prints where to open the desk.
func (f serveFlags) greet(s cli.Streams, issuers []verifier.TrustAnchor, doors []door) error {
	for _, d := range doors {
		if d.Key == nil {
			fmt.Fprintf(s.Out, "Desk    %s\n", d.Origin)
		}
		for _, link := range d.links {
			fmt.Fprintf(s.Out, "Phone   %s\n", link)
		}
	}
	for _, i := range issuers {
		fmt.Fprintf(s.Out, "Trusts  %s\n", i.Name)
	}
	if *f.offline {
		fmt.Fprintln(s.Out, "Offline: nobody is asked for the status.")
	}
	if *f.lan {
		fmt.Fprintln(s.Out, words.Tell(s.Lang, "-lan is for trials: browsers warn of its certificate, and "+
			"who has the link can use the desk until it stops. Open the link on the phone with this QR."))
		if err := terminal.WriteQR(s.Out, doors[0].links[0]); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(s.Out, "Stop with Ctrl+C.")
	return err
}

// trusted returns the issuers that the desk trusts, and a function that stops the refreshing of their
// keys.
func (f serveFlags) trusted(ctx context.Context, log *slog.Logger) ([]verifier.TrustAnchor, func(), error) {
	if *f.bundle != "" {
		b, err := readBundle(*f.bundle, *f.bundleKey)
		if err == nil && b.Old {
			log.Warn("the bundle is old: make a new one soon", "made", b.MadeAt)
		}
		return b.Anchors, func() {}, err
	}
	address, err := issuerAddress(*f.issuer)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(*f.data, 0o700); err != nil {
		return nil, nil, words.Errorf("-data: %w", err)
	}
	sum := sha256.Sum256([]byte(address))
	snapshot := filepath.Join(*f.data, "jwks-"+hex.EncodeToString(sum[:6])+".json")
	name, err := f.issuerName(ctx, address, snapshot)
	if err != nil {
		return nil, nil, words.Errorf("-issuer: its keys cannot be fetched, and none are saved: %w", err)
	}
	set := &jwks.Client{IssuerName: name, URL: address + jwks.Path, File: snapshot, AllowPrivate: true,
		Log: log}
	loaded := set.Load()
	refresh, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if err := set.Refresh(refresh); err != nil {
		if loaded != nil {
			set.Close()
			return nil, nil, words.Errorf(
				"-issuer: its keys cannot be fetched, and those saved cannot be used: %w", err)
		}
		log.Warn("the issuer does not answer: going on with its saved keys", "cause", err)
	}
	return []verifier.TrustAnchor{{Name: name, Address: address, KeySet: set}}, set.Close, nil
}

// issuerName returns the name in the issuer's papers: that of -issuer-name, otherwise the one in the key
// set at -issuer or in its saved copy. Key sets fetched later must have the same name.
func (f serveFlags) issuerName(ctx context.Context, address, snapshot string) (string, error) {
	if *f.name != "" {
		return *f.name, nil
	}
	known, err := readKeys(ctx, address+jwks.Path, "")
	if err == nil {
		return known.Name, nil
	}
	var saved struct {
		Issuer string `json:"issuer"`
	}
	data, _, fileErr := readFile(snapshot)
	if fileErr != nil || json.Unmarshal(data, &saved) != nil || saved.Issuer == "" {
		return "", err
	}
	return saved.Issuer, nil
}

// desk returns the desk.
func (f serveFlags) desk(ctx context.Context, issuers []verifier.TrustAnchor, spans *traces.Traces,
	log *slog.Logger) (*deskpage.Desk, error) {
	client, err := verifier.New(chosen(issuers)...)
	if err != nil {
		return nil, err
	}
	if spans != nil { // with the policy of chosen
		client.Transport = spans.Transport(outbound.New(outbound.Policy{AllowPrivate: true}))
	}
	catalogue := benefit.Default()
	if *f.catalogue != "" {
		if catalogue, err = readCatalogue(*f.catalogue); err != nil {
			return nil, words.Errorf("-catalogue: %w", err)
		}
	}
	desk := &deskpage.Desk{Title: *f.title, Client: client, Catalogue: catalogue, Offline: *f.offline,
		Purposes: f.purposeList(), Footer: *f.footer, Log: log, Wrap: spans.Handler}
	if asked, _ := f.wallets.Check(); asked {
		if desk.Cards, err = f.wallets.Open(ctx, catalogue); err != nil {
			return nil, err
		}
	}
	identity := *f.identity
	if identity == "" && *f.issuer != "" {
		identity = strings.TrimSuffix(*f.issuer, "/") + "/dev/idp"
	}
	if identity != "" && identity != "-" && !*f.offline {
		desk.Operators, err = deskpage.NewOperators(&login.Native{Provider: &login.Provider{Issuer: identity},
			ClientID: *f.client, Scope: *f.scope})
	}
	if *f.issuer != "" {
		address := strings.TrimSuffix(*f.issuer, "/")
		desk.IssuerPage = func(ctx context.Context) string { return issuerPage(ctx, address) }
	}
	return desk, err
}
