package smpp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*smpp.Config)
		want   string
	}{
		"name":             {func(c *smpp.Config) { c.Name = "a b" }, "Name"},
		"long name":        {func(c *smpp.Config) { c.Name = strings.Repeat("a", 33) }, "Name"},
		"no address":       {func(c *smpp.Config) { c.Address = "" }, "Address"},
		"no port":          {func(c *smpp.Config) { c.Address = "smsc.example" }, "Address"},
		"empty port":       {func(c *smpp.Config) { c.Address = "smsc.example:" }, "Address"},
		"empty host":       {func(c *smpp.Config) { c.Address = ":2775" }, "Address"},
		"plain and TLS":    {func(c *smpp.Config) { c.TLS = &tls.Config{} }, "TLS"},
		"no system id":     {func(c *smpp.Config) { c.SystemID = "" }, "SystemID"},
		"long system id":   {func(c *smpp.Config) { c.SystemID = strings.Repeat("a", 16) }, "SystemID"},
		"NUL in system id": {func(c *smpp.Config) { c.SystemID = "a\x00b" }, "SystemID"},
		"no password":      {func(c *smpp.Config) { c.Password = sms.Secret{} }, "Password"},
		"NUL in password":  {func(c *smpp.Config) { c.Password = sms.NewSecret("a\x00") }, "Password"},
		"long password": {func(c *smpp.Config) { c.Password = sms.NewSecret(strings.Repeat("a", 64)) },
			"Password"},
		"long system type":  {func(c *smpp.Config) { c.SystemType = strings.Repeat("a", 13) }, "SystemType"},
		"long service type": {func(c *smpp.Config) { c.ServiceType = "abcdef" }, "ServiceType"},
		"no senders":        {func(c *smpp.Config) { c.Senders = nil }, "Senders is empty"},
		"senders": {func(c *smpp.Config) { c.Senders = sms.SenderIDs{{Value: "x"}} },
			"Senders: sender ids: entry 0"},
		"receipt ids": {func(c *smpp.Config) { c.ReceiptIDs = 3 }, "ReceiptIDs"},
		"window":      {func(c *smpp.Config) { c.Window = -1 }, "Window"},
		"wide window": {func(c *smpp.Config) { c.Window = 1001 }, "Window"},
		"per second":  {func(c *smpp.Config) { c.PerSecond = -1 }, "PerSecond"},
		"timeout":     {func(c *smpp.Config) { c.Timeout = -1 }, "Timeout"},
		"idle":        {func(c *smpp.Config) { c.Idle = -1 }, "Idle"},
		"remember":    {func(c *smpp.Config) { c.Remember = -1 }, "Remember"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config()
			c.change(&cfg)
			s, err := smpp.New(cfg)
			assert.Nil(t, s)
			require.ErrorContains(t, err, "smpp: "+c.want)
			assert.NotContains(t, err.Error(), password)
		})
	}
}

func TestTLS(t *testing.T) {
	// The server is there for its certificate only.
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	require.NoError(t, err)
	defer l.Close()
	c := &centre{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	secure := func(change func(*smpp.Config)) *smpp.Sender {
		return open(t, c, func(cfg *smpp.Config) {
			cfg.Dial, cfg.Plain, cfg.Address = nil, false, "127.0.0.1:"+port
			cfg.TLS = &tls.Config{RootCAs: roots}
			cfg.Idle = 20 * time.Millisecond
			change(cfg)
		})
	}
	s := secure(func(cfg *smpp.Config) {})
	_, err = s.Send(t.Context(), otptest.Message())
	require.NoError(t, err)
	eventually(t, func() bool { return c.count(enquireLink) > 2 }) // reading continues after a time-out
	_, err = s.Send(t.Context(), otptest.Message())
	require.NoError(t, err)
	assert.Equal(t, 1, c.count(bindTransceiver))

	for name, change := range map[string]func(*smpp.Config){
		"unknown authority": func(cfg *smpp.Config) { cfg.TLS = nil },
		"another host":      func(cfg *smpp.Config) { cfg.TLS.ServerName = "smsc.example.net" },
		"no TLS there": func(cfg *smpp.Config) {
			cfg.Dial = c.dial
			cfg.Timeout = time.Second
		},
	} {
		_, err := secure(change).Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err), name)
	}
	assert.Equal(t, 1, c.count(bindTransceiver), "no password went out")
}
