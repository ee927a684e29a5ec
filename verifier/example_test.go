package verifier_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

func ExampleClient_Check() {
	// The key set and the token are the worked example of token/FORMAT.md.
	keys, err := token.ParseJWKS([]byte(`{"issuer":"https://qr.example.it","keys":[{
		"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
		"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}`), "")
	if err != nil {
		log.Fatal(err)
	}
	desk, err := verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Keys: keys})
	if err != nil {
		log.Fatal(err)
	}
	desk.Now = func() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) }

	scanned := "https://qr.example.it/q#" +
		"eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dkdVcFRVIiwidHlwIjoiYXR0ZXN0YStqd3QifQ." +
		"eyJpc3MiOiJodHRwczovL3FyLmV4YW1wbGUuaXQiLCJzdWIi" +
		"OiJBQUZ3amwwYjlUYmFjazNlQ2MzdldMY3ciLCJpYXQiOjE3OTUzMDU2MDAsImV4cCI6MTk1MzE1NDgwMH0." +
		"Edp4SIDmM8EpULI6h3RmB9o7hiFTjg330aHxAtpKkPgFw_StX_yRz5u5MkAet9-ghS51jH88ia32D2ui0jJ7lQ"
	for _, text := range []string{scanned, scanned[:300], "https://example.org/menu"} {
		report := desk.Check(context.Background(), text, codicefiscale.Code{})
		fmt.Printf("paper %s, status %s, cause %q\n", report.Authenticity, report.Verdict, report.Code)
	}
	// Output:
	// paper authentic, status cannot_tell, cause ""
	// paper not_authentic, status not_confirmed, cause "shape"
	// paper cannot_tell, status cannot_tell, cause "not_ours"
}

// A desk asks the issuer whether a person has a right to a benefit, and keeps the receipt.
func ExampleClient_FirstLevel() {
	issuer, qr, end := issuerAndPaper()
	defer end()
	desk := issuer.Client // yours: verifier.New with the issuer that you trust
	ctx := context.Background()

	person, err := codicefiscale.Parse("RSSMRA80A01H501U") // as the person says it
	if err != nil {
		log.Fatal(err)
	}
	report := desk.FirstLevel(ctx, qr, person,
		verifier.FirstLevelOptions{Benefit: "museums", CaseNumber: "T-17"})
	fmt.Println(report.Verdict)

	receipt, err := desk.VerifyReceipt(ctx, report.Receipt) // years later, too
	fmt.Println(receipt.Case, receipt.Benefit, receipt.Outcome, err)
	// Output:
	// confirmed
	// T-17 museums confirmed <nil>
}

// A benefit needs a paper that no registry has. The desk looks at it and asks again.
func ExampleClient_FirstLevel_evidence() {
	issuer, qr, end := issuerAndPaper()
	defer end()
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	ctx := context.Background()

	question := verifier.FirstLevelOptions{Benefit: "aids"}
	report := issuer.Client.FirstLevel(ctx, qr, person, question)
	fmt.Println(report.Verdict, report.Code, report.Disclosed.Needs)

	question.Evidence = api.Evidence{"aid_prescription": api.EvidenceYes}
	report = issuer.Client.FirstLevel(ctx, qr, person, question)
	fmt.Println(report.Verdict, "- declared:", report.ReceiptClaims.Declared)
	// Output:
	// cannot_tell needs_evidence [aid_prescription]
	// confirmed - declared: true
}

// The person approves by a code on their phone. The operator types it and sees what was approved.
func ExampleClient_Answer() {
	issuer, qr, end := issuerAndPaper()
	defer end()
	desk := issuer.Client // yours: with Authorize, which adds the operator's credential
	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	ctx := context.Background()

	challenge, report := desk.RequestSecondLevel(ctx, qr, person, verifier.SecondLevelRequest{
		Organisation: "Museo Civico", Purpose: "ticket", Scope: api.ScopeDetail, CaseNumber: "T-17"})
	if challenge == nil {
		fmt.Println("no code was sent:", report.Code, report.Err)
		return
	}
	fmt.Println("a code went to", challenge.MaskedPhone)

	typed := issuer.LastCode() // what the person tells the operator
	report = desk.Answer(ctx, qr, person, verifier.SecondLevelAnswer{
		Challenge: challenge.ID, Code: typed, Scope: api.ScopeDetail, CaseNumber: "T-17"})
	if report.Verdict != api.Confirmed {
		fmt.Println("not approved:", report.Code, report.Err)
		return
	}
	for _, d := range report.Disclosed.Details {
		fmt.Println(d.Domain, d.Percent, d.Number, d.Decision)
	}
	// Output:
	// a code went to +39 ••• ••• ••67
	// civil_invalidity 74 IC 2020/000417 2020-01-10
}

// A wrong address of the issuer is "cannot tell" for the person, and has a cause for developers.
func ExampleCallError() {
	issuer, qr, end := issuerAndPaper()
	defer end()
	ctx := context.Background()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	keys, _ := issuer.Config.Keys(ctx)
	anchor := verifier.TrustAnchor{Name: "https://qr.example.it", Address: other.URL, Keys: keys}
	desk, err := verifier.New(anchor)
	if err != nil {
		log.Fatal(err)
	}
	desk.Now = issuer.Clock.Now

	person, _ := codicefiscale.Parse("RSSMRA80A01H501U")
	report := desk.FirstLevel(ctx, qr, person, verifier.FirstLevelOptions{})
	fmt.Println(report.Authenticity, report.Verdict, report.Code)
	var call *verifier.CallError
	if errors.As(report.Err, &call) {
		fmt.Println(call.Reason == verifier.ErrStatus, call.Status)
	}
	// Output:
	// authentic cannot_tell unavailable
	// true 404
}

// A body that trusts several issuers hands their keys to desks without a network.
func ExampleMakeBundle() {
	issuer, qr, end := issuerAndPaper()
	defer end()
	ctx, now := context.Background(), issuer.Clock.Now()
	seed := make([]byte, ed25519.SeedSize) // yours: a key of your own, not of an issuer
	key, err := token.NewSigningKey(ctx, "https://desks.example.it", ed25519.NewKeyFromSeed(seed))
	if err != nil {
		log.Fatal(err)
	}
	keys, _ := issuer.Config.Keys(ctx)
	text, err := verifier.MakeBundle(ctx, key, now,
		verifier.TrustAnchor{Name: "https://qr.example.it", Address: "https://qr.example.it", Keys: keys})
	if err != nil {
		log.Fatal(err)
	}

	// At the desk, which has the bundle and the public key.
	for _, days := range []int{0, 3, 8} {
		bundle, err := verifier.LoadBundle(text, key.Public(), now.AddDate(0, 0, days), verifier.BundleAges{})
		fmt.Println(days, "days:", len(bundle.Anchors), "issuer, old:", bundle.Old, err)
		if err == nil {
			desk, _ := verifier.New(bundle.Anchors...)
			desk.Now = issuer.Clock.Now
			fmt.Println(desk.Check(ctx, qr, codicefiscale.Code{}).Authenticity)
		}
	}
	// Output:
	// 0 days: 1 issuer, old: false <nil>
	// authentic
	// 3 days: 1 issuer, old: true <nil>
	// authentic
	// 8 days: 0 issuer, old: false bundle is too old to be used
}

// The issuer says which benefits it answers for, and what a desk may have to look at for each.
func ExampleClient_Benefits() {
	issuer, _, end := issuerAndPaper()
	defer end()
	list, err := issuer.Client.Benefits(context.Background(), "https://qr.example.it")
	if err != nil {
		log.Fatal(err)
	}
	for _, b := range list.Benefits {
		if b.ID == "aids" {
			fmt.Println(b.Names["it"])
			fmt.Println(b.Evidence)
		}
	}
	// Output:
	// Ausili e protesi del Servizio sanitario
	// [war_service_1_8 aid_awaiting_recognition aid_prescription]
}
