package main

import (
	"flag"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/token"
)

// settingPrefix is the prefix of a flag's name in the environment and in the file.
const settingPrefix = "ISSUER_"

// The values of -sms that are no providers.
const (
	smsDev  = "dev"
	smsNone = "none"
)

func settingName(flag string) string {
	return settingPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// configFlag names the file of settings.
const configFlag = "config"

// zoneUsage explains the flag -zone.
const zoneUsage = "`NAME` of the time zone in which the body's days end, such as Europe/Rome: a document\n" +
	"is valid to the end of its last day there"

// serving holds the flags of serve.
type serving struct {
	app.Config
	config, sms, log, phonePrefixes string
	verbose                         bool
	settings                        []string // every name that a file may hold
}

func (v *serving) flags(fs *flag.FlagSet) {
	text := func(p *string, name, value, usage string) { fs.StringVar(p, name, value, usage) }
	text(&v.config, configFlag, "", "`FILE` of settings, mode 600")
	text(&v.Data, "data", cli.DataDir("issuer"), "`FOLDER` of the keys and of the database")
	text(&v.Body, "body", "Ente Esempio",
		"`NAME` of the body on pages, papers and messages")
	text(&v.SMSName, "sms-name", "", "`NAME` of the body in messages, at most 30 characters (default -body)")
	text(&v.Zone, "zone", token.DefaultZone, zoneUsage)
	text(&v.Contact, "contact", "", "`HOW` to reach the body, for papers; for two languages such as "+
		"\"Via Roma 1 | de=Romstraße 1\"")
	text(&v.VoidPhone, "void-phone", "", "telephone `NUMBER` at which a lost paper is made void, for papers")
	text(&v.Logo, "logo", "", "PNG or SVG `FILE` with the body's logo, for papers")
	text(&v.Security, "security-contact", "",
		"`URL` where to report a fault of security, https:, mailto: or tel:; it makes "+
			"/.well-known/security.txt")
	duties.Flags(fs, &v.Footer)
	fs.BoolVar(&v.WithoutDuties, "without-duties", false,
		"serve the public although one of these four links is missing")
	text(&v.SignVideo, "sign-video-url", "", "`URL` of the guide in sign language, a video")
	text(&v.IssuerName, "issuer-name", "", "the issuer's `NAME`, an https URL, for the first key (default "+
		exampleIssuer+")")

	text(&v.Signer, "signer", "file:",
		"`WHERE` the signing keys are: file: is the data folder. In a device, where the first object signs "+
			"and all are published:\n"+
			"pkcs11:token=NAME;object=LABEL,LABEL?module-path=FILE&pin-source=file:FILE (built with -tags "+
			"pkcs11)")

	text(&v.Addr, "addr", "", "`HOST:PORT` to listen on (default 127.0.0.1:8080, with -lan 0.0.0.0:8443)")
	text(&v.PublicURL, "public-url", "",
		"`URL` at which browsers reach the service (default derived from -addr)")
	text(&v.TLSCert, "tls-cert", "", "certificate `FILE`, PEM; read again when it is renewed")
	text(&v.TLSKey, "tls-key", "", "`FILE` of the certificate's private key, PEM")
	fs.BoolVar(&v.LAN, "lan", false,
		"for a phone in the same network: https with a throw-away certificate; needs -dev")
	text(&v.Proxies, "trusted-proxies", "",
		"`ADDRESSES` or networks of reverse proxies whose X-Forwarded-For counts")
	fs.IntVar(&v.AddressLimit, "address-limit", 600,
		"`NUMBER` of requests that an address may make in a minute; behind a proxy it needs "+
			"-trusted-proxies")
	fs.BoolVar(&v.Dev, "dev", false,
		"let other machines reach the development pages, where every visitor can be anybody")

	text(&v.DB, "db", "", "a SQLite `FILE` or postgres://... (default registry.db in the data folder)")
	fs.IntVar(&v.DBConns, "db-conns", 16,
		"maximum `NUMBER` of connections to PostgreSQL; the access log has four more")
	fs.BoolVar(&v.KeepTables, "keep-tables", false,
		"refuse to start on tables of an earlier version instead of changing them: see \"issuer migrate\"")
	text(&v.Redis, "redis", "", "`URL` of a Redis or Valkey for codes and limits (default: in the database)")
	fs.BoolVar(&v.RedisPlain, "redis-plain", false, redisPlainFlag)
	text(&v.Journal, "journal", "",
		"`FOLDER` or redis://... away from the database, which keeps what shows that the database was put "+
			"back to an earlier state (default none)")
	text(&v.AcceptRollback, "accept-rollback", "",
		"take a database as it is that was put back, whose access log has `SIZE` records as the message said")
	text(&v.Policy, "policy", "categories",
		"`POLICY` of the first level, how much it discloses: any (yes or no), categories or subkinds")
	text(&v.Catalogue, "catalogue", "",
		"`FILE` of benefits that are added or replaced, such as the body's own")
	text(&v.Origins, "origins", "",
		"`ORIGINS` of web pages that may ask at the first level, as\nhttps://desk.example.it (default none)")

	text(&v.Login.IdentityProvider, "oidc-issuer", "",
		"`URL` of the identity provider (default one for development, without passwords)")
	text(&v.Login.ClientID, "oidc-client-id", "", "`ID` of this service at the identity provider")
	text(&v.Login.SecretFile, "oidc-secret-file", "",
		"`FILE` of the secret that the provider shares with this service, mode 600")
	text(&v.Login.Claims, "oidc-claims", "",
		"`CLAIMS` that may hold the codice fiscale, in order (default those known of SPID, CIE and proxies)")
	text(&v.Login.Organisation, "oidc-organisation", "",
		"`CLAIM` that confirms the operator's body: its name, or with -ipa its code (default none)")
	text(&v.Login.IPA, "ipa", "",
		"`FILE` of public bodies with their codes, such as enti.csv of the Indice PA; read at the start")
	text(&v.Login.ACRMap, "oidc-acr-map", "",
		"`VALUE=LEVEL,...`: the levels of the provider's values of acr, 1 to 3 (default those of SPID)")
	text(&v.Login.Ways, "oidc-ways", "",
		"`WAYS` to log in that the provider offers, with the parameters of each, such as "+
			"spid?kc_idp_hint=spid (default spid,cie)")
	fs.BoolVar(&v.Login.NoAuthTime, "oidc-no-auth-time", false,
		"the provider does not say when it asked for the credentials: contacts then need a code of the old "+
			"number, or wait")
	text(&v.Login.Audience, "oidc-audience", "",
		"`NAME` of this API in access tokens (default: access tokens are refused)")
	text(&v.Login.Scope, "oidc-scope", "", "`SCOPE` that the access token of an operator has")
	text(&v.Login.Role, "oidc-role", "",
		"`ROLE` that the access token of an operator has, in roles or realm_access")

	cards.Flags(fs, &v.Wallets)

	text(&v.Login.CardAddr, "cns-addr", "", "`HOST:PORT` on which browsers show their card, CNS; empty: none")
	text(&v.Login.CardURL, "cns-url", "", "`URL` at which browsers reach it (default derived from -cns-addr)")
	text(&v.Login.CardCA, "cns-ca", "",
		"`FILE` of the authorities that issue cards, PEM (default one for tests, in the demonstration)")
	text(&v.Login.CardLists, "cns-crl", "", "`FOLDER` of their revocation lists")
	fs.BoolVar(&v.Login.CardUnlisted, "cns-no-crl", false,
		"accept cards without revocation lists, stolen ones too")
	text(&v.Login.CardPolicies, "cns-policies", "",
		"`NUMBERS` of the policies that a card may have (default that of CNS)")
	text(&v.Login.CardHeader, "cns-header", "",
		"`HEADER` with the certificate, from a trusted proxy (default: the browser presents it here)")

	text(&v.sms, "sms", smsDev, "`PROVIDERS` of text messages in order of preference: "+
		strings.Join(smsProviderNames(), ", ")+
		"; or dev (a page shows them), or none (no second level)")
	text(&v.phonePrefixes, "phone-prefixes", "+39",
		"calling `CODES` of the countries to whose numbers codes are sent, such as +39,+43")
	text(&v.PepperFile, "pepper-file", "",
		"`FILE` of the peppers of codes, the current one first (default: derived from service.key in the "+
			"data folder)")

	text(&v.Mail.Server, "smtp", "",
		"`HOST:PORT` of the mail server, over TLS (default: no letters are sent)")
	text(&v.Mail.From, "smtp-from", "", "`ADDRESS` from which letters come")
	text(&v.Mail.User, "smtp-user", "", "`NAME` for the mail server, if it needs a login")
	text(&v.Mail.PasswordFile, "smtp-password-file", "", "`FILE` of the password, mode 600")

	text(&v.OpsAddr, "ops-addr", "127.0.0.1:9464",
		"`HOST:PORT` of metrics, health and profiles, for operations; empty: none")
	text(&v.OTelEndpoint, "otel-endpoint", "",
		"`URL` of an OpenTelemetry collector, such as http://127.0.0.1:4318, that gets traces of requests; "+
			"empty: none")
	fs.DurationVar(&v.Drain, "drain", 0,
		"how long to serve after the signal to stop, until a load balancer notices, such as 5s")
	fs.DurationVar(&v.StartWait, "start-wait", 30*time.Second,
		"how long to wait at the start for a database and a Redis that do not answer yet")
	text(&v.log, "log", "text", "`FORM` of the log on standard error: text or json")
	fs.BoolVar(&v.verbose, "verbose", false, "log each request, by its route")
}

// settle adds the settings that no flag gave, and opens the providers. The caller closes what it returns,
// even after an error.
func (v *serving) settle(fs *flag.FlagSet, log io.Writer) (closers []io.Closer, err error) {
	if err := v.readSettings(fs); err != nil {
		return nil, err
	}
	level := slog.LevelInfo
	if v.verbose {
		level = slog.LevelDebug
	}
	if v.Log, err = app.NewLog(log, v.log, level); err != nil {
		return nil, words.Errorf("-log: %w", err)
	}
	names := strings.Split(v.sms, ",")
	if v.sms == smsDev || v.sms == smsNone {
		v.DevPhone, names = v.sms == smsDev, nil
	}
	v.Prefixes = strings.Split(v.phonePrefixes, ",")
	for _, name := range names {
		sender, err := v.openSender(strings.TrimSpace(name))
		if err != nil {
			return closers, words.Errorf("-sms: %w", err)
		}
		if closer, ok := sender.Sender.(io.Closer); ok {
			closers = append(closers, closer)
		}
		v.Senders = append(v.Senders, sender)
	}
	return closers, nil
}

// settingsOf returns the names of all settings that a file may hold, those of the providers of messages among
// them.
func settingsOf(fs *flag.FlagSet) []string {
	var names []string
	fs.VisitAll(func(f *flag.Flag) {
		if f.Name != configFlag { // the file itself
			names = append(names, settingName(f.Name))
		}
	})
	for _, p := range smsProviders() {
		names = append(names, p.settings()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// readSettings sets the flags that were not given. The file may hold the settings of providers as well.
func (v *serving) readSettings(fs *flag.FlagSet) error {
	given := make(map[string]bool)
	fs.Visit(func(f *flag.Flag) { given[f.Name] = true })
	setting := make(map[string]string)
	fs.VisitAll(func(f *flag.Flag) { setting[f.Name] = settingName(f.Name) })
	if !given[configFlag] {
		v.config = os.Getenv(settingName(configFlag))
	}
	v.settings = settingsOf(fs)
	file, err := readSettings(v.config, v.settings)
	if err != nil {
		return words.Errorf("-config: %w", err)
	}
	for flagName, name := range setting {
		if value, ok := file[name]; ok && !given[flagName] {
			if err := fs.Set(flagName, value); err != nil {
				return words.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func (v *serving) openSender(name string) (app.Sender, error) {
	p, ok := findSMSProvider(name)
	if !ok {
		return app.Sender{}, words.Errorf("is dev, none, or providers out of %s",
			strings.Join(smsProviderNames(), ", "))
	}
	values, err := readSettings(v.config, v.settings)
	if err != nil {
		return app.Sender{}, err
	}
	sender, err := p.open(values, transport{})
	if err != nil {
		return app.Sender{}, words.Errorf("%s: %w (its settings are %s)", name, err,
			strings.Join(p.settings(), ", "))
	}
	return app.Sender{Name: name, Sender: sender}, nil
}
