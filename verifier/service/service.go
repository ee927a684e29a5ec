// Package service is the issuer's side of the contract in verifier/api. A body that issues papers mounts its
// http.Handler in its own server, and may call its methods from its own pages.
//
// Fill a [Config] with the keys, the registry and the cut-off dates of the body, call [New], and mount
// [Service.Handler]. The body's own pages know who is logged in: they call [Service.FirstLevel],
// [Service.StartSecondLevel], [Service.Resend] and [Service.Answer] with a [Caller], or use a verifier.Client
// whose Contract is a [Local]. The second level is optional. It needs OTP, Contacts, AccessLog and
// Authenticate; if one of the last three is missing, [New] returns an error. Without OTP, the service
// answers that it does not offer the second level.
//
// The first level verifies the token, compares the reference, compares the cut-off date, looks up the status
// and answers. A wrong codice fiscale and an unknown person both fail at the reference and get the same
// answer. A paper under an earlier code of the person is also recognised there. The second level consumes the
// code, appends the access record, reads the status and discloses exactly the scope. If the record cannot be
// appended, nothing is disclosed.
//
// A photo of a QR is not enough to find out whose it is: wrong codici fiscali are limited for each document,
// by network and in all ([Mismatches]). A caller that authenticates, by [Config.Budget] or
// [Config.Authenticate], has limits of its own and still gets an answer when others do not. The person learns
// of wrong codes by [Config.WrongCodes].
//
// # What is not checked
//
// The service does not check who calls the first level: the QR and the codice fiscale are enough. At the
// second level it does not check whether the operator is entitled to ask. The person decides that, and the
// access log shows it. TLS, the size of headers and slow clients are the concern of the http.Server.
package service

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Config has the parts of an issuer. Signer, Keys, Source and VoidBefore are required; the other fields have
// defaults. The functions and interfaces are called concurrently.
type Config struct {
	// Signer returns the signer of the receipts, which also matches tokens with people. The service calls it
	// once or twice for each request, so a new or revoked key takes effect at once. [token.Folder.Signer] is
	// such a function.
	Signer func(context.Context) (*token.Signer, error)
	// ReceiptKey returns the key that signs receipts, if they have one of their own ([token.NewReceiptKey]).
	// The service calls it for each answer. Its public half must be among Keys, and stay there as long as
	// receipts under it are verified. Nil means that Signer signs receipts.
	ReceiptKey func(context.Context) (*token.SigningKey, error)
	// Keys returns the issuer's published keys. They verify its tokens, and the service publishes them. It
	// calls Keys for each request, so Keys should be fast. [token.Folder.Published] is such a function.
	Keys func(context.Context) ([]token.PublicKey, error)
	// MaxAge is how long verifiers may cache the key set; see [jwks.Publisher].
	MaxAge time.Duration

	// Source is the registry. If it is a [ReadyPart], the service's health depends on it.
	Source status.Source
	// VoidBefore returns the person's cut-off: a paper issued before it is void. The zero time means that
	// there is none. It reads what [token.Signer.Reissue] sets. Both times are compared in whole seconds.
	VoidBefore func(context.Context, codicefiscale.Code) (time.Time, error)
	// Codes returns the earlier codes of a person, and whether the given code was itself replaced. That
	// happens if it was provisional, if two people had it, or if a name or a birth date was corrected. A
	// paper under an earlier code gets [api.CodeReplaced]. The service calls Codes for every code that is
	// typed. For an unknown code and for a dead person, Codes must take the same time as for others; for an
	// unknown code it returns nothing. A nil Codes means that codes never change.
	Codes func(context.Context, codicefiscale.Code) (earlier []codicefiscale.Code, replaced bool, err error)
	// Once returns a context within which Source, VoidBefore, Codes, Contacts, Language and the functions of
	// OTP may answer from one read of what they know of a person. The service calls it for each check at the
	// first level, and for each call at the second. There AccessLog, and what is disclosed after it, read
	// again, outside of it. Nil means that each reads for itself.
	Once func(context.Context) context.Context
	// Policy is how much the first level discloses; the zero value discloses the categories.
	Policy status.Policy
	// Benefits is the catalogue, such as [benefit.Default], which the service also publishes. The zero
	// Catalogue has no benefits.
	Benefits benefit.Catalogue

	// OTP asks the person for consent. If it is nil, there is no second level.
	OTP *otp.Challenges
	// Contacts returns the person's contacts, in the person's order of preference. No contacts is not an
	// error. The service calls it at each start and resend. The second level requires it.
	Contacts func(context.Context, codicefiscale.Code) ([]otp.Contact, error)
	// UsableFrom returns the time from which Contacts has a number that it leaves out now, because the person
	// changed it a short time ago; zero if there is none. An answer without a channel has it. Nil means
	// that there never is one.
	UsableFrom func(context.Context, codicefiscale.Code) (time.Time, error)
	// Language returns the language of the person's messages, one of it, en, de, fr and sl; empty means
	// Italian. The service calls it if the operator names no language, and does not tell the operator. If it
	// is nil, those messages are in Italian.
	Language func(context.Context, codicefiscale.Code) (status.Language, error)
	// Authenticate returns the operator who makes an HTTP request. It returns [ErrUnauthenticated] if nobody
	// is logged in; any other error means that the login does not work. The second level requires it, unless
	// InProcess is set. At the first level, which needs no login, an operator has limits of their own for
	// wrong codici fiscali, and any error means that there is none.
	Authenticate func(*http.Request) (Operator, error)
	// InProcess offers the second level to the methods of Service only, and so to the body's own pages.
	// Authenticate is then nil, and over HTTP the answer is [api.SecondLevelNotOffered].
	InProcess bool
	// Register returns the name of the organisation with this code, for an operator whose login guarantees an
	// [Operator.OrganisationCode]: from the Indice PA, for example. The name must obey [otp.Terms]. It is
	// empty if the register does not have the code; the operator then declares a name. An error means that
	// the register does not work. Nil means that there is no register.
	Register func(ctx context.Context, code string) (name string, err error)
	// Reserved are names that no operator may declare, besides the issuer's name, the DisplayName of OTP, and
	// authorities, courts and words such as "telefono": all other names of the body, in print and in other
	// languages. A declared name is refused if it contains one of them, or looks as if it did.
	Reserved []string
	// AccessLog records each disclosure. The second level requires it. If it is a [ReadyPart], the health of
	// the second level depends on it.
	AccessLog AccessLog

	// Limiter keeps the limits; nil means an [otp.MemoryLimiter], which suits a single process. If it is an
	// [otp.TakePeeker] and keeps the limits of Mismatches too, a check asks it once, after the comparison
	// with the person. Until then each process holds callers to CallsPerMinute by itself.
	Limiter otp.Limiter
	// LimitKey hides references and addresses in the names of the limits. It has 32 bytes or more and is the
	// same in all processes that share a Limiter. Nil means a random key, which suits a single process.
	LimitKey []byte
	// Mismatches are the limits of wrong codici fiscali. The zero value means the defaults given with its
	// fields.
	Mismatches Mismatches
	// WrongCodes tells the person of a document how many wrong codici fiscali were tried on it. The service
	// calls it at the next right check that gets an answer: nobody can tell before then whose the document
	// is. If it returns an error, the check goes on, and the next right check calls it again. It requires
	// that the limiter of Mismatches is an [otp.Refiller]. Nil means that nobody is told.
	WrongCodes func(context.Context, WrongCodes) error
	// CallsPerMinute is how many calls an address may make in a minute; zero means 60. An IPv6 /64
	// counts as one address.
	CallsPerMinute int
	// Budget returns what the issuer grants to an HTTP caller that authenticates, for instance by a client
	// certificate or an API key. For everybody else it returns the zero Budget. It must check the
	// credential, and do so fast, because it is called before any limit. Nil means that the limit of the
	// address applies to all.
	Budget func(*http.Request) Budget
	// Address returns the address of an HTTP caller. Behind a proxy, it must read the proxy's header. Nil
	// means the address of the connection. All callers with the zero Addr share one limit.
	Address func(*http.Request) netip.Addr

	// Origins are the origins of the web pages that may ask at the first level, such as
	// "https://desk.example.it"; see [OriginAllowed]. If it is empty, no page of another origin can ask.
	// There is no wildcard: the visitors of any page on the web could then be made to guess for it, each
	// from an address of their own.
	Origins []string

	// Page is the URL of the issuer's own checking page, if it has one: https, or http on this machine, with
	// at most 256 bytes. The health names it, so that a desk can hand an operator with a phone over to it.
	Page string

	// Timeout limits the time of one request; zero means 10 seconds, more than otp takes for one message.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Zone is the time zone in which the issuer's day begins. Nil means Europe/Rome, or UTC+1 if the machine
	// has no table of zones.
	Zone *time.Location
	// Log receives one record for each fault. The record names the field of Config that failed and the types
	// of the error. It leaves out the text of the error, which may contain personal data, and has only its
	// safe parts: a [*status.FieldError], an SQLSTATE, the first word of an error of Redis, the code of a
	// PKCS#11 module, and the log value of an error that is a [slog.LogValuer]. Nil means no log.
	Log *slog.Logger
	// Fault is called for each fault, in the goroutine of the request, with the field of Config that failed,
	// such as "Source", and its error, whose text may contain personal data. If a part panicked, the name is
	// "panic". It may be nil.
	Fault func(ctx context.Context, part string, err error)
	// Done is called at the end of each call, in the same goroutine, for example to count calls. It may be
	// nil.
	Done func(context.Context, Call)
}

// A Call describes a call that has ended. It contains no personal data.
type Call struct {
	// Route is the pattern, such as "POST /v1/first-level-checks".
	Route string
	// Outcome is the text of the api.Outcome, or empty if the call gave none.
	Outcome string
	// Code is the code of the result or of the problem. It is empty if there is neither.
	Code string
	// Mismatch reports that a wrong codice fiscale was typed and got an answer, at either level.
	Mismatch bool
	// Limit is what was too much, for the code rate_limited; empty if no limit of this package refused.
	Limit api.Limit
	// Err is the [*PartError] behind a problem, or nil if no part failed.
	Err  error
	Took time.Duration
}

// ErrUnauthenticated is the error of [Config.Authenticate] if nobody is logged in.
var ErrUnauthenticated = cause.New("operator is not logged in")

const defaultTimeout = 10 * time.Second

// A Service answers the calls of the contract. Make it with [New]. It is safe for concurrent use.
type Service struct {
	cfg       Config
	name      string    // the issuer's
	limitMACs sync.Pool // of hash.Hash; one that is reset is as after the key
	// together is the limiter of calls and of wrong codes, if one trip does both; otherwise nil.
	together  otp.TakePeeker
	here      otp.MemoryLimiter // of the calls in this process, before together
	publisher jwks.Publisher
	health    health
	list      listing
	reserved  []string // folded
}

// maxPage is the maximum length of Config.Page in bytes (api/openapi.yaml).
const maxPage = 256

// New returns a Service. The error names the field that is missing or wrong. New signs with Signer and with
// ReceiptKey and verifies both with Keys, so the first key has to exist.
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
	case c.CallsPerMinute < 0:
		return nil, errors.New("service: CallsPerMinute is negative")
	case !c.Mismatches.allowed():
		return nil, errors.New("service: Mismatches has a rate that is out of bounds")
	case c.Timeout < 0:
		return nil, errors.New("service: Timeout is negative")
	}
	for _, origin := range c.Origins {
		if !OriginAllowed(origin) {
			return nil, errors.New("service: Origins has an entry that is no origin")
		}
	}
	if page, err := url.Parse(c.Page); c.Page != "" && (err != nil || !netaddr.IsSafe(page) ||
		page.Fragment != "" || len(c.Page) > maxPage) {
		return nil, errors.New("service: Page is no https URL")
	}
	switch c.Policy {
	case "", status.PolicyAny, status.PolicyCategories, status.PolicySubKinds:
	default:
		return nil, errors.New("service: Policy is unknown")
	}
	if err := c.checkSecondLevel(); err != nil {
		return nil, err
	}
	v := &Service{cfg: c}
	v.defaults()
	if reflect.ValueOf(v.cfg.Limiter).Comparable() && v.cfg.Limiter == v.cfg.Mismatches.Limiter {
		v.together, _ = v.cfg.Limiter.(otp.TakePeeker)
	}
	v.here.Max = maxHere
	if _, ok := v.cfg.Mismatches.Limiter.(otp.Refiller); c.WrongCodes != nil && !ok {
		return nil, errors.New("service: WrongCodes needs a Limiter that is an otp.Refiller")
	}
	if err := v.checkKeys(); err != nil {
		return nil, err
	}
	v.reserved = c.reserve(v.name)
	v.publisher = jwks.Publisher{Keys: c.Keys, MaxAge: c.MaxAge, Log: v.cfg.Log}
	return v, nil
}

func (c Config) checkSecondLevel() error {
	switch {
	case c.InProcess && c.Authenticate != nil:
		return errors.New("service: the second level is InProcess and has an Authenticate")
	case c.OTP == nil:
	case c.Contacts == nil:
		return errors.New("service: the second level has no Contacts")
	case c.AccessLog == nil:
		return errors.New("service: the second level has no AccessLog")
	case c.Authenticate == nil && !c.InProcess:
		return errors.New("service: the second level has no Authenticate and is not InProcess")
	}
	return nil
}

// checkKeys checks that the published keys verify what the signer signs.
func (v *Service) checkKeys() error {
	ctx, cancel := context.WithTimeout(context.Background(), v.cfg.Timeout)
	defer cancel()
	keys, err := v.cfg.Keys(ctx)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return token.ErrNoKeys
	}
	v.name = keys[0].IssuerName()
	for _, k := range keys {
		if k.IssuerName() != v.name {
			return errors.New("service: keys belong to several issuers")
		}
	}
	if err := v.checkSigner(ctx, keys); err != nil {
		return err
	}
	return v.checkReceiptKey(ctx, keys)
}

func (v *Service) defaults() {
	if v.cfg.Limiter == nil {
		v.cfg.Limiter = &otp.MemoryLimiter{}
	}
	v.cfg.Mismatches = v.cfg.Mismatches.withDefaults(v.cfg.Limiter)
	key := v.cfg.LimitKey
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key) // never fails since Go 1.24
	}
	v.limitMACs.New = func() any { return hmac.New(sha256.New, key) }
	if v.cfg.CallsPerMinute == 0 {
		v.cfg.CallsPerMinute = defaultCalls
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
	if v.cfg.Once == nil {
		v.cfg.Once = func(ctx context.Context) context.Context { return ctx }
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
