package smpp

import (
	"context"
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

const (
	// firstPause is the pause before a bind. It doubles after each failed bind, up to lastPause.
	// The very first bind has no pause.
	firstPause = time.Second
	lastPause  = time.Minute
	// shortest is the least time of a successful session. A session that is lost sooner counts as
	// a failure.
	shortest = 10 * time.Second

	version = 0x34 // interface_version of SMPP 3.4
)

// run keeps a session until ctx ends.
func (s *Sender) run(ctx context.Context) {
	pause := firstPause
	for {
		begin := time.Now()
		c, err := s.bind(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			s.log(slog.LevelError, "bind failed", err)
			s.set(nil, err)
		} else {
			s.log(slog.LevelInfo, "bound", nil)
			s.set(c, nil)
			s.sessions.Go(c.serve)
			s.sessions.Go(c.talk)
			select {
			case <-ctx.Done():
				c.close()
				return
			case <-c.done:
			}
			s.lost(c, c.err)
			if time.Since(begin) < shortest {
				s.set(nil, s.fail(otp.ClassUnavailable, "", c.err))
			} else {
				pause = firstPause
			}
		}
		select {
		case <-time.After(jitter(pause)):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastPause)
	}
}

// bind connects and binds.
func (s *Sender) bind(ctx context.Context) (*session, *otp.SendError) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	conn, err := s.config.Dial(ctx, s.config.Address)
	if err != nil {
		return nil, s.fail(otp.ClassUnavailable, "", err)
	}
	if !s.config.Plain {
		secure := tls.Client(conn, s.config.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, s.fail(otp.ClassUnavailable, "", err)
		}
		conn = secure
	}
	c := newSession(s, conn)
	// Only this goroutine reads until the bind is answered. The end of ctx stops it.
	stop := context.AfterFunc(ctx, func() { c.end(ctx.Err()) })
	p, err := c.bound(ctx)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	switch {
	case err != nil:
		c.end(err)
		return nil, s.fail(otp.ClassUnavailable, "", err)
	case p.status != 0:
		c.end(errUnbound)
		e := s.refuse(p.status)
		e.RetryAfter = 0
		if e.Class == otp.ClassAmbiguous {
			e.Class = otp.ClassUnavailable // no message is concerned
		}
		return nil, e
	}
	return c, nil
}

// bound sends the bind request and returns its answer.
func (c *session) bound(ctx context.Context) (pdu, error) {
	s := c.sender.config
	body := text(text(text(nil, s.SystemID), s.Password.Reveal()), s.SystemType)
	body = text(append(body, version, 0, 0), "") // address_range is empty
	q, _ := c.request(bindTransceiver, body, "", nil)
	defer c.drop(q.sequence)
	if err := c.put(ctx, q); err != nil {
		return pdu{}, err
	}
	for {
		p, err := readPDU(c.in)
		if err != nil {
			return pdu{}, err
		}
		// Ignore everything else before the bind.
		if p.id == bindTransceiver|response || p.id == genericNack {
			if p.id == genericNack && p.status == 0 {
				return pdu{}, errBody
			}
			return p, nil
		}
	}
}

// A delivery is a receipt on its way to the owner.
type delivery struct {
	from     *session // the session that answers the centre; nil if it is answered
	sequence uint32
	receipt  receipt
}

// hand passes receipts to the owner.
func (s *Sender) hand() {
	for d := range s.receipts {
		m := s.known.find(d.receipt)
		r := otp.Receipt{MessageID: m.messageID, Provider: s.config.Name, ProviderID: m.providerID,
			Delivery: d.receipt.delivery, Code: d.receipt.code}
		if r.Delivery == otp.DeliveryFailed {
			r.Class = otp.ClassRejected
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		err := s.config.Receipts(ctx, r)
		cancel()
		if d.from == nil {
			continue
		}
		status := uint32(0)
		if err != nil {
			status = statusTryAgain
		}
		d.from.put(context.Background(), acknowledgement(d.sequence, status))
	}
}
