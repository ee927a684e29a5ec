package app

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/ipa"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/webhook"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// The migrations make the tables that the stores of the codes and of the access log need.
func TestMigrations(t *testing.T) {
	for engine, dialect := range map[string]sqlstore.Dialect{"postgres": sqlstore.PostgreSQL,
		"sqlite": sqlstore.SQLite} {
		text, err := migrations.ReadFile("migrations/" + engine + "/00001_otp.sql")
		require.NoError(t, err)
		schema, err := (&sqlstore.Store{Dialect: dialect}).Schema()
		require.NoError(t, err)
		assert.Equal(t, "-- +goose Up\n"+schema, string(text), "a changed schema is a migration of its own")
	}
	for engine, dialect := range map[string]accesslog.Dialect{"postgres": accesslog.PostgreSQL,
		"sqlite": accesslog.SQLite} {
		text, err := accessTables.ReadFile("accesslog/" + engine + "/00001_access_log.sql")
		require.NoError(t, err)
		schema, err := (&accesslog.Log{Dialect: dialect}).Schema()
		require.NoError(t, err)
		assert.Equal(t, "-- +goose Up\n"+schema, string(text), "a changed schema is a migration of its own")
	}
}

// newApp opens a service on a folder of its own.
func newApp(t *testing.T, change func(*Config)) *App {
	t.Helper()
	c := Config{Addr: "127.0.0.1:0", Data: t.TempDir(), Body: "Ente Esempio",
		Log: slog.New(slog.DiscardHandler)}
	folder := token.Folder{Dir: filepath.Join(c.Data, "keys"), IssuerName: "https://qr.example.it"}
	_, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	_, err = folder.AddReferenceKey(t.Context())
	require.NoError(t, err)
	change(&c)
	a, err := Open(t.Context(), c)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Close()) })
	return a
}

const receiptSecret = "a key for receipts, 32 bytes long"

// gateway returns a provider for each name, all on one gateway.
func gateway(t *testing.T, names ...string) []Sender {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"code":"ok","id":"gw-1"}`)
	}))
	t.Cleanup(server.Close)
	var senders []Sender
	for _, name := range names {
		s, err := webhook.New(webhook.Config{Name: name, URL: server.URL,
			Key: sms.NewSecret(strings.Repeat("k", 32)), ReceiptKey: sms.NewSecret(receiptSecret)})
		require.NoError(t, err)
		senders = append(senders, Sender{name, s})
	}
	return senders
}

// report posts a delivery report with the signature of Standard Webhooks.
func report(a *App, provider, key, body string) int {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	io.WriteString(mac, "r1."+timestamp+"."+body)
	r := httptest.NewRequest("POST", "/receipts/"+provider, strings.NewReader(body))
	r.Header.Set("Webhook-Id", "r1")
	r.Header.Set("Webhook-Timestamp", timestamp)
	r.Header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	return w.Code
}

// A provider's report reaches the challenge, with one provider and with several. A report by anybody else
// does not.
func TestReceipts(t *testing.T) {
	for _, names := range [][]string{{"one"}, {"one", "two"}} {
		t.Run(strings.Join(names, ","), func(t *testing.T) {
			a := newApp(t, func(c *Config) { c.Senders = gateway(t, names...) })
			mario := demo.Personas()[0]
			contacts, err := a.registry.Contacts(t.Context(), mario.CF)
			require.NoError(t, err)
			parties := otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("operator")},
				Subject: otp.NewSecret(mario.CF.Reveal())}
			c, err := a.challenges.Start(t.Context(), otp.StartRequest{Parties: parties, Contacts: contacts,
				Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum"}})
			require.NoError(t, err)
			body := fmt.Sprintf(
				`{"message_id":"%s.1","id":"gw-1","status":"delivered","at":"2026-01-15T09:00:07Z"}`, c.ID)

			assert.Equal(t, http.StatusForbidden, report(a, "one", "another key of 32 bytes or more..", body))
			assert.Equal(t, http.StatusNotFound, report(a, "three", receiptSecret, body))
			delivery := func() otp.Delivery {
				c, err := a.challenges.Status(t.Context(), otp.Ref{Parties: parties, ID: c.ID})
				require.NoError(t, err)
				return c.Delivery
			}
			assert.Equal(t, otp.DeliveryAccepted, delivery())
			assert.Equal(t, http.StatusNoContent, report(a, "one", receiptSecret, body))
			assert.Equal(t, otp.DeliveryDelivered, delivery())
			text := metricsText(a)
			for _, want := range []string{
				`attesta_otp_events_total{cause="delivered",channel="",event="receipt",provider="one"} 1`,
				`attesta_otp_events_total{cause="",channel="sms",event="sent",provider="one"} 1`,
				`attesta_otp_events_total{cause="balance",channel="sms",event="send_failed",` +
					`provider="one"} 0`,
				`attesta_provider_seconds_count{provider="one"} 1`,
			} {
				assert.Contains(t, text, want)
			}
			assert.Equal(t, len(names) > 1,
				strings.Contains(text, `attesta_provider_open{provider="two"} 0`))
		})
	}
}

// The name in messages is that of -sms-name, or that of -body. A name that does not fit is the fault of the
// flag that set it.
func TestNameInMessages(t *testing.T) {
	long := strings.Repeat("Ente ", 8) + "X"
	a := newApp(t, func(c *Config) { c.Senders = gateway(t, "one") })
	for _, c := range []struct{ body, sms, flag string }{
		{"Regione Friuli-Venezia Giulia", "", ""},
		{long, "Ente", ""},
		{long, "", "body"},
		{"Ente", long, "sms-name"},
		{"Ente", "ente.it", "sms-name"},
	} {
		a.Body, a.SMSName = c.body, c.sms
		err := a.openChallenges()
		if c.flag == "" {
			require.NoError(t, err)
			continue
		}
		var fault *FlagError
		require.ErrorAs(t, err, &fault)
		assert.Equal(t, c.flag, fault.Flag)
	}
}

// With a register, a login states a code. The demonstration has a sample.
func TestRegisteredBody(t *testing.T) {
	a := newApp(t, func(*Config) {})
	for code, want := range map[string]string{"museo_prova": "Museo Civico", "ASL_PROVA": "ASL di Prova",
		"Museo Civico": "", "": ""} {
		name, err := a.service.Organisation(t.Context(), a.coded(service.Operator{Organisation: code}))
		require.NoError(t, err)
		assert.Equal(t, want, name, code)
	}
	a.bodies = ipa.Register{}
	assert.Equal(t, "Museo Civico", a.coded(service.Operator{Organisation: "Museo Civico"}).Organisation)
}

// Without a provider there is only the first level, and the service says so.
func TestNoProvider(t *testing.T) {
	a := newApp(t, func(*Config) {})
	assert.Nil(t, a.challenges)
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequest("GET", "/status", nil))
	assert.Contains(t, w.Body.String(), `"second_level":false`)
	entries, err := os.ReadDir(a.Data)
	require.NoError(t, err)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, e.Name())
	}
}
