package smpp_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// A nodeCentre is testdata/smsc/smsc.js under Node, in the folder ATTESTA_SMSC: a copy of
// testdata/smsc in which npm ci has run.
type nodeCentre struct {
	plain, secure string
	statuses      map[string]uint32
	roots         *x509.CertPool

	mu   sync.Mutex
	seen []map[string]any
}

func startNode(t *testing.T) *nodeCentre {
	t.Helper()
	folder := os.Getenv("ATTESTA_SMSC")
	if folder == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ATTESTA_SMSC is not set")
		}
		t.Skip("ATTESTA_SMSC is not set")
	}
	web := httptest.NewTLSServer(nil) // only for its certificate
	web.Close()
	n := &nodeCentre{roots: x509.NewCertPool()}
	n.roots.AddCert(web.Certificate())
	key, err := x509.MarshalPKCS8PrivateKey(web.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	run := exec.Command("node", filepath.Join(folder, "smsc.js"), password,
		write("key.pem", "PRIVATE KEY", key), write("certificate.pem", "CERTIFICATE", web.Certificate().Raw))
	run.Stderr = os.Stderr
	out, err := run.StdoutPipe()
	require.NoError(t, err)
	in, err := run.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, run.Start())
	t.Cleanup(func() {
		in.Close()
		run.Process.Kill()
		run.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	require.True(t, lines.Scan(), "the centre does not start")
	var first struct {
		Plain, Secure int
		Statuses      map[string]uint32
	}
	require.NoError(t, json.Unmarshal(lines.Bytes(), &first))
	n.plain, n.secure = fmt.Sprintf("127.0.0.1:%d", first.Plain), fmt.Sprintf("127.0.0.1:%d", first.Secure)
	n.statuses = first.Statuses
	go func() {
		for lines.Scan() {
			var event map[string]any
			if json.Unmarshal(lines.Bytes(), &event) == nil {
				n.mu.Lock()
				n.seen = append(n.seen, event)
				n.mu.Unlock()
			}
		}
	}()
	return n
}

// events returns the centre's events with a name.
func (n *nodeCentre) events(name string) (out []map[string]any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, e := range n.seen {
		if e["event"] == name {
			out = append(out, e)
		}
	}
	return out
}

func TestContract(t *testing.T) {
	n := startNode(t)
	open := func(t *testing.T, change func(*smpp.Config)) (*smpp.Sender, *receipts) {
		all := &receipts{}
		cfg := config()
		cfg.Address, cfg.Receipts = n.plain, all.take
		if change != nil {
			change(&cfg)
		}
		s, err := smpp.New(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { s.Close() })
		return s, all
	}
	send := func(s *smpp.Sender, text string) (otp.Submission, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		m := otptest.Message()
		m.Text = otp.NewText(text)
		return s.Send(ctx, m)
	}
	t.Run("bind, submit, unbind", func(t *testing.T) {
		s, _ := open(t, nil)
		got, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		assert.Regexp(t, `^n\d+$`, got.ProviderID)
		eventually(t, func() bool { return len(n.events("submit_sm")) > 0 })
		bind := n.events("bind_transceiver")[0]
		assert.Equal(t, "inps", bind["system_id"])
		assert.EqualValues(t, 0x34, bind["interface_version"])
		assert.Equal(t, map[string]any{"event": "submit_sm", "source_addr_ton": 5.0, "source_addr_npi": 0.0,
			"source_addr": "INPS", "dest_addr_ton": 1.0, "dest_addr_npi": 1.0,
			"destination_addr": "393331234567", "data_coding": 0.0, "registered_delivery": 1.0,
			"validity_period": n.events("submit_sm")[0]["validity_period"],
			"text":            otptest.Message().Text.Reveal()}, n.events("submit_sm")[0])
		require.NoError(t, s.Close())
		eventually(t, func() bool { return len(n.events("unbind")) > 0 })
	})
	t.Run("texts", func(t *testing.T) {
		s, _ := open(t, nil)
		for _, text := range []string{"è già così: €5 [à] {ò} ù~^|\\ @£$¥", "PERCHÉ È COSÌ 😀",
			strings.Repeat("abc ", 60), strings.Repeat("È ", 60)} {
			_, err := send(s, text)
			require.NoError(t, err)
			// The text must be as the centre reads it.
			eventually(t, func() bool {
				all := n.events("submit_sm")
				return all[len(all)-1]["text"] == text
			})
		}
	})
	t.Run("TLS", func(t *testing.T) {
		s, _ := open(t, func(c *smpp.Config) {
			c.Plain, c.Address, c.TLS = false, n.secure,
				&tls.Config{RootCAs: n.roots}
		})
		_, err := send(s, "x")
		require.NoError(t, err)
		assert.NoError(t, s.Ready(t.Context()))
	})
	t.Run("wrong password", func(t *testing.T) {
		s, _ := open(t, func(c *smpp.Config) { c.Password = sms.NewSecret("another") })
		_, err := send(s, "x")
		assert.Equal(t, otp.ClassAuth, otp.ClassOf(err))
	})
	t.Run("receipts", func(t *testing.T) {
		s, all := open(t, nil)
		for text, want := range map[string]otp.Delivery{"receipt": otp.DeliveryDelivered,
			"failed": otp.DeliveryFailed, "early": otp.DeliveryDelivered, "option": otp.DeliveryExpired} {
			got, err := send(s, text+" 482913")
			require.NoError(t, err)
			eventually(t, func() bool {
				for _, r := range all.all() {
					if r.ProviderID == got.ProviderID && r.MessageID == otptest.Message().ID &&
						r.Delivery == want {
						return true
					}
				}
				return false
			})
		}
		eventually(t, func() bool { return len(n.events("receipt answered")) == 4 })
		for _, e := range n.events("receipt answered") {
			assert.Zero(t, e["status"])
		}
	})
	t.Run("throttle", func(t *testing.T) {
		s, _ := open(t, nil)
		_, err := send(s, "throttle")
		assert.Equal(t, otp.ClassThrottled, otp.ClassOf(err))
	})
	t.Run("nack", func(t *testing.T) {
		s, _ := open(t, nil)
		_, err := send(s, "nack")
		assert.Equal(t, otp.ClassRejected, otp.ClassOf(err))
	})
	t.Run("silence", func(t *testing.T) {
		s, _ := open(t, func(c *smpp.Config) { c.Timeout = 5 * time.Second }) // Close waits as long
		require.NoError(t, s.Ready(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		isSilent := func(event map[string]any) bool { return event["text"] == "silent" }
		go func() {
			for !slices.ContainsFunc(n.events("submit_sm"), isSilent) && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel() // it was read
		}()
		m := otptest.Message()
		m.Text = otp.NewText("silent")
		_, err := s.Send(ctx, m)
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
		assert.NoError(t, s.Ready(t.Context()))
	})
	t.Run("enquiry of the centre", func(t *testing.T) {
		s, _ := open(t, nil)
		got, err := send(s, "enquire")
		require.NoError(t, err)
		assert.Equal(t, "enquired", got.ProviderID)
		eventually(t, func() bool { return len(n.events("enquiry answered")) > 0 })
		assert.Zero(t, n.events("enquiry answered")[0]["status"])
	})
	t.Run("dropped, and bound again", func(t *testing.T) {
		s, _ := open(t, nil)
		_, err := send(s, "drop")
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
		eventually(t, func() bool { return s.Ready(t.Context()) == nil })
		_, err = send(s, "x")
		assert.NoError(t, err)
	})
	t.Run("unbind in flight", func(t *testing.T) {
		s, _ := open(t, nil)
		got, err := send(s, "unbind")
		require.NoError(t, err)
		assert.Equal(t, "late", got.ProviderID)
		eventually(t, func() bool { return len(n.events("unbind answered")) == 1 })
		eventually(t, func() bool { return s.Ready(t.Context()) == nil })
	})
	t.Run("statuses", func(t *testing.T) {
		assert.Greater(t, len(n.statuses), 40)
		for name, status := range n.statuses {
			// Statuses above 0xFF are those of later versions.
			if known := smpp.StatusName(status); status > 0 && status <= 0xff &&
				!strings.Contains(name, "TLV") {
				assert.Equal(t, name, known, "0x%02X", status)
			}
		}
	})
}
