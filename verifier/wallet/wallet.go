// Package wallet checks a European Disability Card that a person shows from a wallet on a phone: a relying
// party for OpenID4VP 1.0 in the High Assurance Interoperability Profile 1.0 (HAIP), with SD-JWT VC
// credentials. It answers the same question as package verifier, in the same three values and with the same
// codes.
//
// Make one [RelyingParty] with [New] and mount its Handler at [Config.Address], which the phone must reach.
// For each person call Start with the benefit, and show the link as a QR (or, on the phone itself, as a
// link). Ask Answer until the wallet has answered; then show [Holder] to the operator, who compares it with
// the person, and call Compare. [Question], [Report] and these three methods are all that a page needs.
//
// What decides: the card states one right, the constant attendance allowance. [benefit.Benefit.Card] says
// for which benefits this suffices and what ties the card to the person, and only these two claims are asked
// for. Possession of a valid card is no answer, because a QR can be photographed and approved by somebody
// elsewhere: until the desk has compared the picture or the name, the code is needs_evidence. A claim that is
// false or absent is "cannot tell", never no, because other titles may give the right. A status list that
// cannot be read is "cannot tell" too. PRESENTATION.md has the order of the checks, and testdata/vectors has
// cases for other implementations.
//
// # What is kept
//
// Questions, and of an answer the picture or name and the digest of the presentation, are in memory, at most
// [MaxQuestions] for at most [Lifetime]. They are forgotten when the desk has compared. Nothing else is
// kept, and errors contain nothing about the person. With several processes, all calls of one question must
// reach the same one.
//
// # What is not checked
//
// Whether the certificates of x5c were revoked: give short-lived anchors or take one out of [Config]. The
// trusted list from which the anchors come. Embedded disclosure policies, which wallets enforce. Cards in
// the form of ISO 18013-5 (mdoc) and the Digital Credentials API are not supported. docs/wallet.md says what
// works in Italy today.
package wallet

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/internal/outbound"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
)

// Types are the values of vct of the European Disability Card in circulation: Italy today, Italy's earlier
// issuer until its cards run out, the APTITUDE pilot, and test wallets of the reference implementation.
func Types() []string {
	return []string{"urn:it-wallet:EuropeanDisabilityCard:1",
		"https://ta.wallet.ipzs.it/vct/v1.0.0/europeandisabilitycard", "urn:eudi:EuropeanDisabilityCard:it:1",
		"urn:eu.europa.ec.eudi:edc:1"}
}

// Config is what a relying party needs. Key, Chain, Anchors, Address, Name, Logo and
// Benefits are required.
type Config struct {
	// Key is the private key of the access certificate: P-256, in a file or a device.
	Key crypto.Signer
	// Chain is the access certificate that the ecosystem's registrar has issued, and the certificates between
	// it and the trust anchor, without the anchor (HAIP 1.0, section 5).
	Chain []*x509.Certificate
	// Anchors are the authorities whose issuers' cards count, each once.
	Anchors []Anchor
	// Types are the accepted values of vct; nil means those of the function Types.
	Types []string
	// Address is the public https address at which the handler is mounted. Phones must reach it. http is
	// allowed on loopback, for tests.
	Address string
	// Name is the body that asks, as wallets show it, and Logo the address of its logo, which they may show.
	Name, Logo string
	// Scheme begins the link; "" means haip-vp:// (HAIP 1.0, section 5.1). An ecosystem may have an https
	// address of its own in its place.
	Scheme string
	// Benefits has the rows of what may be asked.
	Benefits benefit.Catalogue
	// Receipts signs receipts; nil means that there are none. A key of [token.NewReceiptKey] will not do:
	// it signs the receipts of papers only.
	Receipts *token.SigningKey
	// HTTP gets status lists, by http only from this machine; nil means a client that refuses addresses that
	// are not public, and http unless Address has it. Redirects are refused in any case.
	HTTP *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A RelyingParty asks wallets. Make it with [New]; it is safe for concurrent use.
type RelyingParty struct {
	config   Config
	clientID string
	x5c      []string
	lists    *lists

	mu        sync.Mutex
	questions map[string]*question
}

// New returns a relying party. It does not look at the validity of the certificates' dates.
func New(c Config) (*RelyingParty, error) {
	address, err := url.Parse(c.Address)
	switch {
	case len(c.Chain) == 0 || c.Key == nil:
		return nil, errors.New("wallet: no access certificate")
	case len(c.Anchors) == 0:
		return nil, errors.New("wallet: no trust anchor")
	case c.Name == "" || c.Logo == "":
		return nil, errors.New("wallet: no name or no logo")
	case err != nil || !netaddr.IsSafe(address) || address.RawQuery != "" || address.Fragment != "":
		return nil, errors.New("wallet: the address is not https without query and fragment")
	}
	leaf := c.Chain[0]
	public, ok := c.Key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() || !public.Equal(leaf.PublicKey) {
		return nil, errors.New("wallet: the key is not P-256 or not that of the access certificate")
	}
	for n, a := range c.Anchors {
		if a.Certificate == nil || !a.Certificate.IsCA {
			return nil, fmt.Errorf("wallet: trust anchor %d is no authority", n)
		}
		twice := func(b Anchor) bool { return b.Certificate.Equal(a.Certificate) }
		if slices.ContainsFunc(c.Anchors[:n], twice) {
			// the first alone would count
			return nil, fmt.Errorf("wallet: trust anchor %d is there twice", n)
		}
	}
	if c.Types == nil {
		c.Types = Types()
	}
	if c.Scheme == "" {
		c.Scheme = "haip-vp://"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	local := c.HTTP != nil || address.Scheme != "https" // in tests; a card must not make us ask this machine
	client := http.Client{Transport: outbound.New(outbound.Policy{})}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = noRedirect
	c.Address = strings.TrimSuffix(c.Address, "/")
	rp := &RelyingParty{config: c, lists: &lists{client: &client, local: local},
		questions: map[string]*question{}}
	for _, certificate := range c.Chain {
		if bytes.Equal(certificate.RawIssuer, certificate.RawSubject) {
			return nil, errors.New("wallet: the access certificate's chain has a self-signed certificate")
		}
		rp.x5c = append(rp.x5c, base64.StdEncoding.EncodeToString(certificate.Raw))
	}
	if c.Receipts != nil {
		if _, err := c.Receipts.SignJWS(context.Background(), ReceiptType, []byte("{}")); err != nil {
			return nil, fmt.Errorf("wallet: the key for receipts: %w", err)
		}
	}
	sum := sha256.Sum256(leaf.Raw)
	rp.clientID = prefix + b64.EncodeToString(sum[:])
	return rp, nil
}

// prefix begins a client_id that is the hash of a certificate.
const prefix = "x509_hash:"

// ClientID is the name under which wallets know the relying party: the hash of the access certificate.
func (rp *RelyingParty) ClientID() string { return rp.clientID }
