package token_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// An issuer keeps its keys in a folder, and asks the folder again for each document.
func ExampleFolder() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	folder := token.Folder{Dir: dir, IssuerName: "https://qr.example.it"}
	if _, err := folder.AddSigningKey(ctx); err != nil {
		log.Fatal(err)
	}
	if _, err := folder.AddReferenceKey(ctx); err != nil {
		log.Fatal(err)
	}

	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	signer, err := folder.Signer(ctx)
	if err != nil {
		log.Fatal(err)
	}
	text, _, err := signer.Issue(ctx, person)
	if err != nil {
		log.Fatal(err)
	}
	published, _ := folder.Published(ctx)
	claims, err := token.Verify(text, published, time.Now())
	fmt.Println(claims.IssuerName, err)
	// Output:
	// https://qr.example.it <nil>
}

// Every year an issuer adds a key. It is published at once and signs a day later.
func ExampleFolder_AddSigningKey() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, now := context.Background(), time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	folder := token.Folder{Dir: dir, IssuerName: "https://qr.example.it",
		Now: func() time.Time { return now }}
	first, _ := folder.AddSigningKey(ctx)
	now = now.AddDate(1, 0, 0)
	second, err := folder.AddSigningKey(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, key := range []*token.SigningKey{first, second} {
		from, until := key.NotBefore.Format(time.DateTime), key.SignUntil.Format(time.DateOnly)
		fmt.Println("signs from", from, "until", until)
	}
	published, _ := folder.Published(ctx)
	fmt.Println(len(published), "published")
	// Output:
	// signs from 2026-11-22 09:00:00 until 2028-11-21
	// signs from 2027-11-23 09:00:00 until 2029-11-22
	// 2 published
}

// A person reports a loss and gets a new document. The lost one is void.
func ExampleSigner_Reissue() {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	signer := exampleSigner()
	signer.Now = func() time.Time { return now }
	signer.CutOffs = new(token.MemoryCutOffs) // yours: a column of your registry
	ctx := context.Background()
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")

	_, lost, err := signer.Issue(ctx, person)
	if err != nil {
		log.Fatal(err)
	}
	now = now.AddDate(0, 1, 0)
	_, claims, err := signer.Reissue(ctx, person)
	if errors.Is(err, token.ErrNotVoid) {
		fmt.Println("the loss is not recorded: report it again")
		return
	}
	cutOff, _ := signer.CutOffs.VoidBefore(ctx, person)
	fmt.Println("lost is void:", lost.IsVoid(cutOff))
	fmt.Println("new is void:", claims.IsVoid(cutOff))
	// Output:
	// lost is void: true
	// new is void: false
}

// A loss is reported by telephone, where nobody prints.
func ExampleVoidAll() {
	var cutOffs token.MemoryCutOffs // yours: a column of your registry
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	now := time.Date(2026, 11, 22, 9, 0, 0, 500_000_000, time.UTC)
	cutOff, err := token.VoidAll(context.Background(), &cutOffs, person, now)
	fmt.Println(cutOff.Format(time.DateTime), err)
	// Output:
	// 2026-11-22 09:00:01 <nil>
}

// A key in an HSM or a KMS is a crypto.Signer. Its dates are the issuer's to keep.
func ExampleNewSigningKey() {
	var device crypto.Signer = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // yours: the driver's
	key, err := token.NewSigningKey(context.Background(), "https://qr.example.it", device)
	if err != nil {
		log.Fatal(err)
	}
	key.Dates = token.Dates{SignUntil: time.Date(2028, 11, 22, 0, 0, 0, 0, time.UTC),
		PublishUntil: time.Date(2033, 11, 25, 0, 0, 0, 0, time.UTC)}
	for _, year := range []int{2027, 2029, 2034} {
		at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		fmt.Println(year, "signs:", key.CanSign(at), "published:", key.IsPublished(at))
	}
	fmt.Println(key.Public().ID(), key.Public().Algorithm())
	// Output:
	// 2027 signs: true published: true
	// 2029 signs: false published: true
	// 2034 signs: false published: false
	// 9ZP03Nu8GrU EdDSA
}

// A key that signs receipts only cannot sign a document, so it may be in software beside an HSM.
func ExampleNewReceiptKey() {
	seed := make([]byte, ed25519.SeedSize) // for the example; a real seed is secret and random
	key, err := token.NewReceiptKey(context.Background(), "https://qr.example.it",
		ed25519.NewKeyFromSeed(seed))
	if err != nil {
		log.Fatal(err)
	}
	signer := exampleSigner()
	signer.Keys = []*token.SigningKey{key}
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	_, _, err = signer.Issue(context.Background(), person)
	fmt.Println(err)
	fmt.Println("publish it, for receipts only:", key.Public().IsForReceipts())
	// Output:
	// no key may sign now: add one, if this clock is right
	// publish it, for receipts only: true
}

// A scanner reads all kinds of QRs. Only a text with a token is worth judging.
func ExampleFromQRText() {
	for _, text := range []string{
		"https://example.org/menu",
		" https://qr.example.it/q#eyJhbGciOiJFUzI1NiJ9.e30.c2ln\r\n",
	} {
		jws, err := token.FromQRText(text)
		switch {
		case errors.Is(err, token.ErrNewerVersion):
			fmt.Println("cannot tell: update this program")
		case err != nil:
			fmt.Println("cannot tell: another QR")
		default:
			fmt.Println("to be verified:", jws)
		}
	}
	// Output:
	// cannot tell: another QR
	// to be verified: eyJhbGciOiJFUzI1NiJ9.e30.c2ln
}

// A set names its issuer, so it cannot pass for that of another one.
func ExampleParseJWKS() {
	published, err := token.MarshalJWKS([]token.PublicKey{exampleSigner().Keys[0].Public()})
	if err != nil {
		log.Fatal(err)
	}
	for _, issuer := range []string{"https://qr.example.it", "https://example.org"} {
		keys, err := token.ParseJWKS(published, issuer)
		fmt.Println(len(keys), err)
	}
	// Output:
	// 1 <nil>
	// 0 key set belongs to another issuer than the one given
}

// exampleSigner returns a signer with fixed keys. A real seed and a real reference key are secret and random.
func exampleSigner() *token.Signer {
	seed := make([]byte, ed25519.SeedSize)
	key, err := token.NewSigningKey(context.Background(), "https://qr.example.it",
		ed25519.NewKeyFromSeed(seed))
	if err != nil {
		log.Fatal(err)
	}
	reference, err := token.NewReferenceKey(1, make([]byte, 32))
	if err != nil {
		log.Fatal(err)
	}
	return &token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{reference}}
}
