package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/verifier/internal/deskpage"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
)

const serveUsage = `Usage: verifier [serve] -issuer URL [flags]
       verifier [serve] -bundle FILE -bundle-key FILE [-offline] [flags]

Opens a checking desk: a page on which an operator scans a QR, types the codice fiscale, reads the answer, and
goes on to the second level with the code that the person tells. The desk keeps nothing about people.

It fetches the issuer's keys and keeps them in the data folder, so that it can start without a network; or it
takes them from a bundle. With -offline it asks nobody, and the page only says whether a paper is authentic.
`

// serveFlags are the flags of serve.
type serveFlags struct {
	issuer, name, bundle, bundleKey *string
	addr, data, catalogue, title    *string
	certFile, keyFile               *string
	identity, client, scope         *string
	offline, lan                    *bool
}

func parseServe(fs *flag.FlagSet) serveFlags {
	return serveFlags{
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
			"for a phone in the same network: https with a throw-away certificate"),
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
		scope:   fs.String("oidc-scope", "openid second-level", "what the operators' tokens are for"),
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
	case (*f.certFile == "") != (*f.keyFile == ""):
		return cli.Fail(s, cli.Usage, "-tls-cert and -tls-key go together")
	case *f.lan && *f.certFile != "":
		return cli.Fail(s, cli.Usage, "-lan makes a certificate of its own and does not go with -tls-cert")
	}
	log := slog.New(slog.NewTextHandler(s.Err, nil))
	issuers, done, err := f.trusted(ctx, log)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	defer done()
	handler, err := f.desk(issuers, log)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	listener, addresses, err := f.listen()
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	for _, address := range addresses {
		fmt.Fprintf(s.Out, "Desk    %s\n", address)
	}
	for _, i := range issuers {
		fmt.Fprintf(s.Out, "Trusts  %s\n", i.Name)
	}
	if *f.offline {
		fmt.Fprintln(s.Out, "Offline: nobody is asked for the status.")
	}
	if *f.lan {
		fmt.Fprintln(s.Out, "Open it on the phone with this QR. "+
			"The browser warns of the certificate: it is made for trying out.")
		if err := terminal.WriteQR(s.Out, addresses[0]); err != nil {
			return cli.Fail(s, cli.Failure, "%v", err)
		}
	}
	fmt.Fprintln(s.Out, "Stop with Ctrl+C.")
	if err := serveUntil(ctx, listener, handler, log); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// listen opens the desk's address and returns it in the form that browsers use. With -lan it returns one
// address for each network of this machine.
func (f serveFlags) listen() (net.Listener, []string, error) {
	address, config := cmp.Or(*f.addr, "127.0.0.1:8090"), (*tls.Config)(nil)
	var network []netip.Addr
	switch {
	case *f.lan:
		address = cmp.Or(*f.addr, "0.0.0.0:8443")
		var err error
		if network, err = certificate.Addresses(); err == nil {
			config, err = certificate.ThrowAway(network)
		}
		if err != nil {
			return nil, nil, words.Errorf("-lan: %w", err)
		}
	case *f.certFile != "":
		files, err := certificate.Open(*f.certFile, *f.keyFile)
		if err != nil {
			return nil, nil, words.Errorf("-tls-cert: %w", err)
		}
		config = files.Config()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, nil, words.Errorf("-addr: %w", err)
	}
	if config == nil {
		return listener, []string{"http://" + listener.Addr().String()}, nil
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	addresses := []string{"https://" + listener.Addr().String()}
	if *f.lan {
		addresses = nil
		for _, a := range network {
			addresses = append(addresses, "https://"+net.JoinHostPort(a.String(), port))
		}
	}
	return tls.NewListener(listener, config), addresses, nil
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

// desk returns the handler of the pages.
func (f serveFlags) desk(issuers []verifier.TrustAnchor, log *slog.Logger) (http.Handler, error) {
	client, err := verifier.New(chosen(issuers)...)
	if err != nil {
		return nil, err
	}
	catalogue := benefit.Default()
	if *f.catalogue != "" {
		if catalogue, err = readCatalogue(*f.catalogue); err != nil {
			return nil, words.Errorf("-catalogue: %w", err)
		}
	}
	https := *f.certFile != "" || *f.lan
	page := deskpage.Desk{Title: *f.title, Client: client, Catalogue: catalogue, Offline: *f.offline,
		HTTPS: https, Log: log}
	identity := *f.identity
	if identity == "" && *f.issuer != "" {
		identity = strings.TrimSuffix(*f.issuer, "/") + "/dev/idp"
	}
	if identity != "" && identity != "-" && !*f.offline {
		page.Operators = &deskpage.Operators{Issuer: identity, ClientID: *f.client, Scope: *f.scope,
			HTTPS: https}
	}
	return page.Handler()
}

// serveUntil serves until the context ends, and then waits for the running requests.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(end)
}
