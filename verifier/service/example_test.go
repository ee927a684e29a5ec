package service_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// An issuer without SMS offers the first level only. Here its keys, registry and cut-off dates are in memory.
func Example() {
	mario := must(codicefiscale.Parse("RSSMRA80A01H501U"))
	key := must(token.NewSigningKey(context.Background(), "https://qr.example.it", servicetest.Key(7)))
	keys := []token.PublicKey{key.Public()}
	reference, _ := token.NewReferenceKey(1, make([]byte, 32)) // yours: 32 secret bytes, kept for years
	issuer := &token.Signer{
		Keys:       []*token.SigningKey{key},
		References: []token.ReferenceKey{reference},
	}
	registry := status.Static{Records: map[codicefiscale.Code]status.Record{
		mario: servicetest.Invalid(74, status.DegreeOverTwoThirds),
	}}
	body, err := service.New(service.Config{
		// In production, use the Signer and Published of a token.Folder.
		Signer:     func(context.Context) (*token.Signer, error) { return issuer, nil },
		Keys:       func(context.Context) ([]token.PublicKey, error) { return keys, nil },
		Source:     registry,
		VoidBefore: func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(body.Handler()) // in production an http.Server with time-outs and TLS
	defer server.Close()

	anchor := verifier.TrustAnchor{Name: "https://qr.example.it", Address: server.URL, Keys: keys}
	desk, err := verifier.New(anchor)
	if err != nil {
		fmt.Println(err)
		return
	}
	paper, _, _ := issuer.Issue(context.Background(), mario)
	ctx := context.Background()
	report := desk.FirstLevel(ctx, paper, mario, verifier.FirstLevelOptions{})
	fmt.Println(report.Authenticity, report.Verdict, report.Disclosed.Categories)
	request := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "detail"}
	_, report = desk.RequestSecondLevel(ctx, paper, mario, request)
	fmt.Println(report.Verdict, report.Code, report.Problem.Code)
	// Output:
	// authentic confirmed [civil_invalid]
	// cannot_tell needs_second_level second_level_not_offered
}
