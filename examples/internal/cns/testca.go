package cns

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/internal/file"
)

// TestCA is an authority for development. It issues certificates like those of a CNS, and one for the
// listener. All processes with the same secret have the same authority.
type TestCA struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

const (
	testCAFor   = 10 * 365 * 24 * time.Hour
	testCardFor = 365 * 24 * time.Hour
)

// NewTestCA derives the authority from the secret.
func NewTestCA(key secret.Secret) (*TestCA, error) {
	signer, err := key.Signer("cns test ca")
	if err != nil {
		return nil, fmt.Errorf("cns: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{NotBefore: now.Add(-time.Hour),
		NotAfter: now.Add(testCAFor), Subject: pkix.Name{Country: []string{"IT"},
			Organization: []string{"Attesta"}, CommonName: "CNS di prova: non vale nulla"},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return nil, fmt.Errorf("cns: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("cns: %w", err)
	}
	return &TestCA{key: signer, certificate: certificate}, nil
}

// Roots returns a pool with this authority alone.
func (ca *TestCA) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.certificate)
	return pool
}

// Server returns a certificate for the listener. names are IP addresses or host names.
func (ca *TestCA) Server(names ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{Subject: pkix.Name{CommonName: names[0]},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := ca.issue(template, key.Public())
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der, ca.certificate.Raw}, PrivateKey: key}, nil
}

// Card returns the certificate that the person's card would hold for an authentication key. change may alter
// it first; nil leaves it as it is.
func (ca *TestCA) Card(who demo.Persona, key crypto.PublicKey,
	change func(*x509.Certificate)) ([]byte, error) {
	policy, err := x509.ParseOID(PolicyCNS)
	if err != nil {
		return nil, err
	}
	number, err := rand.Int(rand.Reader, big.NewInt(1e10))
	if err != nil {
		return nil, err
	}
	var personalData [20]byte
	rand.Read(personalData[:])
	name := fmt.Sprintf("%s/743001%010d.%s", who.CF.Reveal(), number,
		base64.StdEncoding.EncodeToString(personalData[:]))
	template := &x509.Certificate{
		Subject: pkix.Name{Country: []string{"IT"}, Organization: []string{"CNS di prova"},
			OrganizationalUnit: []string{"Regione di prova"},
			CommonName:         name, ExtraNames: []pkix.AttributeTypeAndValue{
				{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: who.Given},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: who.Family}}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies:    []x509.OID{policy},
	}
	if change != nil {
		change(template)
	}
	return ca.issue(template, key)
}

func (ca *TestCA) issue(template *x509.Certificate, key crypto.PublicKey) ([]byte, error) {
	if template.NotBefore.IsZero() {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(testCardFor)
	}
	return x509.CreateCertificate(rand.Reader, template, ca.certificate, key, ca.key)
}

// WriteCards writes the authority to ca.pem and a card for each persona, certificate and key, to ID.pem in
// the folder. It keeps a file that is valid for another month. With these files a browser or curl can use
// the card:
//
//	curl -L -c jar -b jar --cacert ca.pem --cert mario.pem 'http://127.0.0.1:8080/auth/login?via=cns'
//	openssl pkcs12 -export -in mario.pem -out mario.p12    # what a browser imports
func (ca *TestCA) WriteCards(dir string, personas []demo.Persona) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.certificate.Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), root, 0o644); err != nil {
		return err
	}
	for _, who := range personas {
		path := filepath.Join(dir, who.ID+".pem")
		if ca.holds(path, who, time.Now().AddDate(0, 1, 0)) {
			continue
		}
		if err := ca.writeCard(path, who); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether the file is a card of the persona that is still valid at the time.
func (ca *TestCA) holds(path string, who demo.Persona, at time.Time) bool {
	data, err := os.ReadFile(path)
	block, _ := pem.Decode(data)
	if err != nil || block == nil {
		return false
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return false
	}
	card, err := Rules{Roots: ca.Roots(), Now: func() time.Time { return at }}.Read([]*x509.Certificate{leaf})
	return err == nil && card.Person == who.CF
}

func (ca *TestCA) writeCard(path string, who demo.Persona) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	certificate, err := ca.Card(who, key.Public(), nil)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	var both bytes.Buffer
	pem.Encode(&both, &pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	pem.Encode(&both, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return file.Write(path, both.Bytes(), 0o600)
}
