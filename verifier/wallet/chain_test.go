package wallet

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAnchors are chains that a vector cannot have, since all vectors have one anchor.
func TestAnchors(t *testing.T) {
	old := certify(nil, "Old root", newKey(), func(c *x509.Certificate) {
		isCA(c)
		c.NotAfter = clock.Add(-time.Second)
	})
	root, other := certify(nil, "Root", newKey(), isCA), certify(nil, "Root", newKey(), isCA)
	signs := func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }
	server := func(c *x509.Certificate) {
		signs(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	for name, c := range map[string]struct {
		by   *authority
		edit func(*x509.Certificate)
		use  asn1.ObjectIdentifier
		want error
	}{
		"no use, and none wanted":     {root, signs, nil, nil},
		"the use":                     {root, isIssuer, signing, nil},
		"a use, and none wanted":      {root, isIssuer, nil, ErrCertificateUse},
		"a server, and none wanted":   {root, server, nil, ErrCertificateUse},
		"no use, and one wanted":      {root, signs, signing, ErrCertificateUse},
		"an anchor that has expired":  {old, isIssuer, signing, ErrUnknownAnchor},
		"another anchor of this name": {other, isIssuer, signing, ErrUnknownAnchor},
	} {
		leaf := certify(c.by, "Issuer", newKey(), c.edit)
		anchors := []Anchor{{Certificate: old.Certificate, Use: c.use},
			{Certificate: root.Certificate, Use: c.use}}
		found, anchor, err := chain(object{"x5c": x5c(leaf)}, anchors, clock)
		assert.Equal(t, c.want, err, name)
		if err == nil {
			assert.Equal(t, leaf.Certificate, found)
			assert.Same(t, &anchors[1], anchor, name)
		} else {
			assert.Nil(t, found)
		}
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	for _, key := range []crypto.Signer{must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)), edwards} {
		leaf := certify(root, "Issuer", key, isIssuer)
		_, _, err := chain(object{"x5c": x5c(leaf)}, []Anchor{{Certificate: root.Certificate}}, clock)
		assert.Equal(t, ErrCertificate, err, "%T", key)
	}
}
