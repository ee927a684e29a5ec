package smpp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// Each request has its own number, and an answer finds its request in whatever order answers
// come.
func TestSequence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{}
		var held []frame
		c.on = func(p *port, f frame) bool {
			if f.id != submitSM {
				return false
			}
			if held = append(held, f); len(held) == 10 {
				for i := range held {
					f := held[len(held)-1-i]
					p.send(frame{id: submitSM | resp, sequence: f.sequence,
						body: append(read(t, f.body).text, 0)})
				}
			}
			return true
		}
		s := open(t, c, nil)
		defer s.Close()
		results := make(chan error, 10)
		for n := range 10 {
			go func() {
				m := otptest.Message()
				m.Text = otp.NewText(fmt.Sprintf("text-%d", n))
				got, err := s.Send(t.Context(), m)
				if err == nil && got.ProviderID != fmt.Sprintf("text-%d", n) {
					err = errors.New("the answer to another message")
				}
				results <- err
			}()
		}
		for range 10 {
			assert.NoError(t, <-results)
		}
		seen := map[uint32]bool{}
		for _, f := range append(c.all(submitSM), c.all(bindTransceiver)...) {
			assert.False(t, seen[f.sequence])
			seen[f.sequence] = true
		}
	})
}

func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{on: func(p *port, f frame) bool { return f.id == submitSM }}
		s := open(t, c, func(cfg *smpp.Config) { cfg.Window = 3 })
		defer s.Close()
		results := make(chan error, 5)
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		for range 5 {
			go func() {
				_, err := s.Send(ctx, otptest.Message())
				results <- err
			}()
		}
		synctest.Wait()
		assert.Equal(t, 3, c.count(submitSM))
		classes := map[otp.ErrorClass]int{}
		for range 5 {
			err := <-results
			require.ErrorIs(t, err, context.DeadlineExceeded)
			classes[otp.ClassOf(err)]++
		}
		assert.Equal(t, map[otp.ErrorClass]int{otp.ClassAmbiguous: 3, otp.ClassUnavailable: 2}, classes,
			"two were never written")

		// The places stay taken until the centre answers or the time-out passes.
		time.Sleep(time.Second)
		short, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		_, err := s.Send(short, otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		time.Sleep(5 * time.Second)
		c.mu.Lock()
		c.on = nil
		c.mu.Unlock()
		_, err = s.Send(t.Context(), otptest.Message())
		assert.NoError(t, err)
	})
}

func TestResponseTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{on: func(p *port, f frame) bool { return f.id == submitSM }}
		s := open(t, c, nil)
		defer s.Close()
		start := time.Now()
		_, err := s.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
		assert.Equal(t, 10*time.Second, time.Since(start))
		assert.NoError(t, s.Ready(t.Context()), "the session lives on")
	})
}

func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &centre{on: func(p *port, f frame) bool {
			if f.id == submitSM {
				p.send(frame{id: submitSM | resp, status: 0x58, sequence: f.sequence})
			}
			return f.id == submitSM
		}}
		s := open(t, c, nil)
		defer s.Close()
		var e *otp.SendError
		_, err := s.Send(t.Context(), otptest.Message())
		require.ErrorAs(t, err, &e)
		assert.Equal(t, time.Second, e.RetryAfter)
		time.Sleep(400 * time.Millisecond)
		_, err = s.Send(t.Context(), otptest.Message())
		require.ErrorAs(t, err, &e)
		assert.Equal(t, otp.ClassThrottled, e.Class)
		assert.Equal(t, 600*time.Millisecond, e.RetryAfter)
		assert.Equal(t, 1, c.count(submitSM), "the centre is left alone")
		time.Sleep(600 * time.Millisecond)
		s.Send(t.Context(), otptest.Message())
		assert.Equal(t, 2, c.count(submitSM))
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, &centre{}, func(cfg *smpp.Config) { cfg.PerSecond = 4 })
		defer s.Close()
		require.NoError(t, s.Ready(t.Context()))
		start := time.Now()
		for range 9 {
			_, err := s.Send(t.Context(), otptest.Message())
			require.NoError(t, err)
		}
		assert.Equal(t, 2*time.Second, time.Since(start))
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := s.Send(ctx, otptest.Message())
		assert.Equal(t, otp.ClassUnavailable, otp.ClassOf(err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A message that waits for its turn is notified of the end of the session and of its draining.
func TestWindowEnds(t *testing.T) {
	for name, end := range map[string]func(p *port){
		"connection lost": func(p *port) { p.Close() },
		"unbind":          func(p *port) { p.send(frame{id: unbind, sequence: 1}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &centre{on: func(p *port, f frame) bool { return f.id == submitSM }}
				s := open(t, c, func(cfg *smpp.Config) { cfg.Window = 1 })
				defer s.Close()
				results := make(chan error, 2)
				for range 2 {
					go func() {
						_, err := s.Send(t.Context(), otptest.Message())
						results <- err
					}()
				}
				synctest.Wait()
				end(c.port())
				first, second := otp.ClassOf(<-results), otp.ClassOf(<-results)
				assert.ElementsMatch(t, []otp.ErrorClass{otp.ClassAmbiguous, otp.ClassUnavailable},
					[]otp.ErrorClass{first, second})
				assert.Equal(t, 1, c.count(submitSM))
			})
		})
	}
}

// An unreadable ID is left out, and the message is accepted nevertheless.
func TestUnreadableID(t *testing.T) {
	for _, body := range []string{"", "\x00", "a b\x00", "without an end", string(make([]byte, 80)) + "\x00",
		strings.Repeat("x", 66) + "\x00"} {
		synctest.Test(t, func(t *testing.T) {
			c := &centre{on: func(p *port, f frame) bool {
				if f.id == submitSM {
					p.send(frame{id: submitSM | resp, sequence: f.sequence, body: []byte(body)})
				}
				return f.id == submitSM
			}}
			s := open(t, c, nil)
			defer s.Close()
			got, err := s.Send(t.Context(), otptest.Message())
			require.NoError(t, err)
			assert.Equal(t, otp.Submission{Provider: "smpp"}, got, "%q", body)
		})
	}
}
