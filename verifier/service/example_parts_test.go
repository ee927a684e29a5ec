package service_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// exampleConfig returns an issuer in memory, and its signer. In production they are a token.Folder and a
// registry with the cut-offs of lost papers.
func exampleConfig() (service.Config, *token.Signer) {
	key := must(token.NewSigningKey(context.Background(), "https://qr.example.it", servicetest.Key(7)))
	lost, mario := new(token.MemoryCutOffs), must(codicefiscale.Parse("RSSMRA80A01H501U"))
	published := []token.PublicKey{key.Public()}
	signer := &token.Signer{Keys: []*token.SigningKey{key}, CutOffs: lost,
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, make([]byte, 32)))}}
	return service.Config{
		Signer:     func(context.Context) (*token.Signer, error) { return signer, nil },
		Keys:       func(context.Context) ([]token.PublicKey, error) { return published, nil },
		VoidBefore: lost.VoidBefore,
		Source: status.Static{Records: map[codicefiscale.Code]status.Record{
			mario: servicetest.Invalid(74, status.DegreeOverTwoThirds),
		}},
		Benefits: benefit.Default(),
	}, signer
}

// The service and other pages are at one address.
func ExampleService_Mount() {
	config, _ := exampleConfig()
	body := must(service.New(config))
	pages := http.NewServeMux()
	pages.HandleFunc("GET /q", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "the page that the QR opens")
	})
	server := httptest.NewServer(body.Mount(pages))
	defer server.Close()
	for _, path := range []string{"/q", "/.well-known/jwks.json", "/v1/status", "/v1/elsewhere"} {
		answer := must(http.Get(server.URL + path))
		text := must(io.ReadAll(answer.Body))
		answer.Body.Close()
		fmt.Println(path, answer.StatusCode, len(text) > 0)
	}
	// Output:
	// /q 200 true
	// /.well-known/jwks.json 200 true
	// /v1/status 200 true
	// /v1/elsewhere 404 true
}

// The issuer's own pages ask in the same process.
func ExampleLocal() {
	config, signer := exampleConfig()
	body := must(service.New(config))
	desk := must(verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Published: config.Keys}))
	desk.Contract = service.Local{Service: body} // with a Caller: who is logged in, and from where

	ctx, mario := context.Background(), must(codicefiscale.Parse("RSSMRA80A01H501U"))
	lost, _, _ := signer.Issue(ctx, mario)
	paper, _, _ := signer.Reissue(ctx, mario)
	for _, text := range []string{lost, paper} {
		report := desk.FirstLevel(ctx, text, mario, verifier.FirstLevelOptions{})
		fmt.Println(report.Verdict, report.Code)
	}
	// Output:
	// not_confirmed void
	// confirmed
}

// An issuer that sends codes offers the second level too.
func ExampleConfig() {
	config, signer := exampleConfig()
	messages := &otptest.Recorder{} // in production an SMS provider
	config.OTP = must(otp.New(otptest.Config(messages, nil)))
	config.Contacts = func(context.Context, codicefiscale.Code) ([]otp.Contact, error) {
		phone, err := otp.ParsePhone("+393510000067") // the one on file for this person
		return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: time.Now().AddDate(-1, 0, 0)}}, err
	}
	config.AccessLog = &servicetest.Accesses{} // in production package accesslog
	config.Authenticate = func(r *http.Request) (service.Operator, error) {
		if r.Header.Get("Authorization") != "Bearer of-anna" { // in production the operators' login
			return service.Operator{}, service.ErrUnauthenticated
		}
		return service.Operator{ID: "anna", Organisation: "Museo Civico"}, nil
	}
	server := httptest.NewServer(must(service.New(config)).Handler())
	defer server.Close()

	desk := must(verifier.New(verifier.TrustAnchor{Name: "https://qr.example.it", Address: server.URL,
		Keys: []token.PublicKey{signer.Keys[0].Public()}}))
	desk.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer of-anna")
		return nil
	}
	ctx, mario := context.Background(), must(codicefiscale.Parse("RSSMRA80A01H501U"))
	paper, _, _ := signer.Issue(ctx, mario)
	scope := api.ScopeBenefit + "ticket_c03" // yes or no, and nothing else
	challenge, _ := desk.RequestSecondLevel(ctx, paper, mario,
		verifier.SecondLevelRequest{Purpose: "ticket", Scope: scope})
	report := desk.Answer(ctx, paper, mario, verifier.SecondLevelAnswer{Challenge: challenge.ID,
		Code: messages.Last().Code.Reveal(), Scope: scope})
	fmt.Println(challenge.Organisation, "hears:", report.Verdict)
	// Output:
	// Museo Civico hears: confirmed
}

// A chain of museums asks from one address. Its API key gives all its desks one budget.
func ExampleBudget() {
	config, _ := exampleConfig()
	config.CallsPerMinute = 1
	config.Budget = func(r *http.Request) service.Budget {
		if r.Header.Get("Authorization") != "Bearer of-the-museums" { // in production in constant time
			return service.Budget{}
		}
		return service.Budget{Name: "museums", CallsPerMinute: 600}
	}
	server := httptest.NewServer(must(service.New(config)).Handler())
	defer server.Close()
	for _, key := range []string{"of-nobody", "of-nobody", "of-the-museums"} {
		body := strings.NewReader("{}")
		request := must(http.NewRequest(http.MethodPost, server.URL+api.PathFirstLevel, body))
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", "Bearer "+key)
		answer := must(http.DefaultClient.Do(request))
		answer.Body.Close()
		fmt.Println(key, http.StatusText(answer.StatusCode))
	}
	// Output:
	// of-nobody Bad Request
	// of-nobody Too Many Requests
	// of-the-museums Bad Request
}

// The health of the service names the parts that cannot work.
func ExampleService_Failing() {
	config, _ := exampleConfig()
	fault := false
	signer := config.Signer
	config.Signer = func(ctx context.Context) (*token.Signer, error) {
		if fault {
			return nil, token.ErrNoSigningKey
		}
		return signer(ctx)
	}
	body := must(service.New(config))
	fault = true
	for _, part := range body.Failing(context.Background()) {
		fmt.Println(part.Part, errors.Is(part, token.ErrNoSigningKey))
	}
	// Output:
	// Signer true
}
