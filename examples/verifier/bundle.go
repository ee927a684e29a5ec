package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
)

const bundleUsage = `Usage: verifier bundle make -key FILE [-o FILE] KEYSET[=ADDRESS]...
       verifier bundle show FILE
       verifier bundle verify -bundle-key FILE FILE

A bundle is a signed file with the issuers that a desk without a network trusts, their keys and a date. The
body that makes it answers for it. Give it to check with -bundle FILE -bundle-key FILE.

  make    sign a bundle of key sets (files or URLs). If an issuer is not reached at its name, add its ADDRESS.
          If the private key does not exist, make creates it, with the public key in FILE.pub.
  show    print what a bundle says, without checking who made it
  verify  check who made it and how old it is: old after 24 hours, refused after 7 days

Exit codes of verify: 0 good, 1 damaged or made with another key, 2 too old or dated in the future,
3 wrong call.
`

func bundle(ctx context.Context, args []string, s cli.Streams) int {
	fs := cli.Flags("bundle", bundleUsage, s)
	key := fs.String("key", "", "make: `FILE` of the private key, P-256 or Ed25519, PKCS#8 PEM or JWK")
	out := fs.String("o", "", "make: `FILE` to write (default the standard output)")
	public := fs.String("bundle-key", "", "verify: `FILE` of the public key, PEM")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) == 0:
		return cli.Fail(s, cli.Usage, "bundle wants make, show or verify (-h explains)")
	}
	action, rest := rest[0], rest[1:]
	switch {
	case action == "make" && len(rest) > 0 && *key != "":
		return makeBundle(ctx, *key, *out, rest, s)
	case action == "make":
		return cli.Fail(s, cli.Usage, "bundle make wants -key and one key set or more (-h explains)")
	case (action == "show" || action == "verify") && len(rest) != 1:
		return cli.Fail(s, cli.Usage, "bundle %s wants one file (-h explains)", action)
	case action == "show":
		return showBundle(rest[0], s)
	case action == "verify":
		return verifyBundle(rest[0], *public, s)
	}
	return cli.Fail(s, cli.Usage, "bundle: unknown action %q (-h explains)", action)
}

func makeBundle(ctx context.Context, keyPath, out string, sources []string, s cli.Streams) int {
	var issuers []verifier.TrustAnchor
	for _, source := range sources {
		source, address, hasAddress := strings.Cut(source, "=http")
		if hasAddress {
			address = "http" + address
		}
		issuer, err := readKeys(ctx, source, "")
		if err != nil {
			return cli.Fail(s, cli.Usage, "key set %s: %v", source, err)
		}
		issuer.Address = address
		issuers = append(issuers, issuer)
	}
	signer, err := bundleSigner(keyPath, s)
	if err != nil {
		return cli.Fail(s, cli.Failure, "key of the bundle: %v", err)
	}
	key, err := token.NewSigningKey(ctx, bundleOwner, signer)
	if err != nil {
		return cli.Fail(s, cli.Failure, "key of the bundle: %v", err)
	}
	text, err := verifier.MakeBundle(ctx, key, time.Now(), issuers...)
	if err != nil {
		return cli.Fail(s, cli.Failure, "bundle: %v", err)
	}
	if out == "" {
		fmt.Fprintln(s.Out, text)
		return cli.OK
	}
	if err := file.Write(out, []byte(text), 0o644); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

// bundleSigner reads the private key, or makes it if the file does not exist.
func bundleSigner(path string, s cli.Streams) (crypto.Signer, error) {
	key, err := token.ReadKeyFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(made)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(made.Public())
	if err != nil {
		return nil, err
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	if err := file.Create(path, secret); err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	if err := file.Write(path+".pub", text, 0o644); err != nil {
		return nil, err
	}
	fmt.Fprintf(s.Err, "Made the key %s. Give %s.pub to the desks, by another way than the bundle.\n",
		path, path)
	return made, nil
}

func showBundle(path string, s cli.Streams) int {
	text, err := readBundleText(path)
	if err != nil {
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	b, err := looksLike(text)
	if err != nil {
		return cli.Fail(s, cli.Failure, "not a bundle: %v", err)
	}
	fmt.Fprintln(s.Out, "NOT CHECKED who made it: bundle verify does.")
	return printBundle(b, s)
}

// looksLike reads a bundle without verifying its signature.
func looksLike(text string) (verifier.Bundle, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return verifier.Bundle{}, words.Errorf("not three parts")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return verifier.Bundle{}, err
	}
	var says struct {
		MadeAt  int64 `json:"iat"`
		Issuers []struct {
			Address string          `json:"address"`
			AsOf    int64           `json:"keys_as_of"`
			KeySet  json.RawMessage `json:"jwks"`
		} `json:"issuers"`
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if err := d.Decode(&says); err != nil {
		return verifier.Bundle{}, err
	}
	b := verifier.Bundle{MadeAt: time.Unix(says.MadeAt, 0)}
	b.Old = time.Since(b.MadeAt) >= verifier.BundleWarning
	for _, entry := range says.Issuers {
		keys, err := token.ParseJWKS(entry.KeySet, "")
		if err != nil {
			return verifier.Bundle{}, err
		}
		i := verifier.TrustAnchor{Name: keys[0].IssuerName(), Address: entry.Address, Keys: keys}
		if entry.AsOf != 0 {
			i.KeysAsOf = time.Unix(entry.AsOf, 0)
		}
		b.Anchors = append(b.Anchors, i)
	}
	return b, nil
}

func verifyBundle(path, keyPath string, s cli.Streams) int {
	b, err := readBundle(path, keyPath)
	var cause token.Cause
	switch {
	case err == verifier.ErrBundleTooOld:
		return cli.Fail(s, cannotTell, "cannot tell: %v [%s]", err, "too_old")
	case err == verifier.ErrBundleTime:
		return cli.Fail(s, cannotTell, "cannot tell: %v [%s]", err, "from_the_future")
	case errors.As(err, &cause):
		return cli.Fail(s, cli.Failure, "NOT GOOD: %v [%s]", err, string(cause))
	case err != nil:
		return cli.Fail(s, cli.Usage, "%v", err)
	}
	fmt.Fprintln(s.Out, "GOOD: made with this key.")
	return printBundle(b, s)
}

func printBundle(b verifier.Bundle, s cli.Streams) int {
	age := "can be used until " + minute(b.MadeAt.Add(verifier.BundleLife))
	if b.Old {
		age = "OLD, " + age
	}
	fmt.Fprintf(s.Out, "Made %s, %s.\n\n", minute(b.MadeAt), age)
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ISSUER\tREACHED AT\tKEYS OF\tKEY\tALG\tFOR")
	for _, i := range b.Anchors {
		address := i.Address
		if address == "" {
			address = "its name"
		}
		for _, k := range i.Keys {
			use := "papers"
			if k.IsForReceipts() {
				use = "receipts"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", i.Name, address, minute(i.KeysAsOf), k.ID(),
				k.Algorithm(), use)
		}
	}
	if err := w.Flush(); err != nil {
		return cli.Fail(s, cli.Failure, "%v", err)
	}
	return cli.OK
}

func minute(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("2006-01-02 15:04")
}
