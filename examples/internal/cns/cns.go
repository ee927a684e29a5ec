// Package cns logs people in with the Carta Nazionale dei Servizi, whose certificate holds the codice fiscale.
//
// A TLS server asks for a client certificate for a whole connection, not for a page, so the card has a listener of its own
// ([Entrance]), on a port or a name of its own. It reads the card, seals what it read into a [Ticket] and sends the browser
// back to the main origin, where the session that asked for the ticket redeems it.
//
// What is checked of a card: the chain to one of the [Rules]' roots, the dates, that the certificate is for authentication
// and not for signature, its policy, and the form of its name. Whether the card was revoked is for [Rules] too, since the
// lists are the issuers'; [Lists] reads them.
//
// Cards of the first issue hold RSA keys of 1024 bits, which Go accepts from a client. Whoever wants more sets
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

// PolicyCNS is the policy of CNS authentication certificates.
const PolicyCNS = "1.3.76.16.2.1"

// Card is what an authentication certificate says. It prints as a constant.
type Card struct {
	Person codicefiscale.Code
	// Name of the person, where the certificate holds it.
	Name string
	// Number of the card.
	Number string
	// Issuer is the name of the authority that signed the certificate, Body the administration that issued the card.
	Issuer, Body string
}

// Format writes "[card]", whatever the verb and its flags.
func (Card) Format(f fmt.State, _ rune) { io.WriteString(f, "[card]") }

// LogValue returns "[card]".
func (Card) LogValue() slog.Value { return slog.StringValue("[card]") }

// Error is why a card was refused. It never holds anything of the card.
type Error string

// The reasons for which a card is refused, in the order in which they are looked for.
const (
	// ErrNoCard: there is no certificate.
	ErrNoCard Error = "no card certificate"
	// ErrChain: no chain of valid certificates leads to a root.
	ErrChain Error = "card certificate is not of a trusted authority, or not valid today"
	// ErrRevoked: the authority revoked it.
	ErrRevoked Error = "card certificate is revoked"
	// ErrRevocationUnknown: it cannot be told whether the authority revoked it.
	ErrRevocationUnknown Error = "it cannot be told whether the card certificate is revoked"
	// ErrUsage: it is not for authentication.
	ErrUsage Error = "card certificate is not for authentication"
	// ErrPolicy: it has none of the policies.
	ErrPolicy Error = "card certificate has another policy"
	// ErrKey: its key is too short.
	ErrKey Error = "card has too short a key"
	// ErrName: its name holds no codice fiscale in its place.
	ErrName Error = "card certificate does not name a person by codice fiscale"
)

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// Rules are what a card must fulfil.
type Rules struct {
	// Roots are the authorities, for Italy those of type IdV in AgID's trusted list. Required.
	Roots *x509.CertPool
	// Policies of which a certificate must have one, as numbers with dots; none means [PolicyCNS]. The regional card of
	// Lombardy has 1.3.159.6.1.3.2.10 and 1.3.76.12.1.1.10.2.2.10, the certificate in the chip of a CIE 1.3.76.47.4.
	Policies []string
	// MinRSA is the length of an RSA key in bits; zero: as short as Go takes them, which is 1024.
	MinRSA int
	// Revoked says whether a certificate was revoked, of which issuer is the authority's. Nil: it is not asked.
	Revoked func(certificate, issuer *x509.Certificate) error
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Read checks a chain, the card's certificate first, and returns what it says.
func (r Rules) Read(chain []*x509.Certificate) (Card, error) {
	if len(chain) == 0 || r.Roots == nil {
		return Card{}, ErrNoCard
	}
	leaf := chain[0]
	options := x509.VerifyOptions{Roots: r.Roots, Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
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
	// Without contentCommitment: the same card holds a second certificate, for signatures.
	if leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 || leaf.KeyUsage&x509.KeyUsageContentCommitment != 0 ||
		!slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return Card{}, ErrUsage
	}
	policies := r.Policies
	if len(policies) == 0 {
		policies = []string{PolicyCNS}
	}
	if !slices.ContainsFunc(leaf.Policies, func(id x509.OID) bool { return slices.Contains(policies, id.String()) }) {
		return Card{}, ErrPolicy
	}
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < r.MinRSA {
		return Card{}, ErrKey
	}
	return read(leaf)
}

// read takes the subject apart: the common name is CODE/NUMBER.HASH, where the hash is base64 and may hold slashes.
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
	card := Card{Person: person, Number: number, Issuer: leaf.Issuer.CommonName, Body: strings.Join(leaf.Subject.OrganizationalUnit, ", ")}
	card.Name = strings.TrimSpace(attribute(leaf, 42) + " " + attribute(leaf, 4)) // givenName, surname
	return card, nil
}

// attribute returns the attribute 2.5.4.n of the subject, if it is there once.
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
