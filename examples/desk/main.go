// Command desk sells tickets and asks the issuer whether one is free: desk ADDRESS ISSUER-ADDRESS FOLDER. It
// keeps the issuer's keys in FOLDER, for a start without a network.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const form = `<!doctype html><html lang="en"><title>Ticket desk</title><h1>Ticket desk</h1>
<form method="post" action="/ticket"><p><label>QR <input name="qr" autocomplete="off" required></label></p>
<p><label>Codice fiscale <input name="codice_fiscale" autocomplete="off" required></label></p>
<button>Check</button></form>`

func main() {
	const issuer = "https://qr.example.it"
	keys := &jwks.Client{IssuerName: issuer, URL: os.Args[2] + jwks.Path, File: os.Args[3] + "/keys.json"}
	if err := keys.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) { // what an earlier run saved
		log.Print(err)
	}
	if err := keys.Refresh(context.Background()); err != nil {
		log.Print(err) // until there are keys every answer is "cannot tell"
	}
	client, err := verifier.New(verifier.TrustAnchor{Name: issuer, Address: os.Args[2], KeySet: keys})
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, form) })
	http.HandleFunc("POST /ticket", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		person, err := codicefiscale.Parse(r.PostFormValue("codice_fiscale"))
		if err != nil {
			http.Error(w, "type the codice fiscale again", http.StatusUnprocessableEntity)
			return
		}
		free := verifier.FirstLevelOptions{Benefit: "museums"}
		report := client.FirstLevel(r.Context(), r.PostFormValue("qr"), person, free)
		switch report.Verdict {
		case api.Confirmed:
			fmt.Fprintln(w, "free ticket; receipt:", report.Receipt) // names nobody, may be kept
		case api.NotConfirmed:
			fmt.Fprintln(w, "full price:", report.Code) // expired, cf_mismatch, void, not_entitled, ...
		default:
			fmt.Fprintln(w, "cannot tell:", report.Code, "- accept another document") // never a refusal
		}
	})
	log.Fatal((&http.Server{Addr: os.Args[1], ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}
