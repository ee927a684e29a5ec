// Package smpp sends codes through a message centre (SMSC) over SMPP 3.4, the protocol of
// direct connections to operators and aggregators.
//
// [New] starts a [Sender], which binds as a transceiver and stays bound until Close. If the
// connection is lost, it binds again, at first within a second, then in growing intervals.
// Receipts are passed to [Config.Receipts].
//
// An error of [Sender.Send] is ambiguous if the submit_sm was written whole, because the
// centre may have taken the message. Otherwise it is unavailable.
//
// A text within the GSM alphabet is sent with data_coding 0, one septet in a byte. So the
// centre's default alphabet must be that of GSM, which is usual; otherwise ask the provider
// for it.
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

// providerName is the name of this adapter in [otp.Submission] and [otp.Receipt] if Config.Name is
// empty.
const providerName = "smpp"

// A Config holds the provider's data and the Sender's settings.
type Config struct {
	// Name is the name in [otp.Submission] and [otp.Receipt], 1 to 32 letters, digits and . _ -.
	// Set it if there are several centres; empty means "smpp".
	Name string
	// Address is the centre's host:port. Required. The registered port is 3550 with TLS and 2775
	// without.
	Address string
	// TLS configures TLS; nil means the system's roots and the host of Address.
	TLS *tls.Config
	// Plain disables TLS. Then password, numbers and codes are readable on the way. Use it only
	// over a VPN or on the same machine.
	Plain bool
	// SystemID has at most 15 characters. Password has at most 63: the specification allows 8, and
	// some centres take up to 63. Required.
	SystemID string
	Password sms.Secret
	// SystemType has at most 12 characters and ServiceType at most 5. Set them if the provider
	// requires them.
	SystemType, ServiceType string
	// Senders are the allowed names and numbers to send under. Required.
	Senders sms.SenderIDs

	// Receipts gets each receipt; nil means that none are requested. If it returns an error, the
	// centre is asked to send the receipt again later. It is called in up to 4 goroutines, with a
	// context that ends after 10 seconds.
	//
	// MessageID is empty for messages that this Sender did not send or no longer remembers: a
	// centre may send the receipt to any of several binds, and after a restart.
	Receipts func(context.Context, otp.Receipt) error
	// ReceiptIDs is the form in which receipts name messages.
	ReceiptIDs IDForm

	// Window is the maximum number of messages without an answer; 0 means 10.
	Window int
	// PerSecond is the maximum number of messages sent in a second; 0 means no limit.
	PerSecond int
	// Timeout limits the wait for an answer of the centre; 0 means 10 seconds.
	Timeout time.Duration
	// Idle is the time of silence after which the Sender asks the centre whether it still answers;
	// 0 means 30 seconds.
	Idle time.Duration
	// Remember is the number of messages that are remembered for their receipts; 0 means 16,384,
	// about 4 MB.
	Remember int

	// Dial connects to Address without TLS; nil means a net.Dialer.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Logger gets the beginning and the end of each session; nil means no log.
	Logger *slog.Logger
	// Now is the clock for the validity of Senders; nil means time.Now.
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
	failure *otp.SendError // of the last bind, until the next one
	closed  bool
	changed chan struct{} // closed at each change of the three above
}

// Format writes a constant, because the changing fields of a Sender cannot be read without its
// lock.
func (s *Sender) Format(f fmt.State, _ rune) { io.WriteString(f, "[smpp sender]") }

// New checks c, starts to bind and returns without waiting for the bind. The error names the
// first field that is missing or wrong. The caller must close the Sender.
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
		default: // the owner already got it without the message's ID
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
	c.Name = cmp.Or(c.Name, providerName)
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

// Capabilities returns SMS with a validity, and receipts if they are configured.
func (s *Sender) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Receipts: s.config.Receipts != nil,
		Alphanumeric: s.config.Senders.Names()}
}

// Send submits m once. Before the first session and after a loss it waits for the next one.
// After a failed bind it fails at once until a bind succeeds. Every error is a
// [*otp.SendError].
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

// Close waits for messages without an answer, at most Config.Timeout, unbinds, and waits for
// running calls of Config.Receipts. Later calls of Send fail; later calls of Close return nil
// at once.
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

// wake notifies the waiting goroutines of a change; s.mu is held.
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

// lost records that c must not be used any more.
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
		err = failed.Err // an error of the network holds no text and no number
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
		return context.DeadlineExceeded // without taking a turn
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
