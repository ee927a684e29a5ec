package cns

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

const maxHeader = 16 << 10

// Proxy says where the certificate comes from if not from the connection: a header of a reverse proxy that asked for it.
type Proxy struct {
	// Addresses from which the header is believed. From all others it is not. Required.
	Addresses []netip.Prefix
	// Header is Client-Cert, written as RFC 9440 says, or another such as X-SSL-Client-Cert that holds the certificate in
	// PEM, escaped as in an address, which nginx calls $ssl_client_escaped_cert. Only this one is looked at: the proxy must
	// remove it from what clients send. Empty means Client-Cert.
	Header string
}

// certificate returns the chain that the header holds, which is the card's certificate alone.
func (p *Proxy) certificate(r *http.Request) ([]*x509.Certificate, error) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !slices.ContainsFunc(p.Addresses, func(a netip.Prefix) bool { return a.Contains(from.Addr().Unmap()) }) {
		return nil, ErrNoCard
	}
	name := p.Header
	if name == "" {
		name = "Client-Cert"
	}
	values := r.Header.Values(name)
	if len(values) != 1 || len(values[0]) > maxHeader {
		return nil, ErrNoCard
	}
	decode := escapedPEM
	if strings.EqualFold(name, "Client-Cert") {
		decode = byteSequence
	}
	certificate, err := x509.ParseCertificate(decode(values[0]))
	if err != nil {
		return nil, ErrNoCard
	}
	return []*x509.Certificate{certificate}, nil
}

// byteSequence reads the DER between two colons (RFC 8941, section 3.3.5).
func byteSequence(value string) []byte {
	value, start := strings.CutPrefix(value, ":")
	value, end := strings.CutSuffix(value, ":")
	der, err := base64.StdEncoding.DecodeString(value)
	if err != nil || !start || !end {
		return nil
	}
	return der
}

func escapedPEM(value string) []byte {
	text, err := url.PathUnescape(value) // a + is one of base64
	if err != nil {
		return nil
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil
	}
	return block.Bytes
}
