// Command page serves the page that a telephone's camera opens from a QR: page ADDRESS ISSUER-ADDRESS FOLDER.
// It keeps the issuer's keys in FOLDER, for a start without a network.
package main

import (
	"context"
	"errors"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page"
)

func main() {
	const issuer = "https://qr.example.it"
	file := filepath.Join(os.Args[3], "keys.json")
	keys := &jwks.Client{IssuerName: issuer, URL: os.Args[2] + jwks.Path, File: file}
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
	pages, err := page.New(page.Config{
		Path: "/q", // the path in the QRs that you print: https://qr.example.it/q#...
		Name: "Example Institute", Catalogue: benefit.Default(),
		Client: func(*http.Request) (*verifier.Client, error) { return client, nil },
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux() // yours
	mux.Handle("/q", pages)
	mux.Handle("/q/", pages)
	server := &http.Server{Addr: os.Args[1], Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
