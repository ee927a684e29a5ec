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

// An issuer without SMS: the first level works, and the second says that it is not offered. Keys, registry
// and cut-offs are the body's own; here they are in memory.
func Example() {
	mario := must(codicefiscale.Parse("RSSMRA80A01H501U"))
	key := must(token.NewSigningKey("https://qr.example.it", servicetest.Key(7)))
	keys := []token.PublicKey{key.Public()}
	issuer := &token.Signer{Keys: []*token.SigningKey{key}, References: []token.ReferenceKey{token.GenerateReferenceKey(1)}}
	body, err := service.New(service.Config{
		Signer:     func(context.Context) (*token.Signer, error) { return issuer, nil }, // in production: folder.Signer
		Keys:       func() ([]token.PublicKey, error) { return keys, nil },
		Source:     status.Static{Records: map[codicefiscale.Code]status.Record{mario: servicetest.Invalid(74, status.DegreeOverTwoThirds)}},
		VoidBefore: func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(body.Handler()) // in production an http.Server with time-outs and TLS
	defer server.Close()

	desk, err := verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Address: server.URL, Keys: keys})
	if err != nil {
		fmt.Println(err)
		return
	}
	paper, _, _ := issuer.Issue(mario)
	ctx := context.Background()
	report := desk.FirstLevel(ctx, paper, mario, verifier.FirstLevelOptions{})
	fmt.Println(report.Authenticity, report.Verdict, report.Disclosed.Categories)
	_, report = desk.RequestSecondLevel(ctx, paper, mario, verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "detail"})
	fmt.Println(report.Verdict, report.Code, report.Problem.Code)
	// Output:
	// authentic confirmed [civil_invalid]
	// cannot_tell needs_second_level second_level_not_offered
}
