package token_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

// A desk checks a scanned text against the keys that the issuer publishes.
func ExampleVerify() {
	const scanned = "https://qr.example.it/q#" +
		"eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dkdVcFRVIiwidHlwIjoiYXR0ZXN0YStqd3QifQ." +
		"eyJpc3MiOiJodHRwczovL3FyLmV4YW1wbGUuaXQiLCJzdWIiOiJBQUZ3amwwYjlUYmFjazNl" +
		"Q2MzdldMY3ciLCJpYXQiOjE3OTUzMDU2MDAsImV4cCI6MTk1MzE1NDgwMH0." +
		"Edp4SIDmM8EpULI6h3RmB9o7hiFTjg330aHxAtpKkPgFw_StX_yRz5u5MkAet9-ghS51jH88ia32D2ui0jJ7lQ"
	const published = `{"issuer": "https://qr.example.it", "keys": [{"kty": "EC", "crv": "P-256",
		"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", 
		"y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`
	keys, err := token.ParseJWKS([]byte(published), "https://qr.example.it")
	if err != nil {
		log.Fatal(err)
	}

	italy, err := time.LoadLocation(token.DefaultZone)
	if err != nil {
		log.Fatal(err)
	}
	for _, day := range []string{"2027-03-01", "2031-11-24"} {
		now, _ := time.Parse(time.DateOnly, day)
		text, err := token.FromQRText(scanned)
		if err != nil {
			fmt.Println(day, "cannot tell: not a document of this kind")
			continue
		}
		claims, err := token.Verify(text, keys, now)
		switch {
		case errors.Is(err, token.ErrExpired):
			fmt.Println(day, "authentic, but its time is over")
		case errors.Is(err, token.ErrUnknownKey):
			fmt.Println(day, "cannot tell: are the keys up to date?")
		case err != nil:
			fmt.Println(day, "refused:", err)
		default:
			fmt.Println(day, "authentic: issued by", claims.IssuerName, "until",
				claims.LastDay(italy).Format(time.DateOnly))
		}
	}
	// Output:
	// 2027-03-01 authentic: issued by https://qr.example.it until 2031-11-22
	// 2031-11-24 authentic, but its time is over
}

// A desk without a network compares the codice fiscale with the commitment of the offline profile.
func ExampleCommitments() {
	// What Verify returned for such a token.
	claims := token.Claims{
		IssuerName: "https://qr.example.it",
		Subject:    "AAFwjl0b9Tback3eCc3vWLcw",
		IssuedAt:   time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Expires:    time.Date(2031, 11, 22, 23, 0, 0, 0, time.UTC),
		Commitment: "jZz18161WLHHoKfkLGmUQQ",
	}
	var commitments token.Commitments // one for the whole program: it bounds the memory
	for _, typed := range []string{"rssmra80a01h501u", "BNCLRA92E64L219S"} {
		cf, err := codicefiscale.Parse(typed)
		if err != nil {
			log.Fatal(err)
		}
		switch err := commitments.Match(context.Background(), claims, cf); {
		case errors.Is(err, token.ErrNoCommitment):
			fmt.Println("only the issuer can tell")
		case errors.Is(err, token.ErrCFMismatch):
			fmt.Println("another person's")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println("this person's")
		}
	}
	// Output:
	// this person's
	// another person's
}

// An issuing body with its own keys; a [token.Folder] keeps them on disk.
func ExampleSigner() {
	seed := make([]byte, ed25519.SeedSize) // for the example; a real seed is secret and random
	key, err := token.NewSigningKey(context.Background(), "https://qr.example.it",
		ed25519.NewKeyFromSeed(seed))
	if err != nil {
		log.Fatal(err)
	}
	reference, err := token.NewReferenceKey(1, make([]byte, 32))
	if err != nil {
		log.Fatal(err)
	}
	issuer := token.Signer{
		Keys:       []*token.SigningKey{key},
		References: []token.ReferenceKey{reference},
		Now:        func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) },
	}
	rossi, err := codicefiscale.Parse("RSSMRA80A01H501U")
	if err != nil {
		log.Fatal(err)
	}
	bianchi, err := codicefiscale.Parse("BNCLRA92E64L219S")
	if err != nil {
		log.Fatal(err)
	}

	text, claims, err := issuer.Issue(context.Background(), rossi)
	if err != nil {
		log.Fatal(err)
	}
	qr, err := token.QRText("https://qr.example.it/q", text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(qr), "bytes for the QR")
	fmt.Println("subject", claims.Subject)
	fmt.Println("Rossi:", issuer.Match(claims, rossi))
	fmt.Println("Bianchi:", issuer.Match(claims, bianchi))
	// Output:
	// 301 bytes for the QR
	// subject AAFX_s2HX_QVvlNWwSaFn9LK
	// Rossi: <nil>
	// Bianchi: token refused: cf_mismatch
}
