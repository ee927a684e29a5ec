package app

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/certificate"
	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/examples/internal/ipa"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Config holds the settings as they were typed. The comment of each field names its flag.
type Config struct {
	Addr      string // -addr; empty: 127.0.0.1:8080, or every address and port 8443 with LAN
	PublicURL string // -public-url; empty: derived from Addr
	TLSCert   string // -tls-cert
	TLSKey    string // -tls-key
	LAN       bool   // -lan
	OpsAddr   string // -ops-addr; empty: no second listener
	// OTelEndpoint is -otel-endpoint; empty: no traces.
	OTelEndpoint string
	Proxies      string // -trusted-proxies
	// AddressLimit is -address-limit; 0: 600.
	AddressLimit int
	Drain        time.Duration // -drain
	StartWait    time.Duration // -start-wait

	Data       string // -data
	DB         string // -db; empty: a file in Data
	DBConns    int    // -db-conns; 0: 16
	KeepTables bool   // -keep-tables
	Redis      string // -redis; empty: everything in DB
	RedisPlain bool   // -redis-plain
	Journal    string // -journal; empty: none
	IssuerName string // -issuer-name, for the first key
	Body       string // -body
	SMSName    string // -sms-name; empty: Body
	// AcceptRollback is -accept-rollback; empty: nothing is accepted.
	AcceptRollback string
	// Prefixes are the calling codes that messages and calls may go to, of -phone-prefixes; nil: +39.
	Prefixes   []string
	Zone       string // -zone; empty: token.DefaultZone
	Signer     string // -signer; empty or file: means the keys in Data
	PepperFile string // -pepper-file; empty: derived from the service's key

	Policy    string // -policy
	Catalogue string // -catalogue
	Origins   string // -origins

	Contact string // -contact
	// VoidPhone is a telephone number at which a person voids a lost paper.
	VoidPhone string // -void-phone
	Logo      string // -logo
	Security  string // -security-contact; empty: no security.txt
	// Footer has the links of -accessibility-url, -feedback-url, -privacy-url and -help-url.
	Footer        web.Footer
	WithoutDuties bool   // -without-duties: go without links that are missing
	SignVideo     string // -sign-video-url; empty: the guides have no video

	Login Identity
	Mail  Letters
	// Wallets ask for cards in wallets on the checking pages, of the flags -wallet-*.
	Wallets cards.Settings

	// Senders are the providers of -sms, in order of preference. If there are none, there is no second
	// level.
	Senders []Sender
	// DevPhone is -sms dev: a page shows the messages instead of a provider sending them.
	DevPhone bool
	// Dev is -dev: other machines may reach the development parts.
	Dev bool

	// FirstKeys makes the keys of documents that are missing in Data. It is called only if the database knows
	// none. If it is nil, missing keys are an error.
	FirstKeys func(context.Context) error

	// Hangup has a value for each SIGHUP, at which [App.Reload] reads files again; nil: never.
	Hangup <-chan os.Signal

	Log *slog.Logger
}

// Sender is a provider of text messages with its name.
type Sender struct {
	Name string
	otp.Sender
}

// FlagError is a setting that the program cannot run with. It names the flag, or several as "a, -b", or none
// if Err does.
type FlagError struct {
	Flag string
	Err  error
}

func (e *FlagError) Error() string {
	if e.Flag == "" {
		return e.Err.Error()
	}
	return "-" + e.Flag + ": " + e.Err.Error()
}

func (e *FlagError) Unwrap() error { return e.Err }

func (c Config) redis() Redis { return Redis{c.Redis, c.RedisPlain} }

func wrong(flag, format string, args ...any) error {
	return &FlagError{flag, words.Errorf(format, args...)}
}

// Fault is something that the program needs and that failed, though the setting is valid. It names the flag.
type Fault FlagError

func (e *Fault) Error() string { return (*FlagError)(e).Error() }
func (e *Fault) Unwrap() error { return e.Err }

// Check checks the settings without opening anything. [Open] calls it first.
func (c Config) Check() error {
	_, err := c.settle()
	return err
}

// settled is a Config that has been checked and parsed.
type settled struct {
	Config
	public       *url.URL
	proxies      []netip.Prefix
	policy       status.Policy
	zone         *time.Location
	benefits     benefit.Catalogue
	origins      []string // of web pages that may ask at the first level
	claims       []string
	acr          login.Levels
	ways         []signin.Way
	hints        map[string]url.Values
	clientSecret string
	bodies       ipa.Register   // public bodies by their code; none: logins state names
	cardRoots    *x509.CertPool // nil: those of the test authority
	cardURL      *url.URL       // nil: derived from the listener's address
	mailer       citizen.Mailer
	module       *module // nil: the keys are in the data folder
	document     qrpdf.Document
	network      []netip.Addr // this machine's addresses in its network, if LAN is set
	local        bool         // no other machine reaches the service
	collects     *url.URL     // traces; nil: nobody
}

// settle parses the settings and checks that they agree. It reads no files except those they name.
func (c Config) settle() (*settled, error) {
	s := &settled{Config: c, policy: status.Policy(c.Policy)}
	for _, step := range []func() error{s.address, s.proxy, s.storage, s.disclosure, s.times, s.prefixes,
		s.identity, s.register, s.card, s.letters, s.print, s.signer, s.securityContact, s.development,
		s.collector, s.duties, s.checkJournal, s.wallets} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settled) address() error {
	switch {
	case (s.TLSCert == "") != (s.TLSKey == ""):
		return wrong("tls-cert", "goes with -tls-key")
	case s.LAN && s.TLSCert != "":
		return wrong("lan", "makes a certificate of its own and does not go with -tls-cert")
	case s.LAN:
		var err error
		if s.network, err = certificate.Addresses(); err != nil {
			return &Fault{"lan", err}
		}
		s.Addr = cmp.Or(s.Addr, "0.0.0.0:8443")
	}
	s.Addr = cmp.Or(s.Addr, "127.0.0.1:8080")
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return wrong("addr", "%q is not HOST:PORT", s.Addr)
	}
	if s.PublicURL == "" {
		if s.PublicURL, err = s.guessURL(host, port); err != nil {
			return err
		}
	}
	u, err := url.Parse(strings.TrimSuffix(s.PublicURL, "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" ||
		strings.ContainsAny(s.PublicURL, "?#") || u.User != nil {
		return wrong("public-url", "want http:// or https:// and a host, and nothing behind it")
	}
	if u.Scheme == "http" && !netaddr.IsLoopback(u.Hostname()) {
		return wrong("public-url", "want https: only on this machine itself may pages travel in the clear")
	}
	s.public, s.local = u, netaddr.IsLoopback(host) && netaddr.IsLoopback(u.Hostname())
	return nil
}

func (s *settled) guessURL(host, port string) (string, error) {
	ip, _ := netip.ParseAddr(host)
	switch {
	case s.LAN:
		return "https://" + netip.AddrPortFrom(s.network[0], 0).Addr().String() + ":" + port, nil
	case host == "" || ip.IsUnspecified():
		return "", wrong("public-url",
			"is needed, since -addr listens on every address: where do browsers find it?")
	case s.TLSCert != "":
		return "https://" + s.Addr, nil
	}
	return "http://" + s.Addr, nil
}

func (s *settled) proxy() error {
	if s.AddressLimit < 0 || s.AddressLimit > callers.MaxPerMinute {
		return wrong("address-limit", "is between 1 and %d", callers.MaxPerMinute)
	}
	for _, text := range listed(s.Proxies) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			ip, err := netip.ParseAddr(text)
			if err != nil {
				return wrong("trusted-proxies", "%q is neither an address nor a network such as 10.0.0.0/8",
					text)
			}
			prefix = netip.PrefixFrom(ip, ip.BitLen())
		}
		s.proxies = append(s.proxies, prefix.Masked())
	}
	return nil
}

func (s *settled) storage() error {
	if strings.Contains(s.DB, "://") {
		// the parser's error quotes the password
		if _, err := pgx.ParseConfig(s.DB); err != nil || !strings.HasPrefix(s.DB, "postgres") {
			return wrong("db", "want a file or postgres://USER:PASSWORD@HOST:PORT/NAME?sslmode=verify-full")
		}
	}
	if s.Redis != "" {
		if _, err := s.redis().options(); err != nil {
			return err
		}
	}
	if s.IssuerName != "" {
		probe := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public()
		if _, err := token.NewPublicKey(s.IssuerName, probe); err != nil {
			return &FlagError{"issuer-name", err}
		}
	}
	return nil
}

func (s *settled) disclosure() error {
	policies := []status.Policy{status.PolicyAny, status.PolicyCategories, status.PolicySubKinds}
	s.policy = cmp.Or(s.policy, status.PolicyCategories)
	if !slices.Contains(policies, s.policy) {
		return wrong("policy", "is one of any, categories, subkinds")
	}
	s.origins = listed(s.Origins)
	for _, origin := range s.origins {
		if !service.OriginAllowed(origin) {
			return wrong("origins", "%q is not https:// and a host in lower case", origin)
		}
	}
	s.benefits = benefit.Default()
	if s.Catalogue == "" {
		return nil
	}
	rows, err := file.Read(s.Catalogue, benefit.MaxFile)
	if err == nil {
		s.benefits, err = s.benefits.Merge(rows)
	}
	if err != nil {
		return &FlagError{"catalogue", err}
	}
	return nil
}

// callingCode is the beginning of the numbers of a country or of a part of it.
var callingCode = regexp.MustCompile(`^\+[1-9][0-9]{0,5}$`)

func (s *settled) prefixes() error {
	for _, p := range s.Prefixes {
		if !callingCode.MatchString(p) {
			return wrong("phone-prefixes", "%q is no calling code such as +39", p)
		}
	}
	return nil
}

func (s *settled) times() (err error) {
	if s.zone, err = LoadZone(s.Zone); err != nil {
		return &FlagError{"zone", err}
	}
	if s.Drain < 0 || s.Drain > maxDrain {
		return wrong("drain", "is between 0 and %v", maxDrain)
	}
	if s.DBConns < 0 || s.DBConns > maxConns {
		return wrong("db-conns", "is between 0 and %v", maxConns)
	}
	if s.StartWait < 0 || s.StartWait > maxStartWait {
		return wrong("start-wait", "is between 0 and %v", maxStartWait)
	}
	return nil
}

// maxDrain is shorter than the time for which process managers wait: Kubernetes kills after 30 seconds.
const maxDrain = 25 * time.Second

// development refuses development settings if other machines reach the service.
func (s *settled) development() error {
	if s.local || s.Dev {
		return nil
	}
	if s.LAN {
		return wrong("lan", "others will reach what is for development: confirm it with -dev")
	}
	if s.demo() {
		return wrong("oidc-issuer",
			"is needed where others reach the service: without it anybody logs in as anybody, which -dev "+
				"allows")
	}
	if s.DevPhone {
		return wrong("sms",
			"the development phone shows every code to everybody: name a provider, or none, or allow it "+
				"with -dev")
	}
	return nil
}

// duties refuses to show pages to the public without the links that a public body owes it.
func (s *settled) duties() error {
	if flags := duties.Malformed(s.Footer); flags != "" {
		return wrong(flags, "want https:// and a host")
	}
	if (web.Footer{Help: s.SignVideo}).Check() != nil {
		return wrong("sign-video-url", "want https:// and a host")
	}
	missing := duties.Missing(s.Footer)
	if missing == "" || s.WithoutDuties || s.Dev || !duties.Due(s.public.Hostname()) {
		return nil
	}
	return wrong(missing, "the law wants these links on every page of a public body: give their https "+
		"addresses (docs/duties has texts to fill in), or go without them with -without-duties")
}

// demo reports whether people log in as the demonstration's personas, which is so if there is no identity
// provider other than the development one.
func (s *settled) demo() bool { return s.Login.IdentityProvider == "" }

// file returns the path of a file in the data folder.
func (s *settled) file(name string) string { return filepath.Join(s.Data, name) }

// database returns the location of the database.
func (s *settled) database() string { return cmp.Or(s.DB, s.file("registry.db")) }
