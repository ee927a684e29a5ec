// Package museum is the ticket service of a chain of museums that checks papers. Its tills call it over HTTP.
// It was written from the documentation alone: README.md, docs/embed-verifier.md and go doc.
package museum

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// A Chain is the ticket service.
type Chain struct {
	IssuerName, Address string // of the issuer, and where it is asked
	Folder              string // keeps the issuer's keys and the receipts
	APIKey              string // for the issuer's budget: all tills ask from one address
	Log                 *slog.Logger

	client *verifier.Client
}

// A Ticket is what a till shows.
type Ticket struct {
	Price    string // free, full or unknown
	Words    answer.Words
	LookAt   []answer.Question // papers that may still decide
	Declared bool
}

// Open returns the handler of the service: POST /ticket and GET /receipts/{number}.
func (c *Chain) Open(ctx context.Context) (http.Handler, error) {
	keys := &jwks.Client{IssuerName: c.IssuerName, URL: c.Address + jwks.Path, Log: c.Log,
		File: filepath.Join(c.Folder, "keys.json")}
	if err := keys.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	_ = keys.Refresh(ctx) // until there are keys, every answer is "cannot tell"; the log says why
	client, err := verifier.New(verifier.TrustAnchor{Name: c.IssuerName, Address: c.Address, KeySet: keys})
	if err != nil {
		return nil, err
	}
	c.client, client.Log, client.Transport = client, c.Log, c
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ticket", c.ticket)
	mux.HandleFunc("GET /receipts/{number}", c.receipt)
	return mux, nil
}

// RoundTrip implements http.RoundTripper: it adds the API key.
func (c *Chain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+c.APIKey)
	return http.DefaultTransport.RoundTrip(r)
}

func (c *Chain) ticket(w http.ResponseWriter, r *http.Request) {
	person, err1 := answer.ReadCF(r.PostFormValue("codice_fiscale"))
	seen, err2 := api.ParseEvidence(r.PostFormValue("seen"))
	if errors.Join(err1, err2) != nil {
		http.Error(w, "type it again", http.StatusUnprocessableEntity)
		return
	}
	number := r.PostFormValue("number")
	report := c.client.FirstLevel(r.Context(), r.PostFormValue("qr"), person,
		verifier.FirstLevelOptions{Benefit: "museums", Evidence: seen, CaseNumber: number})
	ticket := Ticket{Price: "unknown", Words: answer.ForReport(status.Italian, report)}
	switch report.Verdict {
	case api.Confirmed:
		ticket.Price = "free"
	case api.NotConfirmed:
		ticket.Price = "full"
	}
	if report.Disclosed != nil {
		needs := report.Disclosed.Needs
		ticket.LookAt = answer.Questions(status.Italian, benefit.Default(), needs, seen)
	}
	if report.ReceiptClaims != nil {
		ticket.Declared = report.ReceiptClaims.Declared
		if err := os.WriteFile(c.file(number), []byte(report.Receipt), 0o600); err != nil {
			http.Error(w, "the receipt is not kept", http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(ticket)
}

// receipt shows an auditor what the issuer answered for a ticket. The issuer's signature proves it.
func (c *Chain) receipt(w http.ResponseWriter, r *http.Request) {
	text, err1 := os.ReadFile(c.file(r.PathValue("number")))
	claims, err2 := c.client.VerifyReceipt(r.Context(), string(text))
	if errors.Join(err1, err2) != nil {
		http.Error(w, "no receipt, or none that the issuer signed", http.StatusNotFound)
		return
	}
	_ = json.NewEncoder(w).Encode(claims)
}

func (c *Chain) file(number string) string {
	return filepath.Join(c.Folder, filepath.Base(number)+".jws")
}
