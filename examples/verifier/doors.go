package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/verifier/internal/deskpage"
	"github.com/qr-invalidita/attesta/internal/netaddr"
)

// A door is a listener of the desk.
type door struct {
	deskpage.Door
	net.Listener
	files *certificate.Files // nil: no https, or a certificate of its own
	// links are the links by which to enter, if the door has a key: one for each network of this machine.
	links []string
}

// checkDoors checks the flags that say where the desk is reached.
func (f serveFlags) checkDoors() error {
	host, _, err := net.SplitHostPort(cmp.Or(*f.addr, "127.0.0.1:0"))
	local, _, localErr := net.SplitHostPort(*f.localAddr)
	switch {
	case (*f.certFile == "") != (*f.keyFile == ""):
		return words.Errorf("-tls-cert and -tls-key go together")
	case *f.lan && *f.certFile != "":
		return words.Errorf("-lan makes a certificate of its own and does not go with -tls-cert")
	case *f.certFile != "" && *f.publicURL == "":
		return words.Errorf("-tls-cert needs -public-url: where do browsers find the desk?")
	case err != nil:
		return words.Errorf("-addr: %w", err)
	case !*f.lan && *f.certFile == "" && !netaddr.IsLoopback(host):
		return words.Errorf(
			"-addr: other machines reach it: use -lan for a trial, or -tls-cert with -public-url")
	case localErr != nil || !netaddr.IsLoopback(local):
		return words.Errorf("-local-addr wants an address of this machine, such as 127.0.0.1:8090")
	case *f.publicURL == "":
		return nil
	}
	u, err := url.Parse(*f.publicURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.User != nil ||
		strings.ContainsAny(*f.publicURL, "?#") {
		return words.Errorf("-public-url: want https:// and a host, and nothing behind it")
	}
	return nil
}

// doors opens the listeners. With -lan there are two: one for the network, and one for this machine.
func (f serveFlags) doors() ([]door, error) {
	if !*f.lan {
		d, err := f.open(cmp.Or(*f.addr, "127.0.0.1:8090"))
		return []door{d}, err
	}
	network, err := certificate.Addresses()
	var config *tls.Config
	if err == nil {
		config, err = certificate.ThrowAway(network)
	}
	if err != nil {
		return nil, words.Errorf("-lan: %w", err)
	}
	lan, err := listen(cmp.Or(*f.addr, "0.0.0.0:8443"), config)
	if err != nil {
		return nil, words.Errorf("-addr: %w", err)
	}
	here, err := listen(*f.localAddr, nil)
	if err != nil {
		lan.Close()
		return nil, words.Errorf("-local-addr: %w", err)
	}
	_, port, _ := net.SplitHostPort(lan.Addr().String())
	local := door{Listener: here, Door: deskpage.Door{Origin: "http://" + here.Addr().String(),
		Phones: *f.publicURL == ""}}
	phones := door{Listener: lan, Door: deskpage.Door{Origin: *f.publicURL, Key: deskpage.NewKey()}}
	for _, a := range network {
		phones.Hosts = append(phones.Hosts, a.String())
		phones.links = append(phones.links, phones.Key.Link("https://"+net.JoinHostPort(a.String(), port)))
	}
	if *f.publicURL == "" {
		phones.Origin = "https://" + net.JoinHostPort(network[0].String(), port)
		phones.Local = local.Origin
	} else {
		phones.links = []string{phones.Key.Link(*f.publicURL)}
	}
	return []door{phones, local}, nil
}

// open opens the only door of a desk without -lan.
func (f serveFlags) open(address string) (door, error) {
	var config *tls.Config
	var files *certificate.Files
	if *f.certFile != "" {
		var err error
		if files, err = certificate.Open(*f.certFile, *f.keyFile); err != nil {
			return door{}, words.Errorf("-tls-cert: %w", err)
		}
		config = files.Config()
	}
	l, err := listen(address, config)
	if err != nil {
		return door{}, words.Errorf("-addr: %w", err)
	}
	host, _, _ := net.SplitHostPort(l.Addr().String())
	origin := cmp.Or(*f.publicURL, "http://"+l.Addr().String())
	return door{Listener: l, files: files, Door: deskpage.Door{Origin: origin, Hosts: []string{host}}}, nil
}

// listen listens on the address, over TLS unless the config is nil.
func listen(address string, config *tls.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil && config != nil {
		l = tls.NewListener(l, config)
	}
	return l, err
}

// logCertificate logs when the certificate was read again.
func (d door) logCertificate(log *slog.Logger) {
	if d.files == nil {
		return
	}
	d.files.Reread = func(c *x509.Certificate, err error) {
		if err != nil {
			log.Error("certificate not read again, so nothing changes", "cause", err)
			return
		}
		log.Info("certificate read again", "loaded", certificate.Name(c))
	}
}

func (d door) reload() {
	if d.files != nil {
		d.files.Reload()
	}
}

// serveUntil serves the doors until the context ends, and then waits for the running requests. At each value
// of hangups it reads the certificate again.
func serveUntil(ctx context.Context, desk *deskpage.Desk, doors []door, log *slog.Logger,
	hangups <-chan os.Signal,
) error {
	failed := make(chan error, len(doors))
	var servers []*http.Server
	for _, d := range doors {
		d.logCertificate(log)
		handler, err := desk.Handler(d.Door)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute,
			WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
			ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
		servers = append(servers, server)
		go func() { failed <- server.Serve(d) }()
	}
	var errs []error
	for err := error(nil); err == nil && ctx.Err() == nil; {
		select {
		case err = <-failed:
			errs = append(errs, err)
		case <-hangups:
			for _, d := range doors {
				d.reload()
			}
		case <-ctx.Done():
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	for _, server := range servers {
		errs = append(errs, server.Shutdown(end))
	}
	return errors.Join(errs...)
}
