package cards

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"flag"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

// maxFile bounds the files of certificates, in bytes.
const maxFile = 1 << 20

// Settings is what a body needs to ask wallets: all of it, or nothing. The zero Settings asks none.
type Settings struct {
	// Chain and Key are the files of the access certificate and its private key, and Anchors that of the
	// authorities of card issuers: see [Flags].
	Chain, Key, Anchors string
	// Address is the public https address that phones reach, and Name and Logo what wallets show.
	Address, Name, Logo string
	// ReceiptKey is the file of the key that signs receipts, and may be empty.
	ReceiptKey string
	// HTTP gets status lists; nil means a client that reaches public addresses only.
	HTTP *http.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

type setting struct {
	flag, usage string
	value       *string
}

func (s *Settings) all() []setting {
	return []setting{
		{"wallet-cert", "`FILE` with the access certificate by which wallets know the body, and its chain",
			&s.Chain},
		{"wallet-key", "`FILE` with the access certificate's private key", &s.Key},
		{"wallet-anchors", "`FILE` with the authorities of card issuers; see docs/wallet.md", &s.Anchors},
		{"wallet-url", "public https `URL` of this program, with a path, at which phones answer; before\n" +
			"several processes a proxy passes it and the pages of the card to the same one", &s.Address},
		{"wallet-name", "`NAME` of the body that asks, as wallets show it", &s.Name},
		{"wallet-logo", "https `URL` of the body's logo, which wallets may show", &s.Logo},
	}
}

// Flags adds the flags of the settings.
func Flags(fs *flag.FlagSet, s *Settings) {
	for _, one := range s.all() {
		fs.StringVar(one.value, one.flag, "", one.usage)
	}
	fs.StringVar(&s.ReceiptKey, "wallet-receipt-key", "",
		"`FILE` with the private key that signs receipts about cards (default none)")
}

// Check returns an error that names what is missing, if there is something but not all, or an address that
// phones cannot reach. asked reports that there is everything.
func (s Settings) Check() (asked bool, err error) {
	var missing []string
	given := s.ReceiptKey != ""
	for _, one := range s.all() {
		if *one.value == "" {
			missing = append(missing, "-"+one.flag)
		} else {
			given = true
		}
	}
	u, err := url.Parse(s.Address)
	switch {
	case !given:
		return false, nil
	case missing != nil:
		return false, words.Errorf("to ask wallets takes %s too", strings.Join(missing, ", "))
	case err != nil || u.Scheme != "https" || u.User != nil || !duties.Due(u.Hostname()) ||
		strings.Trim(u.Path, "/") == "" || strings.ContainsAny(s.Address, "?#"):
		return false, words.Errorf("-wallet-url: want https://, a host that phones reach, and a path")
	}
	return true, nil
}

// Open reads the files. The settings have passed [Settings.Check]. The errors name the flag.
func (s Settings) Open(ctx context.Context, benefits benefit.Catalogue) (*Asker, error) {
	chain, err := readChain(s.Chain)
	if err != nil {
		return nil, words.Errorf("-wallet-cert: %w", err)
	}
	key, err := token.ReadKeyFile(s.Key)
	if err != nil {
		return nil, words.Errorf("-wallet-key: %w", err)
	}
	anchors, err := readAnchors(s.Anchors)
	if err != nil {
		return nil, words.Errorf("-wallet-anchors: %w", err)
	}
	u, err := url.Parse(s.Address)
	if err != nil {
		return nil, words.Errorf("-wallet-url: %w", err)
	}
	a := &Asker{name: s.Name, path: strings.TrimSuffix(u.Path, "/"), limit: callers.New(perMinute)}
	c := wallet.Config{Key: key, Chain: chain, Anchors: anchors, Address: s.Address, Name: s.Name,
		Logo: s.Logo, Benefits: benefits, HTTP: s.HTTP, Now: s.Now}
	if s.ReceiptKey != "" {
		signer, err := token.ReadKeyFile(s.ReceiptKey)
		if err == nil {
			c.Receipts, err = token.NewSigningKey(ctx, origin(u), signer)
		}
		if err != nil {
			return nil, words.Errorf("-wallet-receipt-key: %w", err)
		}
		a.receipts = []token.PublicKey{c.Receipts.Public()}
	}
	a.party, err = wallet.New(c)
	return a, err
}

func readChain(path string) ([]*x509.Certificate, error) {
	data, err := file.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	var chain []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, c)
	}
	return chain, nil // New refuses none
}

// anchor is a trust anchor in the file: a certificate in base64, as trusted lists have it, the names of
// issuers, and an object identifier, such as 1.2.3.
type anchor struct {
	Certificate []byte   `json:"certificate"`
	Issuers     []string `json:"issuers"`
	Use         string   `json:"use"`
}

func readAnchors(path string) ([]wallet.Anchor, error) {
	data, err := file.Read(path, maxFile)
	if err != nil {
		return nil, err
	}
	var list []anchor
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, err
	}
	var anchors []wallet.Anchor
	for _, one := range list {
		c, err := x509.ParseCertificate(one.Certificate)
		if err != nil {
			return nil, err
		}
		use, err := parseUse(one.Use)
		if err != nil {
			return nil, err
		}
		anchors = append(anchors, wallet.Anchor{Certificate: c, Issuers: one.Issuers, Use: use})
	}
	return anchors, nil
}

func parseUse(text string) (asn1.ObjectIdentifier, error) {
	var use asn1.ObjectIdentifier
	if text == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, err
		}
		use = append(use, int(n))
	}
	return use, nil
}
