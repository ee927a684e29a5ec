package cns_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const (
	person = "RSSMRA80A01H501U"
	number = "7430010024925855"
	hash   = "lsKV/lNtBAmc8x5lzSb+cxx2UzE="
)

var (
	shared = secret.Secret("0123456789abcdef0123456789abcdef")
	mario  = demo.Persona{ID: "mario", Given: "Mario", Family: "Rossi", CF: must(codicefiscale.Parse(person))}
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newCA(t *testing.T) *cns.TestCA {
	t.Helper()
	ca, err := cns.NewTestCA(shared)
	require.NoError(t, err)
	return ca
}

// card returns a chain of one certificate, Mario's.
func card(ca *cns.TestCA, change func(*x509.Certificate)) []*x509.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	return []*x509.Certificate{must(x509.ParseCertificate(must(ca.Card(mario, key.Public(), change))))}
}

func named(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject.CommonName = name }
}

func TestRead(t *testing.T) {
	ca := newCA(t)
	rules := cns.Rules{Roots: ca.Roots()}
	got, err := rules.Read(card(ca, named(person+"/"+number+"."+hash)))
	require.NoError(t, err)
	assert.Equal(t, cns.Card{Person: mario.CF, Name: "Mario Rossi", Number: number,
		Issuer: "CNS di prova: non vale nulla", Body: "Regione di prova"}, got)

	got, err = rules.Read(card(ca, func(c *x509.Certificate) {
		named(person + "/1./.")(c)
		c.Subject.ExtraNames = nil
	}))
	require.NoError(t, err, "a hash of slashes and points")
	assert.Equal(t, "1", got.Number)
	assert.Empty(t, got.Name)
}

func TestReadRefuses(t *testing.T) {
	ca := newCA(t)
	other := must(cns.NewTestCA(secret.Secret("another secret of 32 bytes or so")))
	lombardy := must(x509.ParseOID("1.3.159.6.1.3.2.10"))
	tests := []struct {
		name  string
		chain []*x509.Certificate
		want  error
	}{
		{"no certificate", nil, cns.ErrNoCard},
		{"another authority", card(other, nil), cns.ErrChain},
		{"over", card(ca, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
		}), cns.ErrChain},
		{"not yet good", card(ca, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
		}), cns.ErrChain},
		{"for servers", card(ca, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), cns.ErrChain},
		{"for anything", card(ca, func(c *x509.Certificate) { c.ExtKeyUsage = nil }), cns.ErrUsage},
		{"for signatures", card(ca, func(c *x509.Certificate) {
			c.KeyUsage |= x509.KeyUsageContentCommitment
		}), cns.ErrUsage},
		{"for encryption", card(ca, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }),
			cns.ErrUsage},
		{"an authority's", card(ca, func(c *x509.Certificate) {
			c.IsCA, c.BasicConstraintsValid = true, true
		}), cns.ErrUsage},
		{"no policy", card(ca, func(c *x509.Certificate) { c.Policies = nil }), cns.ErrPolicy},
		{"policy of Lombardy", card(ca, func(c *x509.Certificate) { c.Policies = []x509.OID{lombardy} }),
			cns.ErrPolicy},
		{"no name", card(ca, named("")), cns.ErrName},
		{"a codice fiscale alone", card(ca, named(person)), cns.ErrName},
		{"no number", card(ca, named(person+"/."+hash)), cns.ErrName},
		{"no point", card(ca, named(person+"/"+number)), cns.ErrName},
		{"wrong check letter", card(ca, named("RSSMRA80A01H501X/"+number+"."+hash)), cns.ErrName},
		{"small letters", card(ca, named("rssmra80a01h501u/"+number+"."+hash)), cns.ErrName},
		{"space before", card(ca, named(" "+person+"/"+number+"."+hash)), cns.ErrName},
		{"two names", card(ca, func(c *x509.Certificate) {
			c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{
				{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "x"},
				{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: person + "/" + number + "." + hash}}
		}), cns.ErrName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cns.Rules{Roots: ca.Roots()}.Read(tt.chain)
			assert.Equal(t, tt.want, err)
			assert.Equal(t, cns.Card{}, got)
		})
	}
	_, err := cns.Rules{Roots: ca.Roots(), Policies: []string{"1.2.3", "1.3.159.6.1.3.2.10"}}.Read(
		card(ca, func(c *x509.Certificate) { c.Policies = []x509.OID{lombardy} }))
	assert.NoError(t, err, "policies are configuration")
	_, err = cns.Rules{}.Read(card(ca, nil))
	assert.Equal(t, cns.ErrNoCard, err, "without authorities nobody is believed")
}

func TestShortKey(t *testing.T) {
	ca := newCA(t)
	key := must(rsa.GenerateKey(rand.Reader, 1024))
	chain := []*x509.Certificate{must(x509.ParseCertificate(must(ca.Card(mario, key.Public(), nil))))}
	_, err := cns.Rules{Roots: ca.Roots()}.Read(chain)
	assert.NoError(t, err)
	_, err = cns.Rules{Roots: ca.Roots(), MinRSA: 2048}.Read(chain)
	assert.Equal(t, cns.ErrKey, err)
	_, err = cns.Rules{Roots: ca.Roots(), MinRSA: 1024}.Read(chain)
	assert.NoError(t, err, "a key of exactly that length")
}

// The dates are those of the rules' clock, not of this machine's.
func TestReadAtATime(t *testing.T) {
	ca := newCA(t)
	chain := card(ca, nil)
	for name, tt := range map[string]struct {
		days int
		want error
	}{"today": {0, nil}, "the last days": {360, nil}, "next year": {370, cns.ErrChain},
		"last year": {-10, cns.ErrChain}} {
		now := func() time.Time { return time.Now().AddDate(0, 0, tt.days) }
		rules := cns.Rules{Roots: ca.Roots(), Now: now}
		_, err := rules.Read(chain)
		assert.Equal(t, tt.want, err, name)
	}
}

// A root leads to itself, but nobody issued it to a person, so it has no issuer to ask about.
func TestARootIsNoCard(t *testing.T) {
	root, _ := authority(t)
	roots := x509.NewCertPool()
	roots.AddCert(root)
	_, err := cns.Rules{Roots: roots, Revoked: func(_, _ *x509.Certificate) error {
		assert.Fail(t, "asked about a root")
		return nil
	}}.Read([]*x509.Certificate{root})
	assert.Equal(t, cns.ErrChain, err)
}

// An authority may stand between the root and the card. Revocation is asked of the authority that signed.
func TestReadChain(t *testing.T) {
	root, rootKey := authority(t)
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	middle := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject: pkix.Name{CommonName: "middle"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign},
		root, key.Public(), rootKey))))
	leaf := must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject:   pkix.Name{CommonName: person + "/" + number + "." + hash},
		NotBefore: root.NotBefore, NotAfter: root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		Policies:    []x509.OID{must(x509.ParseOID(cns.PolicyCNS))}}, middle, key.Public(), key))))
	roots := x509.NewCertPool()
	roots.AddCert(root)
	rules := cns.Rules{Roots: roots, Revoked: func(certificate, issuer *x509.Certificate) error {
		if certificate.Equal(leaf) && issuer.Equal(middle) {
			return nil
		}
		return cns.ErrRevoked
	}}
	got, err := rules.Read([]*x509.Certificate{leaf, middle})
	require.NoError(t, err)
	assert.Equal(t, "middle", got.Issuer)
	_, err = rules.Read([]*x509.Certificate{leaf})
	assert.Equal(t, cns.ErrChain, err, "without the authority between")
}

// A name that occurs twice names nobody; the rest of the card counts.
func TestTwoGivenNames(t *testing.T) {
	ca := newCA(t)
	got, err := cns.Rules{Roots: ca.Roots()}.Read(card(ca, func(c *x509.Certificate) {
		c.Subject.ExtraNames = append(c.Subject.ExtraNames,
			pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 42}, Value: "Maria"})
	}))
	require.NoError(t, err)
	assert.Equal(t, "Rossi", got.Name)
	assert.Equal(t, person, got.Person.Reveal())
}

func TestCardPrintsNothing(t *testing.T) {
	c := cns.Card{Person: mario.CF, Name: "Mario Rossi", Number: number}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "card", c)
	assert.Equal(t, "[card] [card] [card]", fmt.Sprintf("%v %+v %#v", c, c, c))
	assert.NotContains(t, log.String(), "Mario")
}

// authority returns an authority that can sign lists, which TestCA cannot.
func authority(t *testing.T) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template,
		key.Public(), key)))), key
}

func TestLists(t *testing.T) {
	ca, key := authority(t)
	_, strangersKey := authority(t) // of the same name
	leaf := func(serial int64) *x509.Certificate {
		template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: ca.NotBefore,
			NotAfter: ca.NotAfter}
		return must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, ca, key.Public(),
			key))))
	}
	now := time.Now()
	dir := t.TempDir()
	issuer, form := ca.Subject, "X509 CRL"
	write := func(name string, signer *ecdsa.PrivateKey, until time.Time, serials ...int64) {
		list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour),
			NextUpdate: until}
		for _, serial := range serials {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
				x509.RevocationListEntry{SerialNumber: big.NewInt(serial), RevocationTime: now})
		}
		der := must(x509.CreateRevocationList(rand.Reader, list,
			&x509.Certificate{Subject: issuer,
				KeyUsage: ca.KeyUsage, PublicKey: signer.Public(), SubjectKeyId: ca.SubjectKeyId}, signer))
		path := filepath.Join(dir, name)
		if form != "" {
			der = pem.EncodeToMemory(&pem.Block{Type: form, Bytes: der})
		}
		require.NoError(t, os.WriteFile(path, der, 0o600))
		require.NoError(t, os.Chtimes(path, until, until)) // each list has a date of its own
	}
	lists := &cns.Lists{Dir: dir}
	assert.Equal(t, cns.ErrRevocationUnknown, lists.Revoked(leaf(7), ca), "no list")
	write("stranger.crl", strangersKey, now.Add(time.Hour), 7)
	assert.Equal(t, cns.ErrRevocationUnknown, lists.Revoked(leaf(7), ca), "a list of somebody else")
	issuer = pkix.Name{CommonName: "the authority under another name"}
	write("named.crl", key, now.Add(time.Hour), 7)
	assert.Equal(t, cns.ErrRevocationUnknown, lists.Revoked(leaf(7), ca), "a list of another name")
	issuer = ca.Subject
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.crl"), []byte("spoilt"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.crl"), 0o700))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "link.crl")))
	write("ours.crl", key, now.Add(time.Hour), 7, 9)
	assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(7), ca))
	assert.NoError(t, lists.Revoked(leaf(8), ca))
	var said []string
	lists.Reread = func(path string, err error) {
		said = append(said, fmt.Sprint(filepath.Base(path), " ", err == nil))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ours.crl"), []byte("torn"), 0o600))
	require.NoError(t, os.Chtimes(filepath.Join(dir, "ours.crl"), time.Time{}, now.Add(-time.Minute)))
	for range 2 {
		assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(7), ca), "the list of before")
	}
	write("zz.crl", key, now.Add(-time.Minute), 5)
	assert.NoError(t, lists.Revoked(leaf(8), ca), "an old list beside the one in force")
	assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(5), ca), "what the old list says counts")
	form = "" // DER
	write("ours.crl", key, now.Add(time.Minute), 8)
	assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(8), ca), "a newer list")
	assert.Equal(t, []string{"ours.crl false", "ours.crl true"}, said)
	lists.Now = func() time.Time { return now }
	synctest.Test(t, func(t *testing.T) { // no time passes
		for _, serial := range []int64{21, 8} {
			write("ours.crl", key, now.Add(time.Minute), serial)
			require.NoError(t, os.Chtimes(filepath.Join(dir, "ours.crl"), time.Time{}, time.Now()))
			assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(serial), ca), "two changes of one date")
		}
	})
	lists.Now = func() time.Time { return now.Add(2 * time.Minute) }
	assert.Equal(t, cns.ErrRevocationUnknown, lists.Revoked(leaf(7), ca), "the list is over")
	assert.Equal(t, cns.ErrRevoked, lists.Revoked(leaf(8), ca), "what was revoked stays so")

	issued, next, ok := lists.Dates()
	assert.True(t, ok)
	assert.WithinDuration(t, now.Add(-time.Hour), issued, time.Second)
	assert.WithinDuration(t, now.Add(time.Minute), next, time.Second)
	issuer = pkix.Name{CommonName: "another authority"}
	write("another.crl", key, now.Add(-time.Minute))
	_, next, _ = lists.Dates()
	assert.WithinDuration(t, now.Add(-time.Minute), next, time.Second, "the first one that is over")
	_, _, ok = (&cns.Lists{Dir: t.TempDir()}).Dates()
	assert.False(t, ok)

	chain := []*x509.Certificate{card(newCA(t), nil)[0]}
	_, err := cns.Rules{Roots: newCA(t).Roots(), Revoked: lists.Revoked}.Read(chain)
	assert.Equal(t, cns.ErrRevocationUnknown, err)
}
