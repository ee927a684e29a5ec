package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/hosts"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
)

// maxAuthorities bounds the file with the cards' authorities, in bytes; one certificate takes about 2 KB.
const maxAuthorities = 16 << 20

func (s *settled) card() error {
	if s.Login.CardAddr == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(s.Login.CardAddr); err != nil {
		return wrong("cns-addr", "%q is not HOST:PORT", s.Login.CardAddr)
	}
	if s.Login.CardURL != "" {
		u, err := url.Parse(s.Login.CardURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.Path == "" ||
			strings.ContainsAny(s.Login.CardURL, "?#") {
			return wrong("cns-url", "want https://HOST/PATH")
		}
		s.cardURL = u
	}
	if s.Login.CardCA == "" {
		if !s.demo() || s.Login.CardHeader != "" { // the test authority is for the listener's own connections
			return wrong("cns-ca", "is needed with -cns-addr: the authorities whose cards are believed")
		}
		return nil
	}
	var err error
	if s.cardRoots, _, err = s.authorities(); err != nil {
		return err
	}
	if s.Login.CardLists == "" && !s.Login.CardUnlisted {
		return wrong("cns-crl", "is needed with -cns-ca: without revocation lists a stolen card logs in. "+
			"-cns-no-crl accepts that")
	}
	if s.Login.CardLists != "" && s.Login.CardUnlisted {
		return wrong("cns-no-crl", "does not go with -cns-crl")
	}
	if s.Login.CardHeader != "" && len(s.proxies) == 0 {
		return wrong("cns-header", "is believed from -trusted-proxies only, and there are none")
	}
	if s.Login.CardHeader == "" && s.TLSCert == "" {
		return wrong("cns-addr", "needs -tls-cert, or a proxy with -cns-header")
	}
	return nil
}

// authorities reads the file of -cns-ca, and counts what is in it.
func (s *settled) authorities() (*x509.CertPool, int, error) {
	pem, err := file.Read(s.Login.CardCA, maxAuthorities)
	if err != nil {
		return nil, 0, &FlagError{"cns-ca", err}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, 0, wrong("cns-ca", "%s holds no certificate in PEM", s.Login.CardCA)
	}
	return roots, bytes.Count(pem, []byte("-----BEGIN CERTIFICATE")), nil
}

// openCards opens the card's listener.
func (a *App) openCards() error {
	if a.Login.CardAddr == "" {
		return nil
	}
	key, err := a.secret.Key("issuer/cns", nil)
	if err != nil {
		return err
	}
	listener, err := a.listen("cns-addr", a.Login.CardAddr)
	if err != nil {
		return err
	}
	address := a.cardURL
	if address == nil {
		address = &url.URL{Scheme: "https", Host: listener.Addr().String(), Path: cardPath}
	}
	a.login.CNS, a.login.Tickets = address.String(), cns.Tickets{Key: key}
	entrance := cns.Entrance{Tickets: a.login.Tickets, Return: a.URL() + ticketPath, Log: a.Log,
		Rules: cns.Rules{Roots: a.cardRoots, Policies: listed(a.Login.CardPolicies)}}
	if a.Login.CardLists != "" {
		lists := &cns.Lists{Dir: a.Login.CardLists, Reread: func(name string, err error) {
			if err != nil {
				err = &FlagError{"cns-crl", fmt.Errorf("%s: %w", name, err)}
			}
			a.logRead(context.Background(), "revocation list", name, err)
		}}
		entrance.Rules.Revoked = lists.Revoked
		a.observeLists(lists)
		a.reloads = append(a.reloads, func(context.Context) { lists.Dates() }) // which reads what is new
	}
	var config *tls.Config
	switch {
	case a.Login.CardHeader != "":
		entrance.Proxy = &cns.Proxy{Addresses: a.proxies, Header: a.Login.CardHeader}
	case a.cardRoots != nil:
		config = entrance.TLS()
		config.GetCertificate = a.servers[0].TLSConfig.GetCertificate // the public one
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			now := config.Clone()
			now.ClientCAs = a.cards.Load().Rules.Roots
			return now, nil
		}
		a.rereads("card authorities", a.rereadAuthorities)
	default:
		authority, err := a.testAuthority()
		if err != nil {
			return err
		}
		certificate, err := authority.Server(address.Hostname(), "localhost", "127.0.0.1")
		if err != nil {
			return &Fault{"cns-addr", err}
		}
		entrance.Rules.Roots = authority.Roots()
		config = entrance.TLS()
		config.Certificates = []tls.Certificate{certificate}
	}
	mux := http.NewServeMux()
	a.cards.Store(&entrance)
	mux.HandleFunc("GET "+address.Path, func(w http.ResponseWriter, r *http.Request) {
		a.cards.Load().ServeHTTP(w, r)
	})
	server := a.server(a.hardenAnswers(a.logRequests(a.limitCards(recordRoute(mux)))))
	if a.Login.CardHeader == "" || a.loopback(a.Login.CardAddr) {
		server.Handler = hosts.Allow(server.Handler, address.Hostname())
	}
	server.TLSConfig = config
	a.serve(server, listener)
	return nil
}

// testAuthority issues the demonstration's cards and writes them to the data folder.
func (a *App) testAuthority() (*cns.TestCA, error) {
	key, err := a.secret.Key("issuer/testca", nil)
	if err != nil {
		return nil, err
	}
	authority, err := cns.NewTestCA(key)
	if err != nil {
		return nil, err
	}
	if err := authority.WriteCards(a.file("cards"), demo.Personas()); err != nil {
		return nil, &Fault{"data", words.Errorf("cards of the demonstration: %w", err)}
	}
	return authority, nil
}
