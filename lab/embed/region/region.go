// Package region is the service of a Region that issues papers: with its own registry on PostgreSQL, its
// login, an HSM and its SMS gateway. It was written from the documentation alone: README.md, docs and go doc.
package region

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"database/sql"
	_ "embed" // the schema
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
	_ "time/tzdata" // for Europe/Rome

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/otp"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	issuerName  = "https://qr.regione.example.it"
	displayName = "Regione di Esempio"
)

//go:embed schema.sql
var schema string

// A Config has the parts outside the program.
type Config struct {
	DB      *sql.DB
	HSM     []crypto.Signer // the keys in it; the table signing_key says which are in use
	Secrets Secrets
	LogKey  string // signs the access log: of note.GenerateKey
	Gateway otp.Sender
	Log     *slog.Logger
}

// Secrets are out of the vault: 32 random bytes each, which never change.
type Secrets struct{ Reference, Receipt, Pepper, Record, Limit, Access, Page [32]byte }

// A Region is the service.
type Region struct {
	Config
	registry  Registry
	reference token.ReferenceKey
	receipts  *token.SigningKey
	accesses  *accesslog.Log
	service   *service.Service
	rome      *time.Location
}

// Migrate makes the tables. Then a row of signing_key names the first key, without which New fails.
func Migrate(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, schema)
	store := &sqlstore.Store{DB: db, Dialect: sqlstore.PostgreSQL}
	accesses := &accesslog.Log{DB: db, Dialect: accesslog.PostgreSQL}
	return errors.Join(err, store.Create(ctx), accesses.Create(ctx))
}

// New returns the service. It asks the keys for a signature within ctx.
func New(ctx context.Context, c Config) (http.Handler, error) {
	rome, err0 := time.LoadLocation(token.DefaultZone)
	reference, err1 := token.NewReferenceKey(1, c.Secrets.Reference[:])
	receipts, err2 := token.NewReceiptKey(ctx, issuerName, ed25519.NewKeyFromSeed(c.Secrets.Receipt[:]))
	signer, err3 := note.NewSigner(c.LogKey)
	pepper, err4 := otp.NewPepper(c.Secrets.Pepper[:])
	records, err5 := otp.NewPepper(c.Secrets.Record[:])
	if err := errors.Join(err0, err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	g := &Region{Config: c, registry: Registry{c.DB}, reference: reference, receipts: receipts, rome: rome}
	g.accesses = &accesslog.Log{DB: c.DB, Dialect: accesslog.PostgreSQL, Signer: signer,
		Key: c.Secrets.Access[:]}
	store := &sqlstore.Store{DB: c.DB, Dialect: sqlstore.PostgreSQL}
	consent, err0 := otp.New(otp.Config{DisplayName: displayName, Sender: c.Gateway, RecordKey: records,
		Keys:  otp.Keyring{Current: "1", Peppers: map[string]otp.Pepper{"1": pepper}},
		Store: store, Limiter: store, Logger: c.Log})
	g.service, err1 = service.New(service.Config{Signer: g.signer, Keys: g.published,
		ReceiptKey: func(context.Context) (*token.SigningKey, error) { return receipts, nil },
		Source:     g.registry, VoidBefore: g.registry.VoidBefore, Benefits: benefit.Default(),
		OTP: consent, Contacts: g.registry.Contacts, Authenticate: g.authenticate, AccessLog: g.accesses,
		Limiter: store, LimitKey: c.Secrets.Limit[:], Zone: rome, Log: c.Log})
	pages, err2 := g.pages()
	if err := errors.Join(err0, err1, err2); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/q", pages)
	mux.Handle("/q/", pages)
	mux.HandleFunc("POST /my/qr.pdf", g.sheet((*token.Signer).Issue))
	mux.HandleFunc("POST /my/new-qr.pdf", g.sheet((*token.Signer).Reissue)) // the old one is lost
	mux.HandleFunc("GET /my/accesses", g.seen)
	return g.service.Mount(mux), nil
}

// keys returns the keys in the HSM that the table has, with their dates. They are read each time, so a key
// that is added or revoked counts at once.
func (g *Region) keys(ctx context.Context) (list []*token.SigningKey, err error) {
	for _, hsm := range g.HSM {
		key, err := token.NewSigningKey(ctx, issuerName, hsm)
		if err != nil {
			return nil, err
		}
		var from, sign, publish sql.NullTime // NULL is no limit
		err = g.DB.QueryRowContext(ctx, `SELECT not_before, sign_until, publish_until FROM signing_key
			WHERE id = $1`, key.Public().ID()).Scan(&from, &sign, &publish)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		key.Dates = token.Dates{NotBefore: from.Time, SignUntil: sign.Time, PublishUntil: publish.Time}
		list = append(list, key)
	}
	return list, nil
}

func (g *Region) signer(ctx context.Context) (*token.Signer, error) {
	keys, err := g.keys(ctx)
	return &token.Signer{Keys: keys, References: []token.ReferenceKey{g.reference}, Zone: g.rome,
		CutOffs: g.registry}, err
}

func (g *Region) published(ctx context.Context) ([]token.PublicKey, error) {
	keys, err := g.keys(ctx)
	list := []token.PublicKey{g.receipts.Public()}
	for _, k := range keys {
		if k.IsPublished(time.Now()) {
			list = append(list, k.Public())
		}
	}
	return list, err
}

type issuing = func(*token.Signer, context.Context, codicefiscale.Code) (string, token.Claims, error)

func (g *Region) sheet(issue issuing) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		person, err := g.citizen(r)
		if err != nil {
			http.Error(w, "log in", http.StatusUnauthorized)
			return
		}
		signer, err := g.signer(r.Context())
		if err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		jws, claims, err1 := issue(signer, r.Context(), person)
		text, err2 := token.QRText(issuerName+"/q", jws)
		symbol, err3 := qrpdf.Encoder{}.Encode(text)
		if err := errors.Join(err1, err2, err3); err != nil {
			message := "try again later"
			if errors.Is(err, token.ErrNotVoid) {
				message = "the lost paper may still be valid: report the loss again"
			}
			http.Error(w, message, http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_ = qrpdf.Document{DisplayName: displayName, Contact: "800 000 000", VoidAt: issuerName + "/my",
			Issued: claims.IssuedAt.In(g.rome), Expires: claims.LastDay(g.rome),
			SecondLevel: true}.Write(w, symbol)
	}
}

// seen shows citizens who looked at their data.
func (g *Region) seen(w http.ResponseWriter, r *http.Request) {
	person, err := g.citizen(r)
	if err != nil {
		http.Error(w, "log in", http.StatusUnauthorized)
		return
	}
	records, err := g.accesses.ByPerson(r.Context(), person)
	if err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(records)
}
