package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"net/url"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
)

// trust holds the flags that say which issuers a command trusts: one, or all issuers of a bundle.
type trust struct{ issuer, name, keySet, bundle, bundleKey *string }

func trustFlags(fs *flag.FlagSet) trust {
	return trust{
		issuer: fs.String("issuer", "",
			"`URL` where the issuer is reached, such as http://127.0.0.1:8080 (default its name)"),
		name: fs.String("issuer-name", "",
			"the issuer's `NAME` in its papers (default the one that its key set names)"),
		keySet: fs.String("jwks", "",
			"the issuer's public key set, `FILE or URL` (default what it publishes at -issuer;\n"+
				"without -issuer, the example issuer's on this machine)"),
		bundle: fs.String("bundle", "",
			"`FILE` with the issuers and their keys, in place of -issuer; see verifier bundle"),
		bundleKey: fs.String("bundle-key", "", "`FILE` with the public key of the bundle's maker"),
	}
}

// client returns a client of the trusted issuers. If ok is false, the program ends with the code: if the
// bundle is too old it cannot tell, and anything else is a wrong call.
func (t trust) client(ctx context.Context, s cli.Streams) (c *verifier.Client, code int, ok bool) {
	issuers, err := t.issuers(ctx, s)
	switch {
	case err == verifier.ErrBundleTooOld || err == verifier.ErrBundleTime:
		const old = "cannot tell: %v [keys_stale]; make a new one, or look at this machine's clock"
		return nil, cli.Fail(s, cannotTell, old, err), false
	case err != nil:
		return nil, cli.Fail(s, cli.Usage, "%v", err), false
	}
	c, err = verifier.New(chosen(issuers)...)
	if err != nil {
		return nil, cli.Fail(s, cli.Usage, "key set: %v", err), false
	}
	return c, cli.OK, true
}

func (t trust) issuers(ctx context.Context, s cli.Streams) ([]verifier.TrustAnchor, error) {
	if *t.bundle == "" {
		trusted, err := t.one(ctx)
		return []verifier.TrustAnchor{trusted}, err
	}
	if *t.issuer != "" || *t.name != "" || *t.keySet != "" {
		return nil, words.Errorf(
			"a bundle says itself whom to trust: leave out -issuer, -issuer-name and -jwks")
	}
	b, err := readBundle(*t.bundle, *t.bundleKey)
	if err == nil && b.Old {
		cli.Say(s, "The bundle is of %s: make a new one soon.", b.MadeAt.Format("2006-01-02 15:04"))
	}
	return b.Anchors, err
}

// one returns the issuer at the address, with the keys that -jwks names or that it publishes.
func (t trust) one(ctx context.Context) (verifier.TrustAnchor, error) {
	if *t.issuer == "" {
		trusted, err := readKeys(ctx, *t.keySet, *t.name)
		if err != nil {
			return verifier.TrustAnchor{}, words.Errorf("-jwks: %w", err)
		}
		return trusted, nil
	}
	address, err := issuerAddress(*t.issuer)
	if err != nil {
		return verifier.TrustAnchor{}, err
	}
	flag, source := "-jwks", *t.keySet
	if source == "" {
		flag, source = "-issuer", address+jwks.Path
	}
	trusted, err := readKeys(ctx, source, *t.name)
	if err != nil {
		return verifier.TrustAnchor{}, words.Errorf("%s: %w", flag, err)
	}
	trusted.Address = address
	return trusted, nil
}

// chosen returns the issuers with addresses of any network allowed, since the caller of the program
// chose them, by -issuer or in a bundle.
func chosen(issuers []verifier.TrustAnchor) []verifier.TrustAnchor {
	for i := range issuers {
		issuers[i].AllowPrivate = true
	}
	return issuers
}

// issuerAddress reads the value of -issuer.
func issuerAddress(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", words.Errorf("-issuer: not a URL such as http://127.0.0.1:8080")
	}
	return strings.TrimSuffix(text, "/"), nil
}

// readBundle loads the bundle in a file with the public key in another.
func readBundle(path, keyPath string) (verifier.Bundle, error) {
	if keyPath == "" {
		return verifier.Bundle{},
			words.Errorf("a bundle is verified with the key of its maker: give -bundle-key")
	}
	key, err := readPublicKey(keyPath, bundleOwner)
	if err != nil {
		return verifier.Bundle{}, words.Errorf("key of the bundle: %w", err)
	}
	text, err := readBundleText(path)
	if err != nil {
		return verifier.Bundle{}, words.Errorf("bundle: %w", err)
	}
	b, err := verifier.LoadBundle(text, key, time.Now(), verifier.BundleAges{})
	if err != nil && err != verifier.ErrBundleTooOld && err != verifier.ErrBundleTime {
		err = words.Errorf("bundle: %w", err)
	}
	return b, err
}

// maxBundleFile is one byte more than the maximum length of a bundle.
const maxBundleFile = 1<<20 + 1

func readBundleText(path string) (string, error) {
	text, err := file.Read(path, maxBundleFile)
	return trimmed(text), err
}

// trimmed removes the line end of a file, which a JWS does not have.
func trimmed(text []byte) string { return string(bytes.TrimSpace(text)) }

// bundleOwner fills the name of an issuer in the key of a bundle. Nothing depends on it.
const bundleOwner = "https://bundle.invalid"

// readPublicKey reads a public key as openssl pkey -pubout writes it.
func readPublicKey(path, owner string) (token.PublicKey, error) {
	text, err := file.Read(path, maxBundleFile)
	if err != nil {
		return token.PublicKey{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return token.PublicKey{}, words.Errorf("not a public key in PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return token.PublicKey{}, err
	}
	return token.NewPublicKey(owner, key)
}
