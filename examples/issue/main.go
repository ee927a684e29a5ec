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
	ctx, rome, lost := context.Background(), must(time.LoadLocation("Europe/Rome")), new(token.MemoryCutOffs)
	folder := token.Folder{Dir: os.Args[2], IssuerName: "https://qr.example.it", CutOffs: lost}
	if len(must(folder.SigningKeys(ctx))) == 0 { // the first start
		_, _ = must(folder.AddSigningKey(ctx)), must(folder.AddReferenceKey(ctx))
	}
	person := must(codicefiscale.Parse("RSSMRA80A01H501U")) // yours: the person who is logged in
	verbale := status.Verbale{ID: "1", Domain: status.Blindness, Kind: status.KindFirst, Decision: 20240510,
		Effect: 20240510, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeBlindTotal}}
	http.Handle("/", must(service.New(service.Config{ // Source is yours: what you know of people
		Signer: folder.Signer, Keys: folder.Published, VoidBefore: lost.VoidBefore,
		Benefits: benefit.Default(), Source: status.Static{Records: map[codicefiscale.Code]status.Record{
			person: {Birth: 19800101, Complete: true, Verbali: []status.Verbale{verbale}}}}})).Handler())
	http.HandleFunc("POST /my/{sheet}", func(w http.ResponseWriter, r *http.Request) {
		signer, err0 := folder.Signer(r.Context()) // with the current keys: ask each time
		issue := cmp.Or(signer, &token.Signer{}).Issue
		if r.PathValue("sheet") == "new-qr.pdf" { // the old one is lost, and void from now on
			issue = cmp.Or(signer, &token.Signer{}).Reissue
		}
		jws, claims, err1 := issue(r.Context(), person)
		text, err2 := token.QRText("https://qr.example.it/q", jws)
		symbol, err3 := qrpdf.Encoder{}.Encode(text)
		if errors.Join(err0, err1, err2, err3) != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_ = qrpdf.Document{DisplayName: "Example Body", Issued: claims.IssuedAt.In(rome),
			Expires: claims.LastDay(rome)}.Write(w, symbol)
	})
	log.Fatal((&http.Server{Addr: os.Args[1], ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
