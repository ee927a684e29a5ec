// Command issue is the smallest issuing body, for one person: issue ADDRESS FOLDER. FOLDER holds its keys.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"time"
	_ "time/tzdata"

	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func main() {
	folder := token.Folder{Dir: os.Args[2], IssuerName: "https://qr.example.it"}
	italy := must(time.LoadLocation(token.DefaultZone))
	if len(must(folder.SigningKeys())) == 0 { // the first start
		must(folder.AddSigningKey())
		must(folder.AddReferenceKey())
	}
	person := must(codicefiscale.Parse("RSSMRA80A01H501U")) // yours: the person who is logged in
	verbale := status.Verbale{ID: "1", Domain: status.Blindness, Kind: status.KindFirst, Decision: 20240510,
		Effect: 20240510, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeBlindTotal}}
	registry := status.Static{Records: map[codicefiscale.Code]status.Record{ // yours: what you know
		person: {Birth: 19800101, Complete: true, Verbali: []status.Verbale{verbale}}}}
	never := func(context.Context, codicefiscale.Code) (time.Time, error) { return time.Time{}, nil }
	mux := http.NewServeMux() // below: keys, first level, health, OpenAPI document
	mux.Handle("/", must(service.New(service.Config{Signer: folder.Signer, Keys: folder.Published,
		Source: registry, Benefits: benefit.Default(), VoidBefore: never})).Handler())
	mux.HandleFunc("POST /my/qr.pdf", func(w http.ResponseWriter, r *http.Request) {
		signer, err0 := folder.Signer(r.Context()) // with the current keys: ask each time
		jws, claims, err1 := cmp.Or(signer, &token.Signer{}).Issue(person)
		text, err2 := token.QRText("https://qr.example.it/q", jws)
		symbol, err3 := qrpdf.Encoder{}.Encode(text)
		if errors.Join(err0, err1, err2, err3) != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_ = qrpdf.Document{DisplayName: "Example Body", Issued: claims.IssuedAt.In(italy),
			Expires: claims.LastDay(italy)}.Write(w, symbol)
	})
	log.Fatal((&http.Server{Addr: os.Args[1], Handler: mux,
		ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
