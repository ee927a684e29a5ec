// Command consent answers at both levels about the papers of examples/issue: consent ADDRESS KEYS. It has one
// operator, and the messages to the person appear in the terminal. KEYS is the folder of that program.
package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log"
	"net/http"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

func main() {
	secret := func() []byte { return []byte(rand.Text() + rand.Text()) } // yours: each from a vault, for ever
	logKey, _, err := note.GenerateKey(rand.Reader, "log.example.it")    // yours: made once
	accesses := &accesslog.Log{DB: must(sql.Open("sqlite", "file:consent?mode=memory&cache=shared")),
		Dialect: accesslog.SQLite, Key: secret(), Signer: must(note.NewSigner(must(logKey, err)))}
	must(0, accesses.Create(context.Background())) // yours: its Schema is one of your migrations
	consent := must(otp.New(otp.Config{DisplayName: "Example Body", RecordKey: must(otp.NewPepper(secret())),
		Keys:   otp.Keyring{Current: "1", Peppers: map[string]otp.Pepper{"1": must(otp.NewPepper(secret()))}},
		Sender: &otp.Console{W: os.Stdout, ShowCode: true}})) // yours: an SMS provider, Store and Limiter
	folder, lost := token.Folder{Dir: os.Args[2]}, new(token.MemoryCutOffs)
	person, phone := must(codicefiscale.Parse("RSSMRA80A01H501U")), must(otp.ParsePhone("+393510000067"))
	act := status.Verbale{ID: "1", Domain: status.CivilInvalidity, Kind: status.KindFirst, Decision: 20240510,
		Effect: 20240510, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeTotal, Percent: 100}}
	http.Handle("/", must(service.New(service.Config{Signer: folder.Signer, Keys: folder.Published,
		VoidBefore: lost.VoidBefore, Benefits: benefit.Default(), OTP: consent, AccessLog: accesses,
		Source: status.Static{Records: map[codicefiscale.Code]status.Record{
			person: {Birth: 19800101, Verbali: []status.Verbale{act}}}},
		Contacts: func(context.Context, codicefiscale.Code) ([]otp.Contact, error) { // yours: of this person
			return []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: time.Now()}}, nil
		},
		Authenticate: func(r *http.Request) (service.Operator, error) { // yours: your operators' login
			if r.Header.Get("Authorization") != "Bearer of-anna" {
				return service.Operator{}, service.ErrUnauthenticated
			}
			return service.Operator{IdentityProvider: "here", ID: "anna", Organisation: "City Museum"}, nil
		}})).Handler())
	log.Fatal((&http.Server{Addr: os.Args[1], ReadHeaderTimeout: 5 * time.Second}).ListenAndServe())
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
