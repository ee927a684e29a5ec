package replicas_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/webhook"
	redisstore "github.com/qr-invalidita/attesta/otp/store/redis"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	issuerName = "https://qr.example.it"
	// headerClient is the header in which the proxy in front of the replicas names the caller's
	// address.
	headerClient = "X-Client-Address"
)

// setting is what every replica reads from its standard input.
type setting struct{ Postgres, Redis, Gateway string }

// issuer and the keys of the access log are the same in each replica.
func issuer() *token.Signer {
	signer := must(ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32)))
	key := must(token.NewSigningKey(context.Background(), issuerName, signer))
	return &token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{must(token.NewReferenceKey(1, bytes.Repeat([]byte{9}, 32)))}}
}

func openLog(db *database.DB) (*accesslog.Log, note.Verifier) {
	private, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "qr.example.it/access")
	if err != nil {
		panic(err)
	}
	log := &accesslog.Log{DB: db.DB, Dialect: accesslog.PostgreSQL, Signer: must(note.NewSigner(private)),
		Key: bytes.Repeat([]byte{5}, 32)}
	return log, must(note.NewVerifier(public))
}

func openRegistry(ctx context.Context, db *database.DB) (*registry.Registry, error) {
	return registry.Open(ctx, db, registry.OneKey(bytes.Repeat([]byte{4}, registry.MinKey)))
}

// phone is the person's number, invented from the provisional codice fiscale.
func phone(cf codicefiscale.Code) otp.Phone {
	return must(otp.ParsePhone("+39351" + cf.Reveal()[3:10]))
}

// replica serves until its standard input ends.
func replica() error {
	var s setting
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		return err
	}
	handler, err := newService(context.Background(), s)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("serving " + listener.Addr().String())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, handler)
}

func newService(ctx context.Context, s setting) (http.Handler, error) {
	db, err := database.Open(ctx, s.Postgres)
	if err != nil {
		return nil, err
	}
	people, err := openRegistry(ctx, db)
	if err != nil {
		return nil, err
	}
	log, _ := openLog(db)
	sender, err := webhook.New(webhook.Config{URL: s.Gateway, Key: sms.NewSecret(strings.Repeat("k", 32))})
	if err != nil {
		return nil, err
	}
	store := &redisstore.Store{Client: redis.NewClient(
		&redis.Options{Addr: s.Redis, ContextTimeoutEnabled: true})}
	config := otptest.Config(sender, nil)
	config.Store, config.Limiter = store, store
	config.Policy.Limits, config.Policy.PerOperator = otptest.Unlimited(), 10
	challenges, err := otp.New(config)
	if err != nil {
		return nil, err
	}
	keys := issuer()
	body, err := service.New(service.Config{
		Signer: func(context.Context) (*token.Signer, error) { return keys, nil },
		Keys: func(context.Context) ([]token.PublicKey, error) {
			return []token.PublicKey{keys.Keys[0].Public()}, nil
		},
		Source:     people,
		VoidBefore: people.VoidBefore,
		OTP:        challenges,
		Contacts:   people.Contacts,
		Authenticate: func(r *http.Request) (service.Operator, error) {
			id, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return service.Operator{}, service.ErrUnauthenticated
			}
			return service.Operator{IdentityProvider: "https://login.example", ID: id,
				Organisation: "COMUNE DI ROMA"}, nil
		},
		AccessLog: log,
		Limiter:   store,
		LimitKey:  bytes.Repeat([]byte{3}, 32),
		Address: func(r *http.Request) netip.Addr {
			a, _ := netip.ParseAddr(r.Header.Get(headerClient))
			return a
		},
	})
	if err != nil {
		return nil, err
	}
	return body.Handler(), nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
