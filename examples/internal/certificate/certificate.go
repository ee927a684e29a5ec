// Package certificate provides the https settings of the two programs: a certificate from files, read again
// when they are renewed, and a self-signed one for trials with a telephone.
package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/file"
)

// Files is a certificate and its private key in PEM, read again when the files change. Make it with [Open].
type Files struct {
	// Reread is called after each later reading with the certificate in use, and with an error if the files
	// could not be used and it is the one of before. nil means that nobody hears of it. Set it before the
	// first handshake. It must not call Files.
	Reread func(current *x509.Certificate, err error)

	certFile, keyFile string

	mu      sync.Mutex
	looked  time.Time
	changed time.Time
	current *tls.Certificate
}

// renewal is the least time between two checks for changed files, which happen during a handshake.
const renewal = time.Minute

// Open reads the files for the first time.
func Open(certFile, keyFile string) (*Files, error) {
	c := &Files{certFile: certFile, keyFile: keyFile}
	return c, c.read()
}

// Config returns the settings of a server with this certificate.
func (c *Files) Config() *tls.Config {
	config := server()
	config.GetCertificate = c.get
	return config
}

// Reload reads the files now.
func (c *Files) Reload() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read() // Reread hears of an error
}

// Leaf returns the certificate in use.
func (c *Files) Leaf() *x509.Certificate {
	current, _ := c.get(nil) // there is one since Open
	return current.Leaf
}

func server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// get is the GetCertificate of tls.Config. If the renewed files cannot be read, it keeps the certificate it
// has.
func (c *Files) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) >= renewal {
		c.looked = time.Now()
		if info, err := os.Stat(c.certFile); err != nil || !info.ModTime().Equal(c.changed) {
			c.read() // Reread hears of an error
		}
	}
	return c.current, nil
}

func (c *Files) read() error {
	c.looked = time.Now()
	info, err := os.Stat(c.certFile)
	var pair tls.Certificate
	if err == nil {
		pair, err = c.pair()
	}
	if err == nil {
		c.current, c.changed = &pair, time.Time{} // read it again
		if file.Settled(info.ModTime(), c.looked) {
			c.changed = info.ModTime()
		}
	}
	if c.Reread != nil {
		c.Reread(c.current.Leaf, err)
	}
	return err
}

// maxPEM bounds each of the files, in bytes.
const maxPEM = 1 << 20

func (c *Files) pair() (tls.Certificate, error) {
	chain, err := file.Read(c.certFile, maxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := file.Read(c.keyFile, maxPEM)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(chain, key)
}

// Name returns how a log names a certificate: its number and its last day.
func Name(c *x509.Certificate) string {
	return fmt.Sprintf("%x until %s", c.SerialNumber, c.NotAfter.UTC().Format(time.DateOnly))
}

// ThrowAway returns the settings of a server with a new self-signed certificate for this machine and the
// addresses. Browsers warn of it. It serves to use the camera of a phone in the same network, which browsers
// do not allow to pages over plain http.
func ThrowAway(addresses []netip.Addr) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "attesta, for trying out"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 7),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, a := range addresses {
		template.IPAddresses = append(template.IPAddresses, a.AsSlice())
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	config := server()
	config.Certificates = []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return config, nil
}

// Addresses returns this machine's addresses in its local network, IPv4 first.
func Addresses() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var four, six []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || !prefix.Addr().IsGlobalUnicast() {
			continue
		}
		if prefix.Addr().Is4() {
			four = append(four, prefix.Addr())
		} else {
			six = append(six, prefix.Addr())
		}
	}
	if len(four)+len(six) == 0 {
		return nil, errors.New("this machine has no address in a network")
	}
	return append(four, six...), nil
}
