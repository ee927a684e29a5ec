// Package app joins the parts of the issuing body into one program: keys, registry, consent, the contract's
// handler, pages and operations.
//
// [Open] opens everything from a [Config], including the listeners; [App.Serve] runs it. [App.pages] mounts
// the packages that have pages.
package app

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/hosts"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/secret"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/examples/internal/traces"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/journal"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/keybook"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/router"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// sweepInterval is the interval at which expired records are deleted.
const sweepInterval = 10 * time.Minute

// App is the program. Make it with [Open].
type App struct {
	*settled
	secret secret.Secret
	audit  secret.Secret // signs the checkpoints
	ring   otp.Keyring
	// pepperProofs are what the database knows of the peppers in ring.
	pepperProofs map[string][]byte
	book         *keybook.Book
	first        bool // the database knew no key
	keys         *keyring
	name         string // the issuer's
	db           *database.DB
	logDB        *database.DB // the access log's connections
	registry     *registry.Registry
	accesses     *accesslog.Log
	// accessKey verifies the checkpoints of accesses.
	accessKey  string
	journal    *journal.Journal // nil without -journal
	counts     counts
	router     *router.Router  // nil with fewer than two providers
	sender     otp.Sender      // nil: no message can be sent
	challenges *otp.Challenges // nil without the second level
	service    *service.Service
	contract   http.Handler     // of service
	desk       *verifier.Client // trusts the current keys; see client
	signIns    *session.Store
	sessions   *scs.SessionManager
	login      *signin.Pages
	bearer     *login.Bearer // nil: no access tokens
	site       *web.Site
	area       *citizen.Pages
	asker      *cards.Asker // of wallets; nil: none
	cards      atomic.Pointer[cns.Entrance]
	notices    sync.WaitGroup // that are being sent
	addresses  *callers.Limit
	handler    http.Handler // of the public listener, once everything is open
	gate       *gate
	metrics    *metrics
	traces     *traces.Traces
	ready      *readiness
	clocks     clocks
	// published is the newest checkpoint of the access log.
	published kept[[]byte]

	servers     []*http.Server
	failed      chan error      // the first error of a server
	streams     context.Context // ends when the server shuts down, for answers that go on
	stopStreams context.CancelFunc
	jobs        []job
	reloads     []func(context.Context) // see Reload
	comparing   sync.Mutex              // keys with the database
	closers     closers
}

// Open opens everything that the settings name. The error is a [*FlagError] if a setting is wrong, and a
// [*Fault] if something does not answer.
func Open(ctx context.Context, c Config) (*App, error) {
	s, err := c.settle()
	if err != nil {
		return nil, err
	}
	a := &App{settled: s, metrics: newMetrics(), ready: &readiness{}, failed: make(chan error, 1),
		addresses: callers.New(cmp.Or(s.AddressLimit, defaultAddressLimit))}
	a.streams, a.stopStreams = context.WithCancel(context.WithoutCancel(ctx))
	steps := []func(context.Context) error{
		a.openTraces, a.openListeners, a.openDatabase, a.openKeys, a.openRegistry, a.openContract,
		a.openWallets, a.openPages, a.openClocks,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, a.Close())
		}
	}
	a.observe()
	a.ready.opened.Store(true)
	a.logStart(ctx)
	return a, nil
}

// Close closes everything in the reverse order of opening.
func (a *App) Close() error {
	a.stopStreams()
	a.notices.Wait()
	err := a.closers.close()
	a.closers = nil
	return err
}

// URL returns the public URL of the service.
func (a *App) URL() string { return a.public.String() }

func (a *App) openListeners(context.Context) (err error) {
	certificates, err := a.openTLS()
	if err != nil {
		return err
	}
	listener, err := a.listen("addr", a.Addr)
	if err != nil {
		return err
	}
	if a.public.Port() == "0" { // any free port, for tests
		_, port, _ := net.SplitHostPort(listener.Addr().String())
		a.public.Host = net.JoinHostPort(a.public.Hostname(), port)
	}
	a.gate = &gate{starting: a.hardenAnswers(starting(a.ready))}
	public := a.server(a.gate)
	public.TLSConfig = certificates
	a.serve(public, listener)
	if a.OpsAddr == "" {
		return nil
	}
	if listener, err = a.listen("ops-addr", a.OpsAddr); err != nil {
		return err
	}
	operations := a.server(a.operations())
	if a.loopback(a.OpsAddr) {
		operations.Handler = hosts.Allow(operations.Handler)
	}
	operations.WriteTimeout = 0 // a profile takes as long as requested
	a.serve(operations, listener)
	return nil
}

func (a *App) openDatabase(ctx context.Context) (err error) {
	if err := a.OpenFolder(); err != nil {
		return err
	}
	if a.db, err = a.connect(ctx, a.DBConns); err != nil {
		return err
	}
	if a.db.Dialect == database.Postgres && exposedDatabase(a.database()) {
		a.Log.WarnContext(ctx, "PostgreSQL on another machine without sslmode=verify-full: who is on the "+
			"way can read and change everything", "flag", "db")
	}
	a.logDB = a.db
	if a.db.Dialect == database.Postgres { // a disclosure waits for no connection that pages hold
		if a.logDB, err = a.connect(ctx, logConns); err != nil {
			return err
		}
		a.clocks.add("database", databaseTime(a.db))
	}
	a.db.KeepTables, a.logDB.KeepTables = a.KeepTables, a.KeepTables
	if a.book, err = openBook(ctx, a.db); err != nil {
		return dataFault("db", err)
	}
	a.ready.check("database", a.db.PingContext)
	return nil
}

// connect opens connections to the database.
func (a *App) connect(ctx context.Context, conns int) (db *database.DB, err error) {
	err = a.await(ctx, "db", func() (err error) {
		db, err = database.OpenBounded(ctx, a.database(), a.bounds(conns))
		return err
	})
	if err != nil {
		return nil, dataFault("db", err)
	}
	a.closers = append(a.closers, db.Close)
	return db, nil
}

func (a *App) openSecrets(ctx context.Context) (err error) {
	if a.secret, err = a.fileSecret(ctx, a.book, serviceKey); err != nil {
		return dataFault("data", err)
	}
	if a.audit, err = a.fileSecret(ctx, a.book, auditKey); err != nil {
		return dataFault("data", err)
	}
	if a.ring, a.pepperProofs, err = peppers(a.PepperFile, a.secret); err != nil {
		return &FlagError{"pepper-file", err}
	}
	some, err := a.book.Knows(ctx, keybook.Reference, keybook.Signing, keybook.Pepper, keybook.File)
	if err != nil {
		return dataFault("db", err)
	}
	a.first = !some
	known, err := a.book.Knows(ctx, keybook.Reference, keybook.Signing)
	if err == nil && !known && a.FirstKeys != nil {
		err = a.FirstKeys(ctx)
	}
	if err != nil {
		return &Fault{"data", words.Errorf("keys: %w", err)}
	}
	return nil
}

func (a *App) openKeys(ctx context.Context) (err error) {
	if err := a.openSecrets(ctx); err != nil {
		return err
	}
	a.keys = &keyring{folder: token.Folder{Dir: a.file("keys"), IssuerName: a.IssuerName, Zone: a.zone},
		commitments: &token.Commitments{Parallel: max(1, runtime.GOMAXPROCS(0)/2)},
		book:        a.book, entered: a.logEntered}
	if a.keys.elsewhere, err = a.openSigners(ctx); err != nil {
		return err
	}
	if err := a.checkKeys(ctx); err != nil {
		return dataFault("data", words.Errorf("keys: %w", err))
	}
	a.first = false
	a.every(keysInterval, "comparison of keys", a.checkKeys)
	a.rereads("keys", a.rereadKeys)
	if a.PepperFile != "" {
		a.rereads("peppers", a.rereadPeppers)
	}
	published, err := a.keys.Published(ctx)
	if err != nil {
		return &Fault{"data", words.Errorf("keys: %w", err)}
	}
	a.name = published[0].IssuerName()
	a.ready.checkKeys(func(ctx context.Context) error {
		issuer, err := a.keys.Signer(ctx)
		if err == nil { // a device that went away shows only when it has to sign
			_, err = issuer.SignJWS(ctx, "attesta-probe+jwt", []byte("{}"))
		}
		return err
	})
	return nil
}

func (a *App) openRegistry(ctx context.Context) error {
	keys, closeKeys, err := a.registryKeys(ctx, a.db)
	if err != nil {
		return dataFault("data", err)
	}
	a.closers = append(a.closers, closeKeys)
	if a.registry, err = a.replayed(ctx, a.db, keys); err != nil {
		return dataFault("db", err)
	}
	a.closers = append(a.closers, a.registry.Close)
	a.ready.check("writing to the registry", a.registry.Writable)
	a.every(sweepInterval, "wrapping of data keys", func(ctx context.Context) error {
		return a.registry.Rewrap(ctx, nil) // what "issuer registry rotate" began
	})
	a.keys.setCutOffs(a.registry)
	if a.demo() {
		if err := a.registry.Seed(ctx, demo.Personas()); err != nil {
			return &Fault{"db", words.Errorf("people of the demonstration: %w", err)}
		}
	}
	a.accesses, a.accessKey, err = a.openAccessLog(ctx, a.logDB, a.registry, keys.Names, a.audit, a.name)
	if err != nil {
		return dataFault("db", err)
	}
	a.every(expiry, "end of access records", func(ctx context.Context) error {
		_, err := a.accesses.Expire(ctx)
		return err
	})
	if err := a.openJournal(ctx, keys.Names); err != nil {
		return err
	}
	a.counts, err = a.openCounts(ctx)
	return err
}

func (a *App) openContract(ctx context.Context) error {
	if err := a.openOutbox(ctx); err != nil {
		return err
	}
	if err := a.openChallenges(); err != nil {
		return err
	}
	limits, err := a.secret.Key("issuer/limits", nil)
	if err != nil {
		return err
	}
	a.service, err = service.New(service.Config{
		Signer: a.timelySigner, Keys: a.keys.Published, Source: a.registry, VoidBefore: a.registry.VoidBefore,
		Codes: a.registry.Codes, Policy: a.policy, Benefits: a.benefits, Zone: a.zone,
		OTP: a.challenges, Contacts: a.contacts, UsableFrom: a.registry.UsableFrom,
		Language: a.registry.Language, Authenticate: a.operator, Register: a.body, Reserved: []string{a.Body},
		AccessLog: journaledLog{wantedLog{a.accesses, a.registry, a.traces}, a.journal},
		Limiter:   a.callLimits(), LimitKey: limits, Origins: a.origins, Page: a.URL() + checkPath,
		Mismatches: service.Mismatches{Limiter: a.counts}, WrongCodes: a.recordWrongCodes,
		Once: a.registry.Once, Log: a.Log, Fault: a.metrics.fault, Done: a.metrics.call,
	})
	if err != nil {
		return err
	}
	a.contract = a.service.Handler()
	a.desk, err = verifier.New(verifier.TrustAnchor{Name: a.name, DisplayName: a.Body,
		Published: a.timelyKeys})
	a.clocks.measureAll(ctx) // before the first answer
	return err
}

func (a *App) openPages(ctx context.Context) error {
	key, err := a.secret.Key("issuer/session", nil)
	if err != nil {
		return err
	}
	a.signIns = &session.Store{DB: a.db, Key: key}
	if err := a.signIns.Migrate(ctx); err != nil {
		return dataFault("db", err)
	}
	a.every(sweepInterval, "end of sign-in records", a.signIns.DeleteExpired)
	if a.sessions, err = session.New(a.signIns, a.public); err != nil {
		return &FlagError{"public-url", err}
	}
	if err := a.openIdentity(); err != nil {
		return err
	}
	if err := a.openSite(); err != nil {
		return err
	}
	pages, err := a.pages(ctx)
	if err != nil {
		return err
	}
	a.handler = a.routes(pages)
	a.gate.open(a.knownHosts(a.handler))
	return nil
}

// routes adds the routes for programs to the pages.
func (a *App) routes(pages http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		r = r.Clone(r.Context())
		r.URL.Path = api.PathHealth
		a.contract.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /audit/checkpoint", a.checkpoint)
	mux.HandleFunc("GET /audit/key", a.checkpointKey)
	mux.HandleFunc("POST /receipts/{provider}", a.receipts)
	mux.HandleFunc("POST /voice/{provider}", a.voice)
	if a.Security != "" {
		mux.HandleFunc("GET /.well-known/security.txt", a.securityText)
	}
	a.ready.public(mux)
	all := http.MaxBytesHandler(recordRoute(a.service.Mount(mux)), maxBody)
	if a.asker != nil { // what wallets send is longer, and has its own bound
		all = recordRoute(a.asker.Mount(all))
	}
	all = a.limitAddresses(limitTime(all))
	return trustProxies(a.proxies, a.hardenAnswers(a.logRequests(all)))
}
