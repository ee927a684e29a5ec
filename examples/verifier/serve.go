package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/web"
	"github.com/qr-invalidita/attesta/examples/verifier/internal/page"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
)

const serveUsage = `Usage: verifier [serve] -issuer URL [flags]
       verifier [serve] -bundle FILE -bundle-key FILE [-offline] [flags]

Opens a checking desk: a page on which somebody scans a QR, types the codice fiscale and reads the answer, and goes on to
the second level with the code that the person tells. Nothing about the people is kept.

The issuer's keys are fetched from it and kept in the data folder for starts without a network; or they come from a bundle.
With -offline nobody is asked, and the page says no more than whether a paper is authentic.
`

// serveFlags are the flags of serve.
type serveFlags struct {
	issuer, name, bundle, bundleKey *string
	addr, data, catalogue, title    *string
	certificate, key                *string
	identity, client, scope         *string
	offline                         *bool
}

func parseServe(fs *flag.FlagSet) serveFlags {
	return serveFlags{
		issuer:      fs.String("issuer", "", "`URL` where the issuer is reached, such as http://127.0.0.1:8080"),
		name:        fs.String("issuer-name", "", "the issuer's `NAME` in its papers (default the one that its key set names)"),
		bundle:      fs.String("bundle", "", "`FILE` with the issuers and their keys, in place of -issuer; see verifier bundle"),
		bundleKey:   fs.String("bundle-key", "", "`FILE` with the public key of whoever made the bundle"),
		addr:        fs.String("addr", "127.0.0.1:8090", "`HOST:PORT` to listen on"),
		data:        fs.String("data", cli.DataDir("verifier"), "`FOLDER` for the issuer's keys"),
		catalogue:   fs.String("catalogue", "", "`FILE` of benefits that are added or replaced, such as a Region's"),
		title:       fs.String("title", "Attesta", "`NAME` of the desk in the head of its pages"),
		certificate: fs.String("tls-cert", "", "`FILE` with the certificate, for https"),
		key:         fs.String("tls-key", "", "`FILE` with the certificate's private key"),
		identity:    fs.String("oidc-issuer", "", "`URL` of the identity provider at which operators log in (default the demonstration's, at the issuer); - for none"),
		client:      fs.String("oidc-client-id", "desk", "`ID` by which the identity provider knows this program"),
		scope:       fs.String("oidc-scope", "openid second-level", "what the operators' tokens are for"),
		offline:     fs.Bool("offline", false, "judge papers alone and ask nobody"),
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
		return cli.Fail(s, cli.Usage, "whom to trust? give -issuer URL, or -bundle FILE with -bundle-key (-h explains)")
	case (*f.certificate == "") != (*f.key == ""):
		return cli.Fail(s, cli.Usage, "-tls-cert and -tls-key go together")
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
	listener, err := net.Listen("tcp", *f.addr)
	if err != nil {
		return cli.Fail(s, cli.Usage, "-addr: %v", err)
	}
	scheme := "http"
	if *f.certificate != "" {
		pair, err := tls.LoadX509KeyPair(*f.certificate, *f.key)
		if err != nil {
			return cli.Fail(s, cli.Usage, "-tls-cert: %v", err)
		}
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
		scheme = "https"
	}
	fmt.Fprintf(s.Out, "Desk    %s://%s\n", scheme, listener.Addr())
	for _, i := range issuers {
		fmt.Fprintf(s.Out, "Trusts  %s\n", i.Name)
	}
	if *f.offline {
		fmt.Fprintln(s.Out, "Offline: nobody is asked for the status.")
	}
	fmt.Fprintln(s.Out, "Stop with Ctrl+C.")
	if err := serveUntil(ctx, listener, handler, log); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// trusted returns whom the desk trusts, and what ends the refreshing of their keys.
func (f serveFlags) trusted(ctx context.Context, log *slog.Logger) ([]verifier.Issuer, func(), error) {
	if *f.bundle != "" {
		b, err := readBundle(*f.bundle, *f.bundleKey)
		if err == nil && b.Old {
			log.Warn("the bundle is old: make a new one soon", "made", b.MadeAt)
		}
		return b.Issuers, func() {}, err
	}
	address := strings.TrimSuffix(*f.issuer, "/")
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, nil, errors.New("-issuer: not a URL such as http://127.0.0.1:8080")
	}
	if err := os.MkdirAll(*f.data, 0o700); err != nil {
		return nil, nil, fmt.Errorf("-data: %w", err)
	}
	sum := sha256.Sum256([]byte(address))
	snapshot := filepath.Join(*f.data, "jwks-"+hex.EncodeToString(sum[:6])+".json")
	// The name of the issuer stands in the set at the address that the operator gave; later sets must have the same.
	known, err := readKeys(ctx, address+jwks.Path, *f.name)
	if err != nil {
		saved, fileErr := readKeys(ctx, snapshot, *f.name)
		if fileErr != nil {
			return nil, nil, fmt.Errorf("-issuer: its keys cannot be fetched, and none are saved: %w", err)
		}
		log.Warn("the issuer does not answer: going on with its saved keys", "as_of", saved.KeysAsOf)
		known = saved
	}
	set := &jwks.Client{Issuer: known.Name, URL: address + jwks.Path, File: snapshot, AllowPrivate: true, Log: log}
	_ = set.Load() // no copy yet is no fault; a bad one is fetched anew
	refresh, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if err := set.Refresh(refresh); err != nil {
		log.Warn("keys not refreshed", "cause", err)
	}
	return []verifier.Issuer{{Name: known.Name, Address: address, KeySet: set}}, set.Close, nil
}

// desk joins the pages.
func (f serveFlags) desk(issuers []verifier.Issuer, log *slog.Logger) (http.Handler, error) {
	client, err := verifier.New(issuers...)
	if err != nil {
		return nil, err
	}
	catalogue := benefit.Default()
	if *f.catalogue != "" {
		if catalogue, err = readCatalogue(*f.catalogue); err != nil {
			return nil, fmt.Errorf("-catalogue: %w", err)
		}
	}
	https := *f.certificate != ""
	pages := &page.Pages{Client: client, Catalogue: catalogue, Offline: *f.offline, Shift: &page.Shift{}}
	identity := *f.identity
	if identity == "" && *f.issuer != "" {
		identity = strings.TrimSuffix(*f.issuer, "/") + "/dev/idp"
	}
	if identity != "" && identity != "-" && !*f.offline {
		pages.Operators = &page.Operators{Issuer: identity, ClientID: *f.client, Scope: *f.scope, HTTPS: https}
		client.Authorize = pages.Operators.Authorize
	}
	if pages.Texts, err = page.Texts(); err != nil {
		return nil, err
	}
	pages.Site, err = web.New(web.Config{Name: *f.title, Pages: []fs.FS{page.Templates()}, Texts: []web.Texts{pages.Texts},
		Assets: []fs.FS{page.Assets()}, Nav: pages.Nav, Person: pages.Person, HTTPS: https, WebAssembly: true, Log: log})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", pages.Site.Assets())
	pages.Register(mux)
	return pages.Site.Secure(mux), nil
}

// serveUntil answers until the context ends, and then the requests that run.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
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
