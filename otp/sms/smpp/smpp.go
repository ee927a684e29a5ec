// Package smpp sends codes through a message centre (SMSC) that speaks SMPP 3.4, with
// which operators and aggregators offer direct connections.
//
// [New] starts a [Sender], which binds as a transceiver and stays bound until Close.
// After a loss it binds anew, at first within a second, then in growing intervals.
// Receipts come to [Config.Receipts].
//
// An error of [Sender.Send] is ambiguous once the submit_sm has been written whole: the
// centre may have taken the message. Before that it is unavailable.
//
// A text within the alphabet of GSM goes with data_coding 0, one septet a byte: the
// centre's default alphabet must be that of GSM, which is usual and must be asked for
// where it is not.
package smpp

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
)

// Provider is the name of this adapter in [otp.Submission] and [otp.Receipt], unless
// Config.Name is set.
const Provider = "smpp"

// A Config is what the provider gave you and what you want of it.
type Config struct {
	// Name in [otp.Submission] and [otp.Receipt], 1 to 32 letters, digits and . _ -,
	// where there are several centres; empty: "smpp".
	Name string
	// Address of the centre, as host:port. Required. 3550 is the registered port for
	// TLS, 2775 that without.
	Address string
	// TLS; nil: the system's roots and the host of Address.
	TLS *tls.Config
	// Plain leaves TLS out. Password, numbers and codes can then be read on the way;
	// for a VPN, or a centre on the same machine.
	Plain bool
	// SystemID, at most 15 characters, and Password, of which the specification allows
	// 8 and some centres up to 63. Required.
	SystemID string
	Password sms.Secret
	// SystemType, at most 12 characters, and ServiceType, at most 5, where the provider
	// names them.
	SystemType, ServiceType string
	// Senders: names and numbers that may be sent under. Required.
	Senders sms.SenderIDs

	// Receipts gets each receipt; nil: none are asked for. With an error the centre is
	// asked to send it again later. It is called in up to 4 goroutines; its context
	// ends after 10 seconds.
	//
	// MessageID is empty for messages that this Sender has not sent, or no longer
	// knows: a centre may send the receipt to any of several binds, and after a
	// restart.
	Receipts func(context.Context, otp.Receipt) error
	// ReceiptIDs says in which form receipts name messages.
	ReceiptIDs IDForm

	// Window is how many messages may be without an answer at a time; 0: 10.
	Window int
	// PerSecond is how many messages may be sent in a second; 0: no limit.
	PerSecond int
	// Timeout for an answer of the centre; 0: 10 seconds.
	Timeout time.Duration
	// Idle is the time of silence after which the centre is asked whether it is still
	// there; 0: 30 seconds.
	Idle time.Duration
	// Remember is how many messages are remembered for their receipts; 0: 16,384, some
	// 4 MB.
	Remember int

	// Dial makes the connection, without TLS, to Address; nil: a net.Dialer.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Logger is told when the session begins and ends; nil: nobody.
	Logger *slog.Logger
	// Now is the clock for the validity of Senders; nil: time.Now.
	Now func() time.Time
}

// A Sender sends over one bind. It is safe for concurrent use.
type Sender struct {
	config   Config
	known    known
	receipts chan delivery
	stop     context.CancelFunc
	sessions sync.WaitGroup // goroutines that may add to receipts
	finished chan struct{}  // closed when all goroutines have ended
	pace     pace

	mu      sync.Mutex
	current *session
	failure *otp.SendError // of the last bind, while another one is waited for
	closed  bool
	changed chan struct{} // closed with each change of the three above
}

// Format writes a constant: what changes in a Sender cannot be read without its lock.
func (s *Sender) Format(f fmt.State, _ rune) { io.WriteString(f, "[smpp sender]") }

// New checks c, starts to bind and returns without waiting for it. The error names the
// first field that is missing or wrong. Close the Sender in the end.
func New(c Config) (*Sender, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Sender{config: c, stop: stop, receipts: make(chan delivery, 256), finished: make(chan struct{}),
		changed: make(chan struct{}), pace: pace{perSecond: c.PerSecond}}
	s.known = known{form: c.ReceiptIDs, messages: ring[submitted]{size: c.Remember},
		early: ring[receipt]{size: earlyReceipts}}
	s.known.again = func(r receipt) {
		select {
		case s.receipts <- delivery{receipt: r}:
		default: // the owner has had it without the message's id
		}
	}
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(s.hand)
	}
	go func() {
		s.run(ctx)
		s.sessions.Wait()
		close(s.receipts)
		workers.Wait()
		close(s.finished)
	}()
	return s, nil
}

func (c *Config) check() error {
	c.Name = cmp.Or(c.Name, Provider)
	c.Window = cmp.Or(c.Window, 10)
	c.Timeout = cmp.Or(c.Timeout, 10*time.Second)
	c.Idle = cmp.Or(c.Idle, 30*time.Second)
	c.Remember = cmp.Or(c.Remember, 16384)
	host, port, err := net.SplitHostPort(c.Address)
	switch {
	case !isName(c.Name):
		return errors.New("smpp: Name is not 1 to 32 letters, digits and . _ -")
	case err != nil || host == "" || port == "":
		return errors.New("smpp: Address is not host:port")
	case c.Plain && c.TLS != nil:
		return errors.New("smpp: TLS is set, and Plain")
	case !isText(c.SystemID, 1, 15):
		return errors.New("smpp: SystemID is not 1 to 15 characters of ASCII")
	case !isText(c.Password.Reveal(), 1, 63):
		return errors.New("smpp: Password is not 1 to 63 characters of ASCII")
	case !isText(c.SystemType, 0, 12):
		return errors.New("smpp: SystemType is not up to 12 characters of ASCII")
	case !isText(c.ServiceType, 0, 5):
		return errors.New("smpp: ServiceType is not up to 5 characters of ASCII")
	case len(c.Senders) == 0:
		return errors.New("smpp: Senders is empty")
	case c.ReceiptIDs > DecimalThenHex:
		return errors.New("smpp: ReceiptIDs is unknown")
	case c.Window < 0 || c.Window > 1000:
		return errors.New("smpp: Window is not 1 to 1,000")
	case c.PerSecond < 0:
		return errors.New("smpp: PerSecond is negative")
	case c.Timeout < 0:
		return errors.New("smpp: Timeout is negative")
	case c.Idle < 0:
		return errors.New("smpp: Idle is negative")
	case c.Remember < 0:
		return errors.New("smpp: Remember is negative")
	}
	if err := c.Senders.Check(); err != nil {
		return fmt.Errorf("smpp: Senders: %w", err)
	}
	if !c.Plain {
		c.TLS = c.TLS.Clone()
		if c.TLS == nil {
			c.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if c.TLS.ServerName == "" {
			c.TLS.ServerName = host
		}
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", address)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

func isText(s string, least, most int) bool {
	for _, r := range s {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return len(s) >= least && len(s) <= most
}

func isName(s string) bool {
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '_' ||
			r == '-') {
			return false
		}
	}
	return s != "" && len(s) <= 32
}

// Capabilities: SMS, with a life; receipts if they are configured.
func (s *Sender) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Receipts: s.config.Receipts != nil,
		Alphanumeric: s.config.Senders.Names()}
}

// Send submits m once. While there is no session it waits for the first one, and for
// the one after a loss; once a bind has failed it fails at once until another one
// succeeds. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	body, failed := s.submission(m)
	if failed != nil {
		return otp.Submission{}, failed
	}
	c, failed := s.session(ctx)
	if failed != nil {
		return otp.Submission{}, failed
	}
	if err := s.pace.wait(ctx); err != nil {
		return otp.Submission{}, s.fail(otp.ClassUnavailable, "pace", err)
	}
	sent, failed := c.submit(ctx, body, m.ID)
	if failed != nil {
		return otp.Submission{}, failed
	}
	return sent, nil
}

// Ready returns nil if the Sender is bound and the centre answers an enquiry.
func (s *Sender) Ready(ctx context.Context) error {
	c, failed := s.session(ctx)
	if failed != nil {
		return failed
	}
	if err := c.enquire(ctx); err != nil {
		return s.fail(otp.ClassUnavailable, "", err)
	}
	return nil
}

// Close waits for messages without an answer, at most Config.Timeout, unbinds and waits
// for receipts that are being handed over. Later calls of Send fail; those of Close
// return nil at once after the first.
func (s *Sender) Close() error {
	s.mu.Lock()
	s.closed = true
	s.wake()
	s.mu.Unlock()
	s.stop()
	<-s.finished
	return nil
}

// session returns the bound session.
func (s *Sender) session(ctx context.Context) (*session, *otp.SendError) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, s.fail(otp.ClassUnavailable, "", err)
		}
		s.mu.Lock()
		current, failure, closed, changed := s.current, s.failure, s.closed, s.changed
		s.mu.Unlock()
		switch {
		case closed:
			return nil, s.fail(otp.ClassUnavailable, "closed", errClosed)
		case current != nil:
			return current, nil
		case failure != nil:
			return nil, failure
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
}

// wake tells those who wait that something changed; s.mu is held.
func (s *Sender) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Sender) set(current *session, failure *otp.SendError) {
	s.mu.Lock()
	s.current, s.failure = current, failure
	s.wake()
	s.mu.Unlock()
}

// lost notes that c is not to be used any more.
func (s *Sender) lost(c *session, err error) {
	s.mu.Lock()
	ours := s.current == c
	if ours {
		s.current = nil
		s.wake()
	}
	s.mu.Unlock()
	if ours {
		s.log(slog.LevelWarn, "session lost", err)
	}
}

func (s *Sender) log(level slog.Level, what string, err error) {
	if s.config.Logger == nil {
		return
	}
	attrs := []slog.Attr{slog.String("provider", s.config.Name)}
	var failed *otp.SendError
	if errors.As(err, &failed) {
		attrs = append(attrs, slog.String("class", failed.Class.String()), slog.String("code", failed.Code))
		err = failed.Err // of the network: no text, no number
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	s.config.Logger.LogAttrs(context.Background(), level, what, attrs...)
}

// A pace spreads messages evenly.
type pace struct {
	perSecond int

	mu   sync.Mutex
	next time.Time
}

func (p *pace) wait(ctx context.Context) error {
	if p.perSecond == 0 {
		return nil
	}
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	if end, ok := ctx.Deadline(); ok && at.After(end) {
		p.mu.Unlock()
		return context.DeadlineExceeded // without taking a turn that nobody would use
	}
	p.next = at.Add(time.Second / time.Duration(p.perSecond))
	p.mu.Unlock()
	select {
	case <-time.After(at.Sub(now)):
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jitter returns a time between half of d and d.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
