package app

import (
	"errors"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/signin"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// outside is a service that others reach, with an identity provider.
func outside() Config {
	const page = "https://ente.example/page"
	return Config{PublicURL: "https://qr.ente.example", Body: "Ente di prova", Login: Identity{
		IdentityProvider: "https://id.example", ClientID: "qr"},
		Footer: web.Footer{Accessibility: page, Feedback: page, Privacy: page, Help: page}}
}

// Each setting that the program cannot run with names its flag, and no message holds a password.
func TestCheck(t *testing.T) {
	const password = "pa55word"
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), mode))
		return path
	}
	bodies, nobody := write("bodies", "code,name\nx,Museo", 0o644), write("nobody", "code,name\n", 0o644)
	secret, open := write("secret", password, 0o600), write("open", "x", 0o644)
	for name, tt := range map[string]struct {
		change func(*Config)
		// flag may go on with what the message says; empty: the settings are good
		flag string
	}{
		"as it is": {func(*Config) {}, ""},
		"no links": {func(c *Config) { c.Footer = web.Footer{Help: c.Footer.Help} },
			"accessibility-url, -feedback-url, -privacy-url: the law wants"},
		"no links, and that is known": {func(c *Config) {
			c.Footer, c.WithoutDuties = web.Footer{}, true
		}, ""},
		"no links, for development": {func(c *Config) { c.Footer, c.Dev = web.Footer{}, true }, ""},
		"no links in a private network": {func(c *Config) {
			c.Footer, c.PublicURL = web.Footer{}, "https://192.168.1.20"
		}, ""},
		"a link in the clear": {func(c *Config) { c.Footer.Help, c.WithoutDuties = "http://a.it", true },
			"help-url: want https"},
		"a video in the clear": {func(c *Config) { c.SignVideo = "http://a.it" },
			"sign-video-url: want https"},
		"a register": {func(c *Config) { c.Login.IPA, c.Login.Organisation = bodies, "ipa" }, ""},
		"a register without the claim": {func(c *Config) { c.Login.IPA = bodies },
			"ipa: needs -oidc-organisation"},
		"a register for the demonstration": {func(c *Config) { *c = Config{Login: Identity{IPA: bodies}} },
			"ipa: is for -oidc-issuer"},
		"a file that is no register": {func(c *Config) { c.Login.IPA, c.Login.Organisation = open, "ipa" },
			"ipa: needs a line of headings"},
		"a register without names": {func(c *Config) { c.Login.IPA, c.Login.Organisation = nobody, "ipa" },
			"ipa: has no body"},
		"no register there": {func(c *Config) { c.Login.IPA, c.Login.Organisation = dir, "ipa" }, "ipa"},
		"nothing at all":    {func(c *Config) { *c = Config{} }, ""},
		"a slash":           {func(c *Config) { c.PublicURL += "/" }, ""},
		"a port":            {func(c *Config) { c.PublicURL += ":8443" }, ""},
		"two slashes":       {func(c *Config) { c.PublicURL += "//" }, "public-url"},
		"a path":            {func(c *Config) { c.PublicURL += "/qr" }, "public-url"},
		"a query":           {func(c *Config) { c.PublicURL += "?x=1" }, "public-url"},
		"a question mark":   {func(c *Config) { c.PublicURL += "?" }, "public-url"},
		"a fragment":        {func(c *Config) { c.PublicURL += "#x" }, "public-url"},
		"a user": {func(c *Config) { c.PublicURL = "https://a:" + password + "@b.it" },
			"public-url"},
		"another scheme":      {func(c *Config) { c.PublicURL = "ftp://b.it" }, "public-url"},
		"no host":             {func(c *Config) { c.PublicURL = "https:///x" }, "public-url"},
		"no URL":              {func(c *Config) { c.PublicURL = "https://b.it:port" }, "public-url"},
		"in the clear":        {func(c *Config) { c.PublicURL = "http://b.it" }, "public-url"},
		"in the clear, here":  {func(c *Config) { c.PublicURL = "http://127.0.0.1:8080" }, ""},
		"localhost elsewhere": {func(c *Config) { c.PublicURL = "http://localhost.b.it" }, "public-url"},
		"every address": {func(c *Config) { c.Addr, c.PublicURL = "0.0.0.0:8080", "" },
			"public-url: is needed"},
		"every address of IPv6": {func(c *Config) { c.Addr, c.PublicURL = "[::]:8080", "" },
			"public-url: is needed"},
		"every address by none": {func(c *Config) { c.Addr, c.PublicURL = ":8080", "" },
			"public-url: is needed"},
		"no host at all": {func(c *Config) { c.PublicURL = "https:" }, "public-url"},
		"a network without -dev": {func(c *Config) { c.LAN, c.PublicURL = true, "" },
			"lan: others will reach"},
		"every address, and a URL": {func(c *Config) { c.Addr = ":8080" }, ""},
		"no port":                  {func(c *Config) { c.Addr = "127.0.0.1" }, "addr"},
		"a certificate":            {func(c *Config) { c.TLSCert = "c" }, "tls-cert"},
		"a key of a certificate":   {func(c *Config) { c.TLSKey = "k" }, "tls-cert"},
		"two certificates": {func(c *Config) { c.LAN, c.TLSCert, c.TLSKey = true, "c", "k" },
			"lan: makes a certificate of its own"},
		"proxies":                  {func(c *Config) { c.Proxies = "10.0.0.0/8, ::1" }, ""},
		"a proxy by name":          {func(c *Config) { c.Proxies = "127.0.0.1,lb" }, "trusted-proxies"},
		"a network that is none":   {func(c *Config) { c.Proxies = "10.0.0.0/33" }, "trusted-proxies"},
		"PostgreSQL":               {func(c *Config) { c.DB = "postgres://a:" + password + "@b/c" }, ""},
		"another database":         {func(c *Config) { c.DB = "mysql://a:" + password + "@b/c" }, "db"},
		"a port that is none":      {func(c *Config) { c.DB = "postgres://a:" + password + "@b:c/d" }, "db"},
		"Redis":                    {func(c *Config) { c.Redis = "rediss://a:" + password + "@b:1/0" }, ""},
		"Redis without TLS":        {func(c *Config) { c.Redis = "redis://a:" + password + "@b:1" }, "redis"},
		"another store":            {func(c *Config) { c.Redis = "http://a:" + password + "@b" }, "redis"},
		"a name of the issuer":     {func(c *Config) { c.IssuerName = "https://qr.ente.example" }, ""},
		"a name that is no URL":    {func(c *Config) { c.IssuerName = "ente" }, "issuer-name"},
		"a policy":                 {func(c *Config) { c.Policy = "any" }, ""},
		"no such policy":           {func(c *Config) { c.Policy = "Any" }, "policy"},
		"no catalogue":             {func(c *Config) { c.Catalogue = filepath.Join(dir, "x") }, "catalogue"},
		"a catalogue that is none": {func(c *Config) { c.Catalogue = open }, "catalogue"},
		"no drain":                 {func(c *Config) { c.Drain = 0 }, ""},
		"the longest drain":        {func(c *Config) { c.Drain = 25 * time.Second }, ""},
		"a longer drain":           {func(c *Config) { c.Drain = 25*time.Second + 1 }, "drain"},
		"a negative drain":         {func(c *Config) { c.Drain = -1 }, "drain"},
		"the zone of the machine":  {func(c *Config) { c.Zone = "Local" }, "zone"},
		"no such zone":             {func(c *Config) { c.Zone = "Europe/Atlantis" }, "zone"},
		"levels":                   {func(c *Config) { c.Login.ACRMap = "a=1,b=3" }, ""},
		"level 0":                  {func(c *Config) { c.Login.ACRMap = "a=0" }, "oidc-acr-map"},
		"level 4":                  {func(c *Config) { c.Login.ACRMap = "a=4" }, "oidc-acr-map"},
		"a level of nothing":       {func(c *Config) { c.Login.ACRMap = "=2" }, "oidc-acr-map"},
		"no level":                 {func(c *Config) { c.Login.ACRMap = "a" }, "oidc-acr-map"},
		"a level in words":         {func(c *Config) { c.Login.ACRMap = "a=two" }, "oidc-acr-map"},
		"a way without a name":     {func(c *Config) { c.Login.Ways = "spid,?x=y" }, "oidc-ways"},
		"a way's broken parameter": {func(c *Config) { c.Login.Ways = "spid?x=%zz" }, "oidc-ways"},
		"no client":                {func(c *Config) { c.Login.ClientID = "" }, "oidc-client-id"},
		"a provider in the clear": {func(c *Config) { c.Login.IdentityProvider = "http://id.example" },
			"oidc-issuer"},
		"a provider here": {func(c *Config) { c.Login.IdentityProvider = "http://127.0.0.1:8180" }, ""},
		"a provider of another sort": {func(c *Config) { c.Login.IdentityProvider = "ldap://id.example" },
			"oidc-issuer"},
		"a provider of another sort, here": {func(c *Config) {
			c.Login.IdentityProvider = "ldap://127.0.0.1"
		}, "oidc-issuer"},
		"a provider without a host": {func(c *Config) { c.Login.IdentityProvider = "https:id" },
			"oidc-issuer"},
		"a secret":               {func(c *Config) { c.Login.SecretFile = secret }, ""},
		"a secret that all read": {func(c *Config) { c.Login.SecretFile = open }, "oidc-secret-file"},
		"cards without a port":   {func(c *Config) { c.Login.CardAddr = "x" }, "cns-addr"},
		"cards of nobody":        {func(c *Config) { c.Login.CardAddr = "127.0.0.1:0" }, "cns-ca"},
		"authorities of no cards": {func(c *Config) {
			c.Login.CardAddr, c.Login.CardCA = "127.0.0.1:0", open
		}, "cns-ca"},
		"a mail server without a port": {func(c *Config) { c.Mail.Server = "mail" }, "smtp"},
		"letters of nobody":            {func(c *Config) { c.Mail.Server = "mail:25" }, "smtp-from"},
		"a password that all read": {func(c *Config) {
			c.Mail = Letters{Server: "mail:25", From: "qr@ente.example", User: "qr", PasswordFile: open}
		}, "smtp-password-file"},
		"no logo":                     {func(c *Config) { c.Logo = filepath.Join(dir, "x") }, "logo"},
		"keys in files":               {func(c *Config) { c.Signer = "file:" }, ""},
		"keys elsewhere":              {func(c *Config) { c.Signer = "file:x" }, "signer"},
		"personas for everybody":      {func(c *Config) { c.Login = Identity{} }, "oidc-issuer"},
		"personas, for a development": {func(c *Config) { c.Login, c.Dev = Identity{}, true }, ""},
		"codes for everybody":         {func(c *Config) { c.DevPhone = true }, "sms"},
		"codes, for a development":    {func(c *Config) { c.DevPhone, c.Dev = true, true }, ""},
		"codes, on this machine":      {func(c *Config) { c.DevPhone, c.PublicURL = true, "" }, ""},
		"codes, behind a local name":  {func(c *Config) { c.DevPhone, c.Addr = true, "127.0.0.1:1" }, "sms"},
		"codes, through every address": {func(c *Config) {
			c.DevPhone, c.Addr, c.PublicURL = true, "0.0.0.0:80", "http://127.0.0.1"
		}, "sms"},
	} {
		t.Run(name, func(t *testing.T) {
			c := outside()
			tt.change(&c)
			err := c.Check()
			if tt.flag == "" {
				require.NoError(t, err)
				return
			}
			var named *FlagError
			require.ErrorAs(t, err, &named)
			flag, _, _ := strings.Cut(tt.flag, ": ")
			assert.Equal(t, flag, named.Flag)
			assert.True(t, strings.HasPrefix(err.Error(), "-"+tt.flag), err.Error())
			assert.NotContains(t, err.Error(), password)
			assert.Equal(t, named.Err, errors.Unwrap(err))
		})
	}
}

// The certificate files and the cards' listener depend on each other and on the proxies.
func TestCheckCards(t *testing.T) {
	authorities := filepath.Join(t.TempDir(), "ca.pem")
	a := newApp(t, func(c *Config) { c.Login.CardAddr = "127.0.0.1:0" }) // it writes a test authority
	text, err := os.ReadFile(a.file("cards/ca.pem"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(authorities, text, 0o600))
	for name, tt := range map[string]struct {
		change func(*Config)
		flag   string
	}{
		"with a certificate": {func(c *Config) { c.TLSCert, c.TLSKey = "c", "k" }, ""},
		"without lists":      {func(c *Config) { c.Login.CardUnlisted = false }, "cns-crl"},
		"lists and none":     {func(c *Config) { c.Login.CardLists = "x" }, "cns-no-crl"},
		"in the clear":       {func(*Config) {}, "cns-addr"},
		"behind a proxy": {func(c *Config) { c.Login.CardHeader, c.Proxies = "Client-Cert", "10.0.0.1" },
			""},
		"behind nobody": {func(c *Config) { c.Login.CardHeader = "Client-Cert" }, "cns-header"},
		"of nobody, behind a proxy": {func(c *Config) {
			c.Login, c.PublicURL = Identity{CardAddr: "127.0.0.1:0", CardHeader: "Client-Cert"}, ""
		}, "cns-ca"},
		"at a URL": {func(c *Config) {
			c.TLSCert, c.TLSKey, c.Login.CardURL = "c", "k", "https://card.ente.example/cns"
		}, ""},
		"at a host alone": {func(c *Config) { c.Login.CardURL = "https://card.ente.example" },
			"cns-url"},
		"at a query": {func(c *Config) { c.Login.CardURL = "https://card.ente.example/?x=y" },
			"cns-url"},
		"with a question mark": {func(c *Config) { c.Login.CardURL = "https://card.ente.example/x?" },
			"cns-url"},
		"at a fragment": {func(c *Config) { c.Login.CardURL = "https://card.ente.example/#x" },
			"cns-url"},
		"at a clear URL": {func(c *Config) { c.Login.CardURL = "http://card.ente.example/x" },
			"cns-url"},
		"at no host":         {func(c *Config) { c.Login.CardURL = "https:/x" }, "cns-url"},
		"without a listener": {func(c *Config) { c.Login.CardAddr, c.Login.CardURL = "", "x" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := outside()
			c.Login.CardAddr, c.Login.CardCA, c.Login.CardUnlisted = "127.0.0.1:0", authorities, true
			tt.change(&c)
			err := c.Check()
			if tt.flag == "" {
				require.NoError(t, err)
				return
			}
			var named *FlagError
			require.ErrorAs(t, err, &named)
			assert.Equal(t, tt.flag, named.Flag)
		})
	}
}

// What is left out follows from the rest.
func TestSettle(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(" s3cret\n"), 0o600))
	settle := func(c Config) *settled {
		t.Helper()
		s, err := c.settle()
		require.NoError(t, err)
		return s
	}
	s := settle(Config{})
	assert.Equal(t, "http://127.0.0.1:8080", s.public.String())
	assert.True(t, s.local)
	assert.True(t, s.demo())
	assert.Equal(t, status.PolicyCategories, s.policy)
	assert.Equal(t, "Europe/Rome", s.zone.String())
	assert.Nil(t, s.mailer)

	s = settle(Config{Addr: "127.0.0.1:8443", TLSCert: "c", TLSKey: "k"})
	assert.Equal(t, "https://127.0.0.1:8443", s.public.String())

	if s, err := (Config{LAN: true, Dev: true}).settle(); err == nil { // this machine is in a network
		assert.Equal(t, "0.0.0.0:8443", s.Addr)
		assert.Equal(t, "https", s.public.Scheme)
		assert.Equal(t, "8443", s.public.Port())
		assert.Contains(t, s.network, netip.MustParseAddr(s.public.Hostname()))
		assert.False(t, s.local)
	} else {
		var fault *Fault
		require.ErrorAs(t, err, &fault)
		assert.Equal(t, "lan", fault.Flag)
	}

	c := outside()
	c.PublicURL += "/"
	c.Proxies, c.Policy = "10.1.2.3/8 192.0.2.7, 2001:db8::1", "subkinds"
	c.Login.ACRMap, c.Login.SecretFile = "urn:x=y=2,z=3", secret
	c.Login.Ways, c.Login.Claims = "spid?hint=spid,cie", "fiscal_number,other"
	c.Mail = Letters{Server: "mail.example:465", From: "qr@ente.example", PasswordFile: secret}
	s = settle(c)
	assert.Equal(t, "https://qr.ente.example", s.public.String())
	assert.False(t, s.local)
	assert.False(t, s.demo())
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"),
		netip.MustParsePrefix("2001:db8::1/128")}, s.proxies)
	assert.Equal(t, login.Levels{"urn:x=y": 2, "z": 3}, s.acr)
	assert.Equal(t, "s3cret", s.clientSecret)
	assert.Equal(t, []signin.Way{{ID: "spid"}, {ID: "cie"}}, s.ways)
	assert.Equal(t, map[string]url.Values{"spid": {"hint": {"spid"}}, "cie": {}}, s.hints)
	assert.Equal(t, []string{"fiscal_number", "other"}, s.claims)
	assert.Equal(t, status.PolicySubKinds, s.policy)
	assert.NotNil(t, s.mailer)
	assert.Equal(t, "x/registry.db", settle(Config{Data: "x"}).database())
	assert.Equal(t, "y.db", settle(Config{Data: "x", DB: "y.db"}).database())
}
