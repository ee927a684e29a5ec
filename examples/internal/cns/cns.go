// Package cns logs people in with the Carta Nazionale dei Servizi, whose certificate holds the codice
// fiscale.
//
// A TLS server asks for a client certificate for a whole connection and not for a page, so the card has a
// listener of its own ([Entrance]), on its own port or host name. Entrance reads the card, seals the result
// into a ticket ([Tickets]) and sends the browser back to the main origin. There the session that asked for
// the ticket redeems it.
//
// The package checks the chain to one of the [Rules]' roots, the dates, that the certificate is for
// authentication and not for signatures, its policy, and the form of its name. Rules.Revoked checks for
// revocation, since the lists are the authorities' own; [Lists] reads them.
//
// The first cards hold RSA keys of 1024 bits, which Go accepts from a client. To require longer keys, set
// [Rules].MinRSA.
package cns

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// PolicyCNS is the policy identifier of CNS authentication certificates.
const PolicyCNS = "1.3.76.16.2.1"

// Card is the content of an authentication certificate. It prints as a constant.
type Card struct {
	Person codicefiscale.Code
	// Name is the person's name, if the certificate holds it.
	Name string
	// Number is the number of the card.
	Number string
	// Issuer is the authority that signed the certificate. Body is the administration that issued the card.
	Issuer, Body string
}

// Format writes "[card]", whatever the verb and its flags.
func (Card) Format(f fmt.State, _ rune) { io.WriteString(f, "[card]") }

// LogValue returns "[card]".
func (Card) LogValue() slog.Value { return slog.StringValue("[card]") }

// Error is the reason for which a card was refused. It never holds anything of the card.
type Error string

// The reasons for which a card is refused, in the order in which they are checked.
const (
	// ErrNoCard means that there is no certificate.
	ErrNoCard Error = "no card certificate"
	// ErrChain means that no chain of valid certificates leads to a root.
	ErrChain Error = "card certificate is not of a trusted authority, or not valid today"
	// ErrRevoked means that the authority revoked the certificate.
	ErrRevoked Error = "card certificate is revoked"
	// ErrRevocationUnknown means that the authority's revocation list is missing or out of date.
	ErrRevocationUnknown Error = "revocation of the card certificate is unknown"
	// ErrUsage means that the certificate is not for authentication.
	ErrUsage Error = "card certificate is not for authentication"
	// ErrPolicy means that the certificate has none of the accepted policies.
	ErrPolicy Error = "card certificate has another policy"
	// ErrKey means that the key is too short.
	ErrKey Error = "card has too short a key"
	// ErrName means that the subject holds no codice fiscale where it belongs.
	ErrName Error = "card certificate does not name a person by codice fiscale"
)

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// Rules are the conditions that a card must meet.
type Rules struct {
	// Roots are the accepted authorities, for Italy those of type IdV in AgID's trusted list. Required.
	Roots *x509.CertPool
	// Policies are the accepted policy identifiers, in dotted form; a certificate must have one of them.
	// None means [PolicyCNS]. The regional card of Lombardy has 1.3.159.6.1.3.2.10 and
	// 1.3.76.12.1.1.10.2.2.10; the certificate in the chip of a CIE has 1.3.76.47.4.
	Policies []string
	// MinRSA is the least length of an RSA key in bits; zero means Go's minimum of 1024.
	MinRSA int
	// Revoked returns an error if certificate, signed by issuer, is revoked. A nil Revoked skips the check.
	Revoked func(certificate, issuer *x509.Certificate) error
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Read checks a chain, which begins with the card's certificate, and returns the card's content.
func (r Rules) Read(chain []*x509.Certificate) (Card, error) {
	if len(chain) == 0 || r.Roots == nil {
		return Card{}, ErrNoCard
	}
	leaf := chain[0]
	options := x509.VerifyOptions{Roots: r.Roots, Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	if r.Now != nil {
		options.CurrentTime = r.Now()
	}
	chains, err := leaf.Verify(options)
	if err != nil || len(chains[0]) < 2 {
		return Card{}, ErrChain
	}
	if r.Revoked != nil {
		if err := r.Revoked(leaf, chains[0][1]); err != nil {
			return Card{}, err
		}
	}
	// contentCommitment must be absent: the same card holds a second certificate, for signatures.
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 ||
		leaf.KeyUsage&x509.KeyUsageContentCommitment != 0 ||
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return Card{}, ErrUsage
	}
	policies := r.Policies
	if len(policies) == 0 {
		policies = []string{PolicyCNS}
	}
	if !slices.ContainsFunc(leaf.Policies, func(id x509.OID) bool {
		return slices.Contains(policies, id.String())
	}) {
		return Card{}, ErrPolicy
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < r.MinRSA {
		return Card{}, ErrKey
	}
	return read(leaf)
}

// read parses the subject: its common name is CODE/NUMBER.HASH, where the hash is base64 and may hold
// slashes.
func read(leaf *x509.Certificate) (Card, error) {
	var names []string
	for _, a := range leaf.Subject.Names {
		if a.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) {
			name, _ := a.Value.(string)
			names = append(names, name)
		}
	}
	if len(names) != 1 {
		return Card{}, ErrName
	}
	code, rest, ok := strings.Cut(names[0], "/")
	number, _, dot := strings.Cut(rest, ".")
	person, err := codicefiscale.Parse(code)
	if !ok || !dot || number == "" || err != nil || code != person.Reveal() {
		return Card{}, ErrName
	}
	card := Card{Person: person, Number: number, Issuer: leaf.Issuer.CommonName,
		Body: strings.Join(leaf.Subject.OrganizationalUnit, ", ")}
	card.Name = strings.TrimSpace(attribute(leaf, 42) + " " + attribute(leaf, 4)) // givenName, surname
	return card, nil
}

// attribute returns the attribute 2.5.4.n of the subject if it occurs exactly once.
func attribute(leaf *x509.Certificate, n int) string {
	found := ""
	for _, a := range leaf.Subject.Names {
		if a.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, n}) {
			if found != "" {
				return ""
			}
			found, _ = a.Value.(string)
		}
	}
	return found
}
