package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// start runs the service on a free port until the test ends, and returns its address.
func start(t *testing.T, args ...string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	ended := make(chan int, 1)
	var errs strings.Builder
	args = append([]string{"serve", "-addr", "127.0.0.1:0", "-ops-addr", "", "-data", t.TempDir()}, args...)
	go func() {
		ended <- cli.Run(ctx, "issuer", about, commands(), args,
			cli.Streams{In: strings.NewReader(""), Out: write, Err: &errs})
		write.Close()
	}()
	t.Cleanup(func() {
		stop()
		select {
		case code := <-ended:
			assert.Equal(t, cli.OK, code, errs.String())
		case <-time.After(time.Minute):
			assert.Fail(t, "the service did not end")
		}
	})
	said := make(chan string, 1)
	go func() {
		var text strings.Builder
		buffer := make([]byte, 4096)
		for url := ""; ; {
			n, err := read.Read(buffer)
			text.Write(buffer[:n])
			found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(text.String())
			if found != "" && url == "" {
				url = found
				said <- url
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case url := <-said:
		return url
	case code := <-ended:
		ended <- code
		require.Fail(t, "the service ended", errs.String())
	}
	return ""
}

// A card of the demonstration logs its persona in, over a listener of its own.
func TestCardLogin(t *testing.T) {
	data := t.TempDir()
	b := newBrowser(t, start(t, "-cns-addr", "127.0.0.1:0", "-data", data))
	authority, err := os.ReadFile(filepath.Join(data, "cards", "ca.pem"))
	require.NoError(t, err)
	path := filepath.Join(data, "cards", "mario.pem")
	card, err := tls.LoadX509KeyPair(path, path)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(authority))
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{card}}
	b.client.Transport = transport
	assert.Contains(t, b.get(t, "/auth/login?via=cns&return=/area"), "Mario Rossi")

	transport = transport.Clone()
	transport.TLSClientConfig.Certificates = nil
	b.client.Transport = transport
	_, err = b.client.Get(b.base + "/auth/login?via=cns&return=/area")
	assert.Error(t, err, "without a card there is no connection")
}

func TestServe(t *testing.T) {
	base := start(t)
	get := func(path string) string {
		answer, err := http.Get(base + path)
		require.NoError(t, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(t, err)
		return string(body)
	}
	for path, want := range map[string]string{
		"/healthz": "alive", "/status": `"title":"OK"`, "/v1/status": `"title":"OK"`,
		"/.well-known/jwks.json": `"keys"`, "/audit/checkpoint": "qr.example.it/audit",
		"/audit/key": "qr.example.it/audit+", "/v1/openapi.yaml": "openapi: 3.1", "/nothing": "<html",
	} {
		assert.Contains(t, get(path), want, path)
	}
	for _, path := range []string{"/readyz", "/readyz/deep"} {
		assert.Eventually(t, func() bool { return get(path) == "ready\n" }, time.Minute, 20*time.Millisecond,
			path)
	}
}

// A web page of an origin in -origins may ask, and no path of the API is redirected, because the caller would
// send personal data twice.
func TestServeOrigins(t *testing.T) {
	base := start(t, "-origins", "https://desk.example.it,https://other.example.it")
	r, err := http.NewRequest(http.MethodOptions, base+"/v1/first-level-checks", nil)
	require.NoError(t, err)
	r.Header.Set("Origin", "https://other.example.it")
	r.Header.Set("Access-Control-Request-Method", http.MethodPost)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	answer.Body.Close()
	assert.Equal(t, http.StatusNoContent, answer.StatusCode)
	assert.Equal(t, "https://other.example.it", answer.Header.Get("Access-Control-Allow-Origin"))

	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	for _, path := range []string{
		"/v1//first-level-checks", "//v1/first-level-checks", "/v1/first-level-checks/",
	} {
		answer, err := client.Post(base+path, "application/json", strings.NewReader("{}"))
		require.NoError(t, err)
		answer.Body.Close()
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, path)
		assert.Equal(t, "application/problem+json", answer.Header.Get("Content-Type"), path)
	}
}

// A document of the service ends at midnight in the issuer's zone. The page that its QR opens shows the day
// before.
func TestServeZone(t *testing.T) {
	zone, err := app.LoadZone("Pacific/Kiritimati")
	require.NoError(t, err)
	b := newBrowser(t, start(t, "-zone", zone.String()))
	b.login(t, "mario", "/area")
	text := b.paper(t)
	jws, err := token.FromQRText(text)
	require.NoError(t, err)
	answer, err := http.Get(b.base + "/.well-known/jwks.json")
	require.NoError(t, err)
	defer answer.Body.Close()
	set, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	keys, err := token.ParseJWKS(set, "")
	require.NoError(t, err)
	claims, err := token.Verify(jws, keys, time.Now())
	require.NoError(t, err)
	assert.Equal(t, "00:00:00", claims.Expires.In(zone).Format(time.TimeOnly))
	page := b.post(t, "/q", "qr", text, "cf", mario)
	assert.Contains(t, page, ">"+web.Day("it", claims.LastDay(zone))+"<")
}

// A flag overrides the environment, which overrides the file.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "issuer.env")
	require.NoError(t, os.WriteFile(path, []byte("ISSUER_BODY=File\nISSUER_POLICY=any\n"+
		"ISSUER_DRAIN=3s\nISSUER_VERBOSE=true\nSMS_SENDER=ENTE\n"), 0o600))
	t.Setenv("ISSUER_POLICY", "subkinds")
	t.Setenv("ISSUER_CONTACT", "Environment")
	t.Setenv("ISSUER_BODY", "Environment")
	for config, args := range map[string][]string{"/nowhere": {"-config", path}, path: nil} {
		t.Setenv("ISSUER_CONFIG", config)
		var v serving
		fs := flag.NewFlagSet("serve", flag.ContinueOnError)
		v.flags(fs)
		require.NoError(t, fs.Parse(append(args, "-body", "Flag")))
		_, err := v.settle(fs, io.Discard)
		require.NoError(t, err)
		assert.Equal(t, "Flag", v.Body)
		assert.Equal(t, "subkinds", v.Policy)
		assert.Equal(t, "Environment", v.Contact)
		assert.Equal(t, 3*time.Second, v.Drain)
		assert.True(t, v.verbose)
	}
}

// testCA is a certificate whose key does not exist any longer.
const testCA = `-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUHjI+7d4fjy1etz3A1mpCb5HDZW4wCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTYXV0aG9yaXR5IGZvciB0ZXN0czAgFw0yNjExMjcyMDQ0Mjda
GA8yMTI2MTEwMzIwNDQyN1owHjEcMBoGA1UEAwwTYXV0aG9yaXR5IGZvciB0ZXN0
czBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG+CvkaFqB19erypA9TwtJO0qm0o
Pk9PmquO6YOl1eDfv8Rpvws30TxZ1f624D/FZD0xySLtzLOswbdrLJ/S5rOjUzBR
MB0GA1UdDgQWBBQaiU6EGrHQ81h0wEwqedz+RJeiKTAfBgNVHSMEGDAWgBQaiU6E
GrHQ81h0wEwqedz+RJeiKTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIQD5aZWXz30MiROyrECk9rOptPa0ycSwUr7XlySu5woZ8wIgCQiszGrQ3PJ3
NU8/tiqC9DgjqF1vmlx4P6XyE1pJmA8=
-----END CERTIFICATE-----
`

// Settings that cannot work are refused before anything starts, in one line that names the setting, with
// exit code 3.
func TestServeRefuses(t *testing.T) {
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	t.Setenv("ISSUER_DRAIN", "")
	others := t.TempDir()
	require.NoError(t, os.Chmod(others, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(others, "holiday.jpg"), nil, 0o600))
	tests := []struct {
		name, want string
		args       []string
	}{
		{"argument", `unexpected argument "x"`, []string{"x"}},
		{"unknown flag", "flag provided but not defined: -port", []string{"-port", "1"}},
		{"address", `-addr: "8080" is not HOST:PORT`, []string{"-addr", "8080"}},
		{"every address", "-public-url: is needed, since -addr listens on every address",
			[]string{"-addr", ":8080"}},
		{"address with a path", "-public-url: want http:// or https:// and a host",
			[]string{"-public-url", "https://ente.example/x"}},
		{"no scheme", "-public-url: want http:// or https:// and a host",
			[]string{"-public-url", "ente.example"}},
		{"in the clear", "-public-url: want https", []string{"-public-url", "http://ente.example"}},
		{"development outside", "-oidc-issuer: is needed where others reach the service",
			[]string{"-public-url", "https://ente.example"}},
		{"duties", "-accessibility-url, -feedback-url, -privacy-url, -help-url: the law wants these links",
			[]string{"-public-url", "https://ente.example", "-oidc-issuer", "https://id.example",
				"-oidc-client-id", "x", "-sms", "none"}},
		{"certificate without a key", "-tls-cert: goes with -tls-key", []string{"-tls-cert", "x"}},
		{"certificate that is not there", "-tls-cert: stat x: no such file",
			[]string{"-tls-cert", "x", "-tls-key", "y"}},
		{"provider without a client", "-oidc-client-id: is needed",
			[]string{"-oidc-issuer", "https://id.example"}},
		{"provider in the clear", "-oidc-issuer: want an https address",
			[]string{"-oidc-issuer", "http://id.example", "-oidc-client-id", "x"}},
		{"secret", "-oidc-secret-file: open x", []string{"-oidc-issuer", "https://id.example",
			"-oidc-client-id", "x", "-oidc-secret-file", "x"}},
		{"levels", "-oidc-acr-map: want VALUE=LEVEL", []string{"-oidc-acr-map", "urn:x=4"}},
		{"ways", "-oidc-ways: want NAME", []string{"-oidc-ways", "?x=y"}},
		{"development phone outside", "-sms: the development phone",
			[]string{"-public-url", "https://ente.example", "-oidc-issuer", "https://id.example",
				"-oidc-client-id", "x"}},
		{"cards", "-cns-addr: \"8443\" is not HOST:PORT", []string{"-cns-addr", "8443"}},
		{"cards of nobody", "-cns-ca: is needed", []string{"-cns-addr", "127.0.0.1:0", "-oidc-issuer",
			"https://id.example", "-oidc-client-id", "x"}},
		{"authorities", "-cns-ca: open x", []string{"-cns-addr", "127.0.0.1:0", "-cns-ca", "x"}},
		{"authorities that are none", "holds no certificate",
			[]string{"-cns-addr", "127.0.0.1:0", "-cns-ca", file("ca", "x")}},
		{"card at a proxy", "-cns-header: is believed from -trusted-proxies only",
			[]string{"-cns-addr", "127.0.0.1:0", "-cns-ca",
				file("ca", testCA), "-cns-no-crl", "-cns-header", "Client-Cert"}},
		{"stolen cards", "-cns-crl: is needed",
			[]string{"-cns-addr", "127.0.0.1:0", "-cns-ca", file("ca", testCA)}},
		{"access tokens of anybody", "-oidc-audience: needs -oidc-scope or -oidc-role",
			[]string{"-oidc-issuer", "https://id.example", "-oidc-client-id", "x", "-oidc-audience", "y"}},
		{"card in the clear", "-cns-addr: needs -tls-cert",
			[]string{"-cns-addr", "127.0.0.1:0", "-cns-no-crl", "-cns-ca", file("ca", testCA)}},
		{"address of the cards", "-cns-url: want https",
			[]string{"-cns-addr", "127.0.0.1:0", "-cns-url", "http://x.example/"}},
		{"mail server", `-smtp: "mail" is not HOST:PORT`, []string{"-smtp", "mail"}},
		{"sender of letters", "-smtp-from: is not a bare address",
			[]string{"-smtp", "mail.example:587", "-smtp-from", "Ente <qr@ente.example>"}},
		{"password of letters", "-smtp-password-file: open x",
			[]string{"-smtp", "mail.example:587", "-smtp-from", "qr@ente.example", "-smtp-password-file",
				"x"}},
		{"logo", "-logo: open x", []string{"-logo", "x"}},
		{"logo that is none", "-logo: no paper can be made", []string{"-logo", file("l", "x")}},
		{"contact that no font has", "-contact: no paper can be made", []string{"-contact", "漢"}},
		{"signer", "-signer: is neither file: nor", []string{"-signer", "kms:x"}},
		{"signer of nobody", "-issuer-name: is needed with -signer pkcs11:",
			[]string{"-signer", "pkcs11:token=t;object=o?module-path=m&pin-source=x"}},
		{"signer without its PIN", "-signer: pin-source: open x",
			[]string{"-issuer-name", "https://qr.example.it", "-signer",
				"pkcs11:token=t;object=o?module-path=m&pin-source=x"}},
		{"proxies", `-trusted-proxies: "lb" is neither`, []string{"-trusted-proxies", "10.0.0.0/8,lb"}},
		{"zone", `-zone: there is no time zone "Mars"`, []string{"-zone", "Mars"}},
		{"policy", "-policy: is one of any, categories, subkinds", []string{"-policy", "all"}},
		{"origins", `-origins: "https://desk.example.it/" is not https:// and a host`,
			[]string{"-origins", "https://desk.example.it:8443,https://desk.example.it/"}},
		{"benefits", "-catalogue: open x: no such file", []string{"-catalogue", "x"}},
		{"benefits that are none", "-catalogue: ", []string{"-catalogue", file("b", "x")}},
		{"drain", "-drain: is between 0 and 25s", []string{"-drain", "1h"}},
		{"redis", "-redis: want redis://", []string{"-redis", "http://user:pa55word@host"}},
		{"database", "-db: want a file", []string{"-db", "mysql://user:pa55word@host"}},
		{"provider", "-sms: is dev, none, or providers out of twilio", []string{"-sms", "pigeon"}},
		{"provider without settings", "-sms: twilio: ", []string{"-sms", "twilio"}},
		{"log", "-log: is text or json", []string{"-log", "xml"}},
		{"settings", "-config: open x: no such file", []string{"-config", "x"}},
		{"unknown setting", "unknown setting ISSUER_PORT", []string{"-config", file("c", "ISSUER_PORT=1\n")}},
		{"another file", "unknown setting ISSUER_CONFIG",
			[]string{"-config", file("c", "ISSUER_CONFIG=x\n")}},
		{"wrong setting", `ISSUER_DRAIN: parse error`, []string{"-config", file("c", "ISSUER_DRAIN=1\n")}},
		{"folder with other files", "folder is open to its group", []string{"-data", others}},
		{"name of the issuer", "-issuer-name: ", []string{"-issuer-name", "ente"}},
		{"name of the body", "-body: ", []string{"-body", "http://ente.example", "-sms", "webhook",
			"-config",
			file("c",
				"WEBHOOK_URL=https://gateway.example/sms\n"+
					"WEBHOOK_KEY=0123456789012345678901234567890123456789\n")}},
		{"peppers", "-pepper-file: line 1 is not",
			[]string{"-pepper-file", file("p", "one two\n"), "-sms", "webhook",
				"-config",
				file("c",
					"WEBHOOK_URL=https://gateway.example/sms\n"+
						"WEBHOOK_KEY=0123456789012345678901234567890123456789\n")}},
	}
	os.Unsetenv("ISSUER_DRAIN")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := run(t, append([]string{"serve", "-addr", "127.0.0.1:0", "-ops-addr", "",
				"-data", t.TempDir()}, test.args...)...)
			assert.Equal(t, cli.Usage, code)
			assert.Contains(t, errs, test.want)
			assert.Equal(t, 1, strings.Count(errs, "\n"), errs)
			assert.NotContains(t, errs, "pa55")
			assert.Empty(t, out)
		})
	}
	code, _, errs := run(t, "serve", "-addr", "127.0.0.1:0", "-ops-addr", "", "-data", t.TempDir(), "-redis",
		"redis://127.0.0.1:1", "-start-wait", "10ms")
	assert.Equal(t, cli.Failure, code, "the setting is right, and nobody answers")
	assert.Contains(t, errs, "-redis: no answer")
}
