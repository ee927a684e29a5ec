// Package service is the issuer's half of the contract in verifier/api. A body that issues papers mounts it
// in its own server as an http.Handler, and calls its methods from its own pages.
//
// Fill a [Config] with the body's own parts, its keys, registry, cut-off dates, call [New] and mount
// [Service.Handler]. A page of the body's own, which knows who is logged in, calls [Service.FirstLevel],
// [Service.StartSecondLevel], [Service.Resend] and [Service.Answer] with a [Caller]; the handler is a thin
// layer over them. A [Local] gives them to verifier.Client. Everything that the second level needs (OTP,
// Contacts, AccessLog, and Authenticate for calls over HTTP) may be missing: then the second level is off
// and the answers say so, while the first level works.
//
// The first level goes: token, reference, cut-off, lookup, outcome. A wrong codice fiscale and an unknown
// person both fail at the reference and get the same answer. A paper under a code that another one replaced
// is told at the reference. The second level goes: consume the code, append the access record, read the
// judgement, disclose exactly the scope. What cannot be recorded is not disclosed.
//
// # What is not checked
//
// Who calls the first level: anybody may who has the QR and the codice fiscale. Whether an operator who is
// logged in is entitled to ask: the person decides that with the code, and the access log shows it. TLS, the
// size of headers and slow clients belong to the http.Server around the handler.
package service

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// Config holds an issuer's parts. Signer, Keys, Source and VoidBefore must be set; the other fields have
// defaults. Its functions and interfaces are called concurrently and must not put personal data into their
// errors, which are logged.
type Config struct {
	// Signer returns what signs the receipts and recognises whose a token is, with the keys of now. It is
	// called once or twice for each request, so that a key that is revoked or added counts at once.
	// [token.Folder.Signer] is one.
	Signer func(context.Context) (*token.Signer, error)
	// Keys returns the published keys, all of the issuer: they verify its tokens and stand in the key set.
	// Called once for each request, so cache in it what is dear. [token.Folder.Published] is one.
	Keys func() ([]token.PublicKey, error)
	// MaxAge is how long verifiers may cache the key set; see [jwks.Publisher].
	MaxAge time.Duration

	// Source is the registry.
	Source status.Source
	// VoidBefore returns the person's cut-off: a paper issued before it is void. The zero time means none.
	VoidBefore func(context.Context, codicefiscale.Code) (time.Time, error)
	// Codes returns the earlier codes of the person whose code this is, and whether this code was itself
	// replaced by another: a provisional one, one that two people had, one of a name or birth date put right.
	// A paper under an earlier code gets [api.CodeReplaced]. It is asked about every code that is typed; of one
	// that is not known it returns nothing, in the same time, and death makes no difference. Nil: no changes
	// are known.
	Codes func(context.Context, codicefiscale.Code) (earlier []codicefiscale.Code, replaced bool, err error)
	// Policy is how much the first level discloses; the zero value discloses the categories.
	Policy status.Policy
	// Benefits is the catalogue, such as [benefit.Default]; with the zero one no benefit can be asked for.
	Benefits benefit.Catalogue

	// OTP asks the person for consent; nil: the second level is not offered.
	OTP *otp.Challenges
	// Contacts returns how the person can be reached, in the person's order of preference; none is no error. It
	// is asked anew at each resend. Needed for the second level.
	Contacts func(context.Context, codicefiscale.Code) ([]otp.Contact, error)
	// Authenticate says which operator makes an HTTP request; an error that is [ErrUnauthenticated] means that
	// none is logged in, any other that it cannot be told. Nil: the second level is not offered over HTTP.
	Authenticate func(*http.Request) (Operator, error)
	// AccessLog keeps who saw what. Needed for the second level.
	AccessLog AccessLog

	// Limiter keeps the limits; nil: a [otp.MemoryLimiter], which is for one process only.
	Limiter otp.Limiter
	// LimitKey hides references and addresses in the names of the limits: 32 bytes or more, the same in all
	// processes that share a Limiter. Nil: a random one, which is for one process only.
	LimitKey []byte
	// Address returns the address of an HTTP caller, which behind a proxy stands in a header; nil: that of the
	// connection. The zero Addr: not known, and all such callers share one limit.
	Address func(*http.Request) netip.Addr

	// Timeout bounds one request; zero means 10 seconds, longer than otp's for one message.
	Timeout time.Duration
	// Now is the clock; nil means time.Now. Zone is where the issuer's day begins; nil means Europe/Rome or,
	// where the machine has no table of zones, UTC+1.
	Now  func() time.Time
	Zone *time.Location
	// Log takes one record for each fault, without personal data: the field above whose part failed and, of its
	// error, only the types along the chain, since its text may quote anything. Nil means silence.
	Log *slog.Logger
	// Done is told how each call ended, in the calling goroutine; nil: nobody. It is the place for metrics.
	Done func(context.Context, Call)
}

// Call is one request to the API, without anything of a person.
type Call struct {
	// Route is the pattern, such as "POST /v1/first-level-checks".
	Route string
	// Outcome is that of a check: one of the three of package api, or empty where none was given.
	Outcome string
	// Code is the cause of an outcome that is not api.Confirmed, or the problem; else empty.
	Code string
	Took time.Duration
}

// ErrUnauthenticated is for [Config.Authenticate]: nobody is logged in.
var ErrUnauthenticated = errors.New("operator is not logged in")

const defaultTimeout = 10 * time.Second

// Service answers the calls of the contract. Make it with [New]. Its methods are safe for concurrent use.
type Service struct {
	cfg       Config
	name      string // the issuer's
	limitKey  []byte
	publisher jwks.Publisher
}

// New checks the configuration. The error names what is missing or does not fit.
func New(c Config) (*Service, error) {
	switch {
	case c.Signer == nil:
		return nil, errors.New("service: no Signer")
	case c.Keys == nil:
		return nil, errors.New("service: no Keys")
	case c.Source == nil:
		return nil, errors.New("service: no Source")
	case c.VoidBefore == nil:
		return nil, errors.New("service: no VoidBefore")
	case c.LimitKey != nil && len(c.LimitKey) < 32:
		return nil, errors.New("service: LimitKey is shorter than 32 bytes")
	case c.Timeout < 0:
		return nil, errors.New("service: Timeout is negative")
	}
	switch c.Policy {
	case "", status.PolicyAny, status.PolicyCategories, status.PolicySubKinds:
	default:
		return nil, errors.New("service: Policy is unknown")
	}
	if c.OTP != nil && c.Contacts == nil {
		return nil, errors.New("service: the second level has no Contacts")
	}
	if c.OTP != nil && c.AccessLog == nil {
		return nil, errors.New("service: the second level has no AccessLog")
	}
	v := &Service{cfg: c, limitKey: c.LimitKey}
	if err := v.checkKeys(); err != nil {
		return nil, err
	}
	v.defaults()
	v.publisher = jwks.Publisher{Keys: c.Keys, MaxAge: c.MaxAge, Log: v.cfg.Log}
	return v, nil
}

// checkKeys finds out whether receipts can be signed and verified.
func (v *Service) checkKeys() error {
	keys, err := v.cfg.Keys()
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return token.ErrNoKeys
	}
	v.name = keys[0].IssuerName()
	for _, k := range keys {
		if k.IssuerName() != v.name {
			return errors.New("service: keys are of several issuers")
		}
	}
	signer, err := v.cfg.Signer(context.Background())
	if err != nil {
		return err
	}
	if len(signer.References) == 0 {
		return errors.New("service: Signer has no reference key")
	}
	const probe = "attesta-probe+jwt"
	text, err := signer.SignJWS(probe, []byte("{}"))
	if err != nil {
		return err
	}
	if _, err := token.VerifyJWS(probe, text, keys, token.MaxSize); err != nil {
		return errors.New("service: the issuer's signing key is not among the published keys")
	}
	return nil
}

func (v *Service) defaults() {
	if v.cfg.Limiter == nil {
		v.cfg.Limiter = &otp.MemoryLimiter{}
	}
	if v.limitKey == nil {
		v.limitKey = make([]byte, 32)
		rand.Read(v.limitKey) // never fails since Go 1.24
	}
	if v.cfg.Address == nil {
		v.cfg.Address = connection
	}
	if v.cfg.Timeout == 0 {
		v.cfg.Timeout = defaultTimeout
	}
	if v.cfg.Now == nil {
		v.cfg.Now = time.Now
	}
	if v.cfg.Zone == nil {
		v.cfg.Zone = rome()
	}
	if v.cfg.Log == nil {
		v.cfg.Log = slog.New(slog.DiscardHandler)
	}
}

func rome() *time.Location {
	if zone, err := time.LoadLocation("Europe/Rome"); err == nil {
		return zone
	}
	return time.FixedZone("CET", 3600)
}

func connection(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}
