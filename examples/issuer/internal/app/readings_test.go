package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cns"
	"github.com/qr-invalidita/attesta/internal/cause"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/router"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// certified writes a certificate that ends at the time.
func certified(t *testing.T, end time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: end.AddDate(0, 0, -90),
		NotAfter: end, DNSNames: []string{"localhost"}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der},
		keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&block), 0o600))
	}
	return certFile, keyFile
}

func newRedis(t *testing.T) *servers.Redis {
	t.Helper()
	r, err := servers.NewRedis()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// A running service tells what it depends on, and goes on telling the rest when Redis is gone. The log begins
// with what runs.
func TestReadings(t *testing.T) {
	redis := newRedis(t)
	var logs bytes.Buffer
	a := newApp(t, func(c *Config) {
		c.TLSCert, c.TLSKey = certified(t, time.Now().Add(-36*time.Hour))
		c.DB, c.Redis, c.DevPhone = server.Postgres(t), "redis://"+redis.Addr+"/0", true
		c.OTelEndpoint = "http://127.0.0.1:1"
		var err error
		c.Log, err = NewLog(&logs, "text", slog.LevelInfo)
		require.NoError(t, err)
	})
	issuer, err := a.keys.Signer(t.Context())
	require.NoError(t, err)
	assert.Regexp(t, `msg=started version=\S+ commit=\S+ go=go1\S+ tables="keybook 1, registry \d+, .*" `+
		`database=postgres issuer=https://qr\.example\.it keys=\[`+
		regexp.QuoteMeta(issuer.Keys[0].Public().ID())+`\] references=\[[0-9a-f]{4}\] addr=127\.0\.0\.1:0 `+
		`url=https://127\.0\.0\.1:\d+ ops-addr="" cns-addr=""`, logs.String())

	text := metricsText(a)
	for _, want := range []string{
		`attesta_build_info\{commit="[^"]+",go="go1[^"]+",version="[^"]+"\} 1`,
		`attesta_up\{part="keys"\} 1`, `attesta_up\{part="database"\} 1`, `attesta_up\{part="redis"\} 1`,
		`attesta_up\{part="writing to the registry"\} 1`, `attesta_certificate_days -1\.5`,
		`attesta_signing_key_days 7\d\d`, `attesta_access_log_records 0`,
		`attesta_clock_offset_seconds\{server="database"\} -?[0-9.e-]+`,
		`attesta_clock_offset_seconds\{server="redis"\} -?[0-9.e-]+`,
		`attesta_redis_connections\{state="all"\} [1-9]`, `attesta_redis_pool_timeouts_total 0`,
		`go_sql_open_connections\{db_name="issuer"\} [1-9]`,
		`go_sql_open_connections\{db_name="access_log"\} [1-9]`, `attesta_http_requests_in_flight 0`,
		`attesta_faults_total\{part="Source"\} 0`, `attesta_trace_spans_total\{result="sent"\} 0`,
		`attesta_background_failures_total\{job="comparison of keys"\} 0`,
		`attesta_calls_total\{code="unavailable",outcome="",route="POST /v1/first-level-checks"\} 0`,
	} {
		assert.Regexp(t, `(?m)^`+want+`$`, text)
	}
	assert.NotContains(t, text, "attesta_access_log_last_append")

	for _, j := range a.jobs {
		if j.name == "certificate" {
			assert.Contains(t, cause.Text(j.run(t.Context())), "expires within seven days, or has expired")
		}
	}
	require.NoError(t, redis.Kill())
	a.ready.deep.failed.until = time.Time{} // the answer of before is kept for readyFor
	text = metricsText(a)
	assert.Contains(t, text, `attesta_up{part="redis"} 0`)
	assert.Contains(t, text, `attesta_up{part="database"} 1`)
	assert.NotContains(t, text, `attesta_clock_offset_seconds{server="redis"}`)
}

// The age of the revocation lists, and the time that is left, are known while there is one.
func TestListReadings(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1),
		ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(2 * time.Hour)}, &x509.Certificate{
		KeyUsage: x509.KeyUsageCRLSign, SubjectKeyId: []byte{1}, PublicKey: key.Public()}, key)
	require.NoError(t, err)
	dir := t.TempDir()
	a := &App{metrics: newMetrics()}
	a.observeLists(&cns.Lists{Dir: dir})
	assert.NotContains(t, metricsText(a), "attesta_revocation_list")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.crl"), list, 0o600))
	text := metricsText(a)
	assert.Regexp(t, `attesta_revocation_list_age_seconds 36\d\d`, text)
	assert.Regexp(t, `attesta_revocation_list_left_seconds 7[01]\d\d`, text)
}

// refusing is a provider that takes nothing, and does not say whether it could.
type refusing struct{ otp.Sender }

func (refusing) Send(context.Context, otp.Message) (otp.Submission, error) {
	return otp.Submission{}, &otp.SendError{Class: otp.ClassUnavailable, Err: errors.New("no")}
}

// A provider that is measured is to the router what it was.
func TestMeasured(t *testing.T) {
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took"})
	_, ok := measured(Sender{Sender: &smpp.Sender{}}, took, nil).(otp.ReadySender)
	assert.True(t, ok)
	r, err := router.New(router.Config{Providers: []router.Provider{
		{Name: "one", Sender: measured(Sender{Sender: refusing{}}, took, nil)}}})
	require.NoError(t, err)
	require.NoError(t, r.Ready(t.Context()))
	to, err := otp.ParsePhone("+393331234567")
	require.NoError(t, err)
	for range 20 { // until it is left out
		r.Send(t.Context(), otp.Message{ID: "x", To: to, Channel: otp.SMS})
	}
	assert.Error(t, r.Ready(t.Context()))
}
