package wallet

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"
)

// This file makes authorities, cards, presentations and status lists, right ones and wrong ones.

var (
	clock   = time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	signing = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1} // the extended key usage of the test's anchor
)

const (
	issuerName = "https://issuer.example"
	listURL    = "https://issuer.example/lists/1"
	audience   = "x509_hash:7lV3H0eOYmXuR0YaK1wM3P5sFrX1YQfYj0wzqgqk3Xc"
	nonce      = "LHOKXCYWOU2V5HHPEJGYEIZFXE"
	// pixel is the smallest file that begins as a JPEG does.
	pixel = "data:image/jpeg;base64,/9j/2Q=="
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newKey() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// authority is a certificate with its key.
type authority struct {
	*x509.Certificate
	key crypto.Signer
}

// certify returns a certificate of the authority, or of itself, and what edit makes of it.
func certify(by *authority, name string, key crypto.Signer, edit func(*x509.Certificate)) *authority {
	c := &x509.Certificate{SerialNumber: must(rand.Int(rand.Reader, big.NewInt(1<<62))),
		Subject: pkix.Name{CommonName: name}, NotBefore: clock.AddDate(-1, 0, 0),
		NotAfter: clock.AddDate(9, 0, 0), BasicConstraintsValid: true}
	if edit != nil {
		edit(c)
	}
	parent, signer := c, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der := must(x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer))
	return &authority{must(x509.ParseCertificate(der)), key}
}

func isCA(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

// isIssuer makes a leaf as the test's profile wants it.
func isIssuer(c *x509.Certificate) {
	c.KeyUsage, c.UnknownExtKeyUsage = x509.KeyUsageDigitalSignature, []asn1.ObjectIdentifier{signing}
	c.URIs = []*url.URL{must(url.Parse(issuerName))}
}

// mint makes cards of one issuer.
type mint struct {
	root, middle, leaf *authority
	holder             *ecdsa.PrivateKey
	usual              string // a list in which everything is valid
}

func newMint() *mint {
	m := &mint{holder: newKey()}
	m.root = certify(nil, "Test root", newKey(), isCA)
	m.middle = certify(m.root, "Test authority", newKey(), isCA)
	m.leaf = certify(m.middle, "Test issuer", newKey(), isIssuer)
	m.usual = m.list(nil, nil)
	return m
}

func (m *mint) anchor() Anchor {
	return Anchor{Certificate: m.root.Certificate, Issuers: []string{issuerName}, Use: signing}
}

func x5c(chain ...*authority) []any {
	var list []any
	for _, a := range chain {
		list = append(list, base64.StdEncoding.EncodeToString(a.Raw))
	}
	return list
}

func jwk(key *ecdsa.PublicKey) object {
	point := must(key.Bytes())
	return object{"kty": "EC", "crv": "P-256", "x": b64.EncodeToString(point[1:33]),
		"y": b64.EncodeToString(point[33:])}
}

// draft is a presentation before it is put together.
type draft struct {
	header, payload      object
	hidden               map[string]any // claims behind digests
	shown                []string       // those disclosed
	more                 []string       // texts of other disclosures
	digests              []any          // other digests
	issuerKey, holderKey crypto.Signer
	holderHeader, bound  object
	onPayload, onBound   func(string) string // edit the JSON
	whole                func(string) string // edits the presentation
	lists                map[string]string   // what comes from an address
	pad, listPad         int
	now                  time.Time
}

func (m *mint) draft() *draft {
	same := func(s string) string { return s }
	d := &draft{
		header: object{"alg": "ES256", "typ": "dc+sd-jwt", "x5c": x5c(m.leaf, m.middle)},
		payload: object{"iss": issuerName, "sub": "8b1c9f6e-1f7e-4b4e-9d0a-0f7c5a1f2b3c", "vct": Types()[0],
			"nbf": clock.AddDate(0, -1, 0).Unix(), "exp": clock.AddDate(0, 11, 0).Unix(),
			"_sd_alg": "sha-256", "issuing_country": "IT", "date_of_expiry": "2027-10-31",
			"cnf":    object{"jwk": jwk(&m.holder.PublicKey)},
			"status": object{"status_list": object{"idx": 5, "uri": listURL}}},
		hidden: map[string]any{allowance: true, "picture": pixel, "given_name": "Ada", "family_name": "Rossi",
			"birthdate": "1980-01-01", "iat": clock.AddDate(0, -1, 0).Unix()},
		shown: []string{allowance, "picture"}, issuerKey: m.leaf.key, holderKey: m.holder,
		holderHeader: object{"alg": "ES256", "typ": "kb+jwt"},
		bound:        object{"aud": audience, "nonce": nonce, "iat": clock.Unix()},
		onPayload:    same, onBound: same, whole: same, now: clock,
	}
	d.lists = map[string]string{listURL: m.usual}
	return d
}

func disclosure(parts ...any) string { return b64.EncodeToString(must(json.Marshal(parts))) }

// sign makes a JWS of a header and the text of a payload.
func sign(key crypto.Signer, header object, payload string) string {
	text := must(signJWS(key, header, map[string]any{}))
	head, _, _ := strings.Cut(text, ".")
	input := head + "." + b64.EncodeToString([]byte(payload))
	return input + "." + b64.EncodeToString(raw(key, input))
}

// raw returns an ES256 signature over the text.
func raw(key crypto.Signer, text string) []byte {
	hash := crypto.SHA256.New()
	hash.Write([]byte(text))
	der := must(key.Sign(rand.Reader, hash.Sum(nil), crypto.SHA256))
	var pair struct{ R, S *big.Int }
	must(asn1.Unmarshal(der, &pair))
	return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
}

// text puts the presentation together.
func (d *draft) text() string {
	digests := append([]any{}, d.digests...)
	shown := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(d.hidden)) {
		one := disclosure(rand.Text(), name, d.hidden[name])
		digests = append(digests, digest(one))
		shown[name] = one
	}
	if _, there := d.payload["_sd"]; !there {
		d.payload["_sd"] = digests
	}
	parts := []string{sign(d.issuerKey, d.header, d.onPayload(string(must(json.Marshal(d.payload)))))}
	for _, name := range d.shown {
		parts = append(parts, shown[name])
	}
	front := strings.Join(append(parts, d.more...), "~") + "~"
	if _, there := d.bound["sd_hash"]; !there {
		d.bound["sd_hash"] = digest(front)
	}
	return d.whole(front + sign(d.holderKey, d.holderHeader, d.onBound(string(must(json.Marshal(d.bound))))))
}

// deflate returns the entries as a list has them.
func deflate(entries []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	must(z.Write(entries))
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b64.EncodeToString(b.Bytes())
}

// list makes a status list token in which everything is valid, and what edit makes of it.
func (m *mint) list(by *authority, edit func(header, payload object)) string {
	header := object{"alg": "ES256", "typ": "statuslist+jwt", "x5c": x5c(m.leaf, m.middle)}
	key := m.leaf.key
	if by != nil {
		header["x5c"], key = x5c(by), by.key
	}
	payload := object{"sub": listURL, "iat": clock.Add(-time.Hour).Unix(), "exp": clock.Add(time.Hour).Unix(),
		"ttl": 600, "status_list": object{"bits": 1, "lst": deflate(make([]byte, 16))}}
	if edit != nil {
		edit(header, payload)
	}
	return sign(key, header, string(must(json.Marshal(payload))))
}
