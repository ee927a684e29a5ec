package smpp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// TestSender runs the suite for senders.
func TestSender(t *testing.T) {
	refusals := map[otptest.Behaviour]uint32{"0x08": 0x08, "0x0A": 0x0a, "0x0B": 0x0b, "0x14": 0x14,
		"0x45": 0x45, "0x58": 0x58, "0xFF": 0xff, "0x400": 0x400, "0x63": 0x63}
	binds := map[otptest.Behaviour]uint32{"bind 0x0D": 0x0d, "bind 0x0E": 0x0e, "bind 0x0F": 0x0f,
		"bind 0x08": 0x08, "bind 0x05": 0x05}
	one := func(class otp.ErrorClass, code string) otp.SendError {
		return otp.SendError{Class: class, Code: code}
	}
	throttled := func(code string) otp.SendError {
		return otp.SendError{Class: otp.ClassThrottled, Code: code, RetryAfter: time.Second}
	}
	otptest.TestSender(t, otptest.SenderSetup{
		Secrets: []string{password},
		Refusals: map[otptest.Behaviour]otp.SendError{
			"0x08": one(otp.ClassAmbiguous, "0x08"), "0x0A": one(otp.ClassSenderID, "0x0A"),
			"0x0B": one(otp.ClassInvalidRecipient, "0x0B"), "0x14": throttled("0x14"),
			"0x45": one(otp.ClassRejected, "0x45"), "0x58": throttled("0x58"),
			"0xFF": one(otp.ClassAmbiguous, "0xFF"), "0x400": one(otp.ClassRejected, "0x400"),
			"0x63": one(otp.ClassRejected, "0x63"), "bind 0x0D": one(otp.ClassAuth, "0x0D"),
			"bind 0x0E": one(otp.ClassAuth, "0x0E"), "bind 0x0F": one(otp.ClassAuth, "0x0F"),
			"bind 0x08": one(otp.ClassUnavailable, "0x08"), "bind 0x05": one(otp.ClassUnavailable, "0x05"),
			"nack": one(otp.ClassRejected, "0x03"), "nack 0": one(otp.ClassAmbiguous, "unreadable"),
			"other answer": one(otp.ClassAmbiguous, "unreadable"),
		},
		Provider: func(t *testing.T, b otptest.Behaviour) otp.Sender {
			c := &centre{}
			c.on = func(p *port, f frame) bool {
				if status, ok := binds[b]; ok && f.id == bindTransceiver {
					p.send(frame{id: f.id | resp, status: status, sequence: f.sequence})
					return true
				}
				if b == otptest.Silent && f.id == enquireLink {
					return true
				}
				if f.id != submitSM {
					return false
				}
				switch b {
				case otptest.Accepts:
					return false
				case otptest.Silent:
				case otptest.DropsLast:
					p.reset()
				case otptest.Drips:
					answer := frame{id: submitSM | resp, sequence: f.sequence,
						body: make([]byte, 60000)}.bytes()
					go func() {
						for i := 0; i < len(answer); i++ {
							if _, err := p.Write(answer[i : i+1]); err != nil {
								return
							}
							time.Sleep(5 * time.Millisecond)
						}
					}()
				case otptest.Floods:
					for n := 0; ; n += 1 << 16 {
						if _, err := p.Write(bytes.Repeat([]byte("a"), 1<<16)); err != nil {
							break
						}
						if !assert.Less(t, n, 32<<20, "the sender reads on") {
							break
						}
					}
				case "nack":
					p.send(frame{id: genericNack, status: 0x03, sequence: f.sequence})
				case "nack 0":
					p.send(frame{id: genericNack, sequence: f.sequence})
				case "other answer":
					p.send(frame{id: enquireLink | resp, sequence: f.sequence})
				default:
					p.send(frame{id: submitSM | resp, status: refusals[b], sequence: f.sequence})
				}
				return true
			}
			s := open(t, c, func(cfg *smpp.Config) {
				cfg.Dial, cfg.Address = nil, "127.0.0.1:1"
				switch b {
				case otptest.Dead:
				case otptest.DropsFirst:
					l, err := net.Listen("tcp", "127.0.0.1:0")
					require.NoError(t, err)
					t.Cleanup(func() { l.Close() })
					go func() {
						for {
							conn, err := l.Accept()
							if err != nil {
								return
							}
							(&port{Conn: conn}).reset()
						}
					}()
					cfg.Address = l.Addr().String()
				default:
					cfg.Address = c.listen(t)
				}
			})
			t.Cleanup(c.hangUp) // or Close would wait for answers
			return s
		},
	})
}

// septets returns the text of m in the bytes of the protocol, one a septet.
func septets(t *testing.T, m otp.Message) []byte {
	t.Helper()
	b, ok := gsm7.Encode(m.Text.Reveal())
	require.True(t, ok)
	return b
}

func TestSubmission(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*otp.Message)
		check  func(t *testing.T, s submission)
	}{
		"as it is": {func(m *otp.Message) {}, func(t *testing.T, s submission) {
			assert.Equal(t, submission{service: "OTP", source: "INPS", sourceType: [2]byte{5, 0},
				to: "393331234567", toType: [2]byte{1, 1},
				validity: "000000001000000R", registered: 1, text: septets(t, otptest.Message()),
				rest: []byte{}}, s)
		}},
		"accents in GSM": {func(m *otp.Message) { m.Text = otp.NewText("@à€") },
			func(t *testing.T, s submission) {
				assert.Equal(t, []byte{0x00, 0x7f, 0x1b, 0x65}, s.text)
				assert.Zero(t, s.code)
			}},
		"UCS-2": {func(m *otp.Message) { m.Text = otp.NewText("È😀") }, func(t *testing.T, s submission) {
			assert.Equal(t, []byte{0x00, 0xc8, 0xd8, 0x3d, 0xde, 0x00}, s.text)
			assert.Equal(t, byte(8), s.code)
		}},
		"160 septets": {func(m *otp.Message) { m.Text = otp.NewText(string(bytes.Repeat([]byte("a"), 160))) },
			func(t *testing.T, s submission) {
				assert.Len(t, s.text, 160)
			}},
		"161 septets": {func(m *otp.Message) { m.Text = otp.NewText(string(bytes.Repeat([]byte("a"), 161))) },
			func(t *testing.T, s submission) {
				assert.Empty(t, s.text)
				assert.Equal(t, append([]byte{0x04, 0x24, 0, 161}, bytes.Repeat([]byte("a"), 161)...), s.rest)
			}},
		"short life": {func(m *otp.Message) { m.Life = time.Millisecond }, func(t *testing.T, s submission) {
			assert.Equal(t, "000000000001000R", s.validity)
		}},
		"odd life": {func(m *otp.Message) {
			m.Life = 3*time.Hour + 25*time.Minute + 45*time.Second +
				999*time.Millisecond
		}, func(t *testing.T, s submission) {
			assert.Equal(t, "000000032545000R", s.validity)
		}},
		"long life": {func(m *otp.Message) { m.Life = 1 << 62 }, func(t *testing.T, s submission) {
			assert.Equal(t, "000001000000000R", s.validity)
		}},
		"number as sender": {func(m *otp.Message) { m.To, _ = otp.ParsePhone("+41791234567") },
			func(t *testing.T, s submission) {
				assert.Equal(t, "3943900012345", s.source)
				assert.Equal(t, [2]byte{1, 1}, s.sourceType)
			}},
		"short code as sender": {func(m *otp.Message) { m.To, _ = otp.ParsePhone("+37866661212") },
			func(t *testing.T, s submission) {
				assert.Equal(t, "12345", s.source)
				assert.Equal(t, [2]byte{3, 0}, s.sourceType)
			}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				centre := &centre{}
				s := open(t, centre, func(cfg *smpp.Config) {
					cfg.Receipts, cfg.ServiceType = (&receipts{}).take, "OTP"
					cfg.Senders = append(cfg.Senders[:1:1], senderID("+3943900012345", "+41"),
						senderID("12345", "+378"))
				})
				defer s.Close()
				m := otptest.Message()
				c.change(&m)
				got, err := s.Send(t.Context(), m)
				require.NoError(t, err)
				assert.Equal(t, otp.Submission{Provider: "smpp", ProviderID: "m1"}, got)
				c.check(t, read(t, centre.all(submitSM)[0].body))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s := open(t, &centre{}, nil)
		defer s.Close()
		m := otptest.Message()
		m.Text = otp.NewText(string(bytes.Repeat([]byte("a"), 1531)))
		_, err := s.Send(t.Context(), m)
		assert.Equal(t, otp.ClassRejected, otp.ClassOf(err))
	})
	synctest.Test(t, func(t *testing.T) {
		s := open(t, &centre{}, func(cfg *smpp.Config) { cfg.Senders = cfg.Senders[:1] })
		defer s.Close()
		m := otptest.Message()
		m.To, _ = otp.ParsePhone("+41791234567")
		_, err := s.Send(t.Context(), m)
		var e *otp.SendError
		require.ErrorAs(t, err, &e)
		assert.Equal(t, otp.SendError{Class: otp.ClassSenderID, Provider: "smpp", Code: "none"},
			otp.SendError{Class: e.Class, Provider: e.Provider, Code: e.Code})
	})
}

func TestBind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		var logged bytes.Buffer
		s := open(t, c, func(cfg *smpp.Config) {
			cfg.SystemType = "SMS"
			cfg.Logger = slog.New(slog.NewTextHandler(&logged, nil))
		})
		require.NoError(t, s.Ready(t.Context()))
		assert.Equal(t, otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Alphanumeric: true},
			s.Capabilities())
		require.NoError(t, s.Close())
		assert.Equal(t, "inps\x00"+password+"\x00SMS\x00\x34\x00\x00\x00",
			string(c.all(bindTransceiver)[0].body))
		assert.Equal(t, 1, c.count(unbind), "it ends in order")
		assert.Equal(t, 1, c.count(enquireLink))
		assert.Contains(t, logged.String(), "msg=bound provider=smpp")
		assert.NotContains(t, logged.String(), password)
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(s.Ready(t.Context())))
		require.NoError(t, s.Close())
		assert.Equal(t, "[smpp sender]", fmt.Sprintf("%+v", s))
	})
}

// The centre writes its PDUs byte by byte, or many at once.
func TestSplitReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		c.on = func(p *port, f frame) bool {
			if f.id != submitSM {
				return false
			}
			b := frame{id: enquireLink, sequence: 7}.bytes()
			b = append(b, frame{id: deliverSM, sequence: 8,
				body: receiptText("id:1 stat:DELIVRD")}.bytes()...)
			b = append(b, frame{id: submitSM | resp, sequence: f.sequence, body: []byte("x\x00")}.bytes()...)
			go func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				for i := range b {
					p.Write(b[i : i+1])
				}
				p.Write(append(frame{id: enquireLink, sequence: 9}.bytes(),
					frame{id: enquireLink, sequence: 10}.bytes()...))
			}()
			return true
		}
		got := &receipts{}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Receipts = got.take })
		defer s.Close()
		sent, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		assert.Equal(t, "x", sent.ProviderID)
		synctest.Wait()
		assert.Len(t, got.all(), 1)
		assert.Len(t, c.all(enquireLink|resp), 3)
	})
}

func TestNetworkDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("no route")
		var logged bytes.Buffer
		s := open(t, &centre{}, func(cfg *smpp.Config) {
			cfg.Dial = func(context.Context, string) (net.Conn, error) { return nil, down }
			cfg.Logger = slog.New(slog.NewTextHandler(&logged, nil))
		})
		defer s.Close()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		require.ErrorIs(t, err, down)
		assert.Contains(t, logged.String(),
			`msg="bind failed" provider=smpp class=unavailable code="" error="no route"`)
	})
}

var _ io.Closer = (*smpp.Sender)(nil)
