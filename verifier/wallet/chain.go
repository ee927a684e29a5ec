package wallet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"slices"
	"time"
)

// maxChain is the maximum number of certificates in x5c.
const maxChain = 4

// An Anchor is an authority that vouches for issuers of cards.
type Anchor struct {
	// Certificate is the authority's own. It comes from the trusted list of the ecosystem, never from a card.
	Certificate *x509.Certificate
	// Issuers are the issuers that the authority vouches for, as the claim iss of a card names them, or as
	// names of the leaf if the card has no iss. If empty, it vouches for all.
	Issuers []string
	// Use is the extended key usage that a leaf must have, as the ecosystem's certificate profile says. If
	// it is nil, a leaf must have none, so that a certificate of a TLS server of the same authority signs
	// no card.
	Use asn1.ObjectIdentifier
}

// chain reads x5c and returns the leaf, and the anchor that vouches for it now (HAIP 1.0, section 6.1.1;
// RFC 5280).
func chain(header object, anchors []Anchor, now time.Time) (*x509.Certificate, *Anchor, error) {
	list, _ := header["x5c"].([]any)
	if len(list) < 1 || len(list) > maxChain {
		return nil, nil, ErrCertificate
	}
	var certificates []*x509.Certificate
	for _, v := range list {
		text, _ := v.(string)
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil || base64.StdEncoding.EncodeToString(der) != text { // it skips line breaks
			return nil, nil, ErrCertificate
		}
		c, err := x509.ParseCertificate(der)
		if err != nil || slices.ContainsFunc(anchors, func(a Anchor) bool { return a.Certificate.Equal(c) }) {
			return nil, nil, ErrCertificate
		}
		certificates = append(certificates, c)
	}
	leaf := certificates[0]
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() || leaf.IsCA ||
		bytes.Equal(leaf.RawIssuer, leaf.RawSubject) || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, nil, ErrCertificate
	}
	for _, c := range certificates {
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			return nil, nil, ErrCertificateTime
		}
	}
	options := x509.VerifyOptions{Intermediates: pool(certificates[1:]), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for n := range anchors {
		options.Roots = pool([]*x509.Certificate{anchors[n].Certificate})
		if _, err := leaf.Verify(options); err != nil {
			continue
		}
		if !anchors[n].permits(leaf) {
			return nil, nil, ErrCertificateUse
		}
		return leaf, &anchors[n], nil
	}
	return nil, nil, ErrUnknownAnchor
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range certificates {
		p.AddCert(c)
	}
	return p
}

// permits reports whether the leaf has the extended key usage of the anchor.
func (a *Anchor) permits(leaf *x509.Certificate) bool {
	if a.Use == nil {
		return len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) == 0
	}
	return slices.ContainsFunc(leaf.UnknownExtKeyUsage, a.Use.Equal)
}

// named reports whether the issuer's name is one of the leaf. An empty name means that the card has none, so
// the leaf alone says who issued it.
func named(leaf *x509.Certificate, issuer string) bool {
	return issuer == "" ||
		slices.ContainsFunc(names(leaf), func(n string) bool { return speaksFor(n, issuer) })
}

// vouches reports whether the anchor vouches for the issuer's name, or without one for a name of the leaf.
func (a *Anchor) vouches(leaf *x509.Certificate, issuer string) bool {
	list := []string{issuer}
	if issuer == "" {
		list = names(leaf)
	}
	return len(a.Issuers) == 0 ||
		slices.ContainsFunc(list, func(n string) bool { return slices.Contains(a.Issuers, n) })
}

// names returns the names of a certificate as an issuer's name has them: URIs, and hosts behind https.
func names(leaf *x509.Certificate) []string {
	var list []string
	for _, u := range leaf.URIs {
		list = append(list, u.String())
	}
	for _, host := range leaf.DNSNames {
		list = append(list, "https://"+host)
	}
	return list
}

// speaksFor reports whether a name of a certificate is the issuer, or the host of the issuer's address.
func speaksFor(name, issuer string) bool {
	return name == issuer || len(issuer) > len(name) && issuer[:len(name)] == name && issuer[len(name)] == '/'
}
