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

// Proxy takes the certificate from a header of a reverse proxy that asked the browser for it.
type Proxy struct {
	// Addresses are the networks from which the header is accepted. Required.
	Addresses []netip.Prefix
	// Header is Client-Cert, in the form of RFC 9440, or another header with the certificate in PEM and
	// percent-encoded, such as X-SSL-Client-Cert with nginx's $ssl_client_escaped_cert. Empty means
	// Client-Cert. The proxy must remove this header from the requests of clients.
	Header string
}

// certificate returns the chain in the header, which is the card's certificate alone.
func (p *Proxy) certificate(r *http.Request) ([]*x509.Certificate, error) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !slices.ContainsFunc(p.Addresses,
		func(a netip.Prefix) bool { return a.Contains(from.Addr().Unmap()) }) {
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

// byteSequence decodes the DER between two colons (RFC 8941, section 3.3.5).
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
	text, err := url.PathUnescape(value) // a plus sign belongs to the base64
	if err != nil {
		return nil
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nil
	}
	return block.Bytes
}
