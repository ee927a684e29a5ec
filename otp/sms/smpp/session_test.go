package smpp_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

func senderID(value, prefix string) sms.SenderID {
	return sms.SenderID{Value: value, Prefix: prefix, Registration: "1"}
}

func TestEnquireLink(t *testing.T) {
	t.Run("ours", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &centre{}
			s := open(t, c, nil)
			defer s.Close()
			time.Sleep(5*time.Minute + time.Second)
			assert.Equal(t, 10, c.count(enquireLink), "one in 30 seconds of silence")
			assert.Equal(t, 1, c.count(bindTransceiver))
		})
	})
	t.Run("the centre's", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &centre{}
			s := open(t, c, nil)
			defer s.Close()
			require.NoError(t, s.Ready(t.Context()))
			// The number is one that we use too: the two ranges are independent.
			c.port().send(frame{id: enquireLink, sequence: 1})
			c.port().send(frame{id: enquireLink, sequence: 0x7fffffff})
			synctest.Wait()
			assert.Equal(t, []frame{{id: enquireLink | resp, sequence: 1, body: []byte{}},
				{id: enquireLink | resp, sequence: 0x7fffffff, body: []byte{}}},
				c.all(enquireLink|resp))
		})
	})
	t.Run("no answer", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &centre{on: func(p *port, f frame) bool { return f.id == enquireLink }}
			s := open(t, c, nil)
			defer s.Close()
			time.Sleep(39 * time.Second)
			assert.Equal(t, 1, c.count(bindTransceiver))
			time.Sleep(3 * time.Second)
			assert.Equal(t, 2, c.count(bindTransceiver), "a dead connection is noticed and replaced")
		})
	})
}

func TestRebind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var tries []time.Time
		up := false
		c := &centre{}
		s := open(t, c, func(cfg *smpp.Config) {
			cfg.Dial = func(ctx context.Context, address string) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				tries = append(tries, time.Now())
				if !up {
					return nil, errStore
				}
				return c.dial(ctx, address)
			}
		})
		defer s.Close()
		time.Sleep(10 * time.Minute)
		mu.Lock()
		up = true
		require.Greater(t, len(tries), 12)
		for i := 1; i < len(tries); i++ {
			want := min(time.Second<<(i-1), time.Minute)
			assert.GreaterOrEqual(t, tries[i].Sub(tries[i-1]), want/2, "pause %d", i)
			assert.LessOrEqual(t, tries[i].Sub(tries[i-1]), want, "pause %d", i)
		}
		mu.Unlock()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err), "at once, while the last bind failed")
		time.Sleep(time.Minute)
		_, err = s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)

		// The session is lost after a long time: a message waits for the next session.
		time.Sleep(time.Minute)
		c.port().Close()
		synctest.Wait()
		start := time.Now()
		_, err = s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		assert.GreaterOrEqual(t, time.Since(start), 500*time.Millisecond)
		assert.LessOrEqual(t, time.Since(start), time.Second)

		// The session is lost at once: a message does not wait.
		c.port().Close()
		synctest.Wait()
		_, err = s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
	})
}

// Many senders do not reconnect at the same moment.
func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		times := map[time.Time]bool{}
		for range 20 {
			n := 0
			s := open(t, &centre{}, func(cfg *smpp.Config) {
				cfg.Dial = func(context.Context, string) (net.Conn, error) {
					if n++; n == 2 {
						mu.Lock()
						times[time.Now()] = true
						mu.Unlock()
					}
					return nil, errStore
				}
			})
			defer s.Close()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		assert.Greater(t, len(times), 15)
	})
}

// A break after the message was written is ambiguous.
func TestBreaks(t *testing.T) {
	for name, do := range map[string]func(p *port, f frame){
		"reset":          func(p *port, f frame) { p.reset() },
		"half an answer": func(p *port, f frame) { p.Write([]byte{0, 0, 0, 20, 0x80, 0, 0, 4}); p.Close() },
		"length too big": func(p *port, f frame) {
			p.Write([]byte{0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
		},
		"length too low": func(p *port, f frame) { p.Write(make([]byte, 16)) },
		"answer to none": func(p *port, f frame) {
			p.send(frame{id: submitSM | resp, sequence: f.sequence + 99})
		},
		"nack to none":    func(p *port, f frame) { p.send(frame{id: genericNack, status: 1}) },
		"unbind, no more": func(p *port, f frame) { p.send(frame{id: unbind, sequence: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &centre{on: func(p *port, f frame) bool {
					if f.id == submitSM {
						do(p, f)
					}
					return f.id == submitSM
				}}
				s := open(t, c, nil)
				defer s.Close()
				_, err := s.Send(t.Context(), otptest.Message())
				assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
				c.mu.Lock()
				c.on = nil
				c.mu.Unlock()
				time.Sleep(2 * time.Minute)
				_, err = s.Send(t.Context(), otptest.Message())
				assert.NoError(t, err, "it is bound again")
				assert.LessOrEqual(t, c.count(submitSM), 2, "nothing was sent twice")
			})
		})
	}
}

func TestUnbindInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		c.on = func(p *port, f frame) bool {
			if f.id != submitSM || p != c.ports[0] {
				return false
			}
			p.send(frame{id: unbind, sequence: 4711})
			p.send(frame{id: unbind, sequence: 4712}) // impatient
			go func() {
				time.Sleep(time.Second)
				p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte("late\x00")})
			}()
			return true
		}
		s := open(t, c, nil)
		defer s.Close()
		time.Sleep(time.Minute)
		results := make(chan otp.Submission, 2)
		go func() {
			got, err := s.Send(t.Context(), otptest.Message())
			assert.NoError(t, err, "what was under way is still answered")
			results <- got
		}()
		time.Sleep(time.Millisecond)
		got, err := s.Send(t.Context(), otptest.Message())
		require.NoError(t, err)
		assert.Equal(t, "m1", got.ProviderID, "by the next session")
		assert.Equal(t, "late", (<-results).ProviderID)
		assert.Equal(t, 2, c.count(bindTransceiver))
		assert.Len(t, c.all(unbind|resp), 2, "and the unbind is answered")
	})
}

func TestUnknownCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		s := open(t, c, nil)
		defer s.Close()
		require.NoError(t, s.Ready(t.Context()))
		c.port().send(frame{id: 0x0103, sequence: 5, body: []byte("data_sm")})
		c.port().send(frame{id: 0x0102, sequence: 6, body: []byte("alert_notification")})
		c.port().send(frame{id: deliverSM, sequence: 7, body: []byte("not a message")})
		c.port().send(frame{id: deliverSM, sequence: 8, body: deliver(0, 0, []byte("STOP"))})
		c.port().send(frame{id: deliverSM, sequence: 9, body: receiptText("id:1 stat:DELIVRD")})
		synctest.Wait()
		assert.Equal(t, []frame{{id: genericNack, status: 3, sequence: 5, body: []byte{}}},
			c.all(genericNack))
		var answered []uint32
		for _, f := range c.all(deliverSM | resp) {
			assert.Zero(t, f.status)
			assert.Equal(t, []byte{0}, f.body)
			answered = append(answered, f.sequence)
		}
		assert.Equal(t, []uint32{7, 8, 9}, answered, "every deliver_sm is answered")
		assert.NoError(t, s.Ready(t.Context()))
	})
}

func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		c.on = func(p *port, f frame) bool {
			if f.id == submitSM {
				go func() {
					time.Sleep(3 * time.Second)
					p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte("x\x00")})
				}()
			}
			return f.id == submitSM
		}
		s := open(t, c, nil)
		sent := make(chan error)
		go func() {
			_, err := s.Send(t.Context(), otptest.Message())
			sent <- err
		}()
		time.Sleep(time.Second)
		start := time.Now()
		go s.Close()
		require.NoError(t, <-sent)
		require.NoError(t, s.Close())
		assert.Equal(t, 2*time.Second, time.Since(start))
		assert.Equal(t, 1, c.count(unbind))
	})
	t.Run("not for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &centre{on: func(p *port, f frame) bool { return f.id != bindTransceiver }}
			s := open(t, c, nil)
			sent := make(chan error)
			go func() {
				_, err := s.Send(t.Context(), otptest.Message())
				sent <- err
			}()
			time.Sleep(time.Second)
			start := time.Now()
			require.NoError(t, s.Close())
			assert.LessOrEqual(t, time.Since(start), 12*time.Second)
			assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(<-sent))
		})
	})
	t.Run("while it binds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := open(t, &centre{on: func(*port, frame) bool { return true }}, nil)
			time.Sleep(time.Second)
			start := time.Now()
			require.NoError(t, s.Close())
			assert.Zero(t, time.Since(start))
		})
	})
}

func TestBindTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, &centre{on: func(*port, frame) bool { return true }}, nil)
		defer s.Close()
		start := time.Now()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

// The centre does not read what it gets.
func TestCentreStopsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		block := make(chan struct{})
		defer close(block)
		c.on = func(p *port, f frame) bool {
			if f.id == submitSM {
				<-block
			}
			return f.id != bindTransceiver
		}
		s := open(t, c, nil)
		defer s.Close()
		require.Error(t, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := s.Send(ctx, otptest.Message())
			assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err), "this one was read")
			return err
		}())
		start := time.Now()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err), "this one was not written")
		assert.Equal(t, 10*time.Second, time.Since(start))
	})
}

// The centre asks endlessly and reads none of the answers.
func TestDeafCentre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		c.on = func(p *port, f frame) bool {
			if f.id == submitSM {
				for n := uint32(1); ; n++ {
					if _, err := p.Write(frame{id: enquireLink, sequence: n}.bytes()); err != nil {
						assert.Less(t, n, uint32(1100))
						return true
					}
				}
			}
			return false
		}
		s := open(t, c, nil)
		defer s.Close()
		start := time.Now()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
		assert.Less(t, time.Since(start), time.Second)
	})
}
