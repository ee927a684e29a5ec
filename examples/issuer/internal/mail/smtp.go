package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/qr-invalidita/attesta/otp/sms"
)

// SMTP hands messages to a mail server (RFC 5321), over TLS always (RFC 3207): without it only on this machine. Address and
// From are required. It is safe for concurrent use.
type SMTP struct {
	// Address is host:port. STARTTLS is asked for, unless ImplicitTLS says that TLS comes first, as on port 465 (RFC 8314).
	Address     string
	ImplicitTLS bool
	// From is the sender's bare address.
	From string
	// User and Password for the server; an empty User means that it wants none.
	User     string
	Password sms.Secret
	// Timeout bounds one message; zero means 20 seconds, for somebody waits for the page.
	Timeout time.Duration
	// TLS is how the server is known; nil means the certificates of the system.
	TLS *tls.Config
}

const defaultTimeout = 20 * time.Second

// Errors of sending. They name the step, not the address.
var (
	// ErrUnavailable: nothing was sent, or it is not known; later it may work.
	ErrUnavailable = errors.New("mail: server is not available")
	// ErrRefused: the server will not take this message for this address.
	ErrRefused = errors.New("mail: refused by the server")
	// ErrNoTLS: the server offers no TLS.
	ErrNoTLS = errors.New("mail: server offers no TLS")
)

// Send hands one message over. It tries once: what may have been sent is not sent again.
func (s SMTP) Send(ctx context.Context, m Message) error {
	from, err := ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if m.To, err = ParseAddress(m.To); err != nil {
		return err
	}
	letter, err := m.encode(from, time.Now())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.Timeout, defaultTimeout))
	defer cancel()
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return s.deliver(c, from, m.To, letter)
}

// connect returns a client whose connection ends with ctx and is encrypted where it leaves this machine.
func (s SMTP) connect(ctx context.Context) (*smtp.Client, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: connect", ErrUnavailable)
	}
	deadline, _ := ctx.Deadline()
	conn.SetDeadline(deadline)
	context.AfterFunc(ctx, func() { conn.Close() })
	return s.greet(conn)
}

func (s SMTP) greet(conn net.Conn) (*smtp.Client, error) {
	config := s.TLS.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = cmp.Or(config.ServerName, s.host())
	line := conn
	if s.ImplicitTLS {
		line = tls.Client(conn, config)
	}
	c, err := smtp.NewClient(line, s.host())
	if err != nil {
		conn.Close()
		return nil, class(err, "greeting")
	}
	if s.ImplicitTLS {
		return c, nil
	}
	if offered, _ := c.Extension("STARTTLS"); offered {
		err = c.StartTLS(config)
	} else if !loopback(conn) {
		err = ErrNoTLS
	}
	if err != nil {
		c.Close()
		return nil, class(err, "starttls")
	}
	return c, nil
}

func (s SMTP) host() string {
	host, _, _ := net.SplitHostPort(s.Address)
	return host
}

func loopback(c net.Conn) bool {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func (s SMTP) deliver(c *smtp.Client, from, to string, letter []byte) error {
	if s.User != "" {
		if err := c.Auth(smtp.PlainAuth("", s.User, s.Password.Reveal(), s.host())); err != nil {
			return class(err, "login")
		}
	}
	if err := c.Mail(from); err != nil {
		return class(err, "sender")
	}
	if err := c.Rcpt(to); err != nil {
		return class(err, "recipient")
	}
	w, err := c.Data()
	if err != nil {
		return class(err, "data")
	}
	if _, err = w.Write(letter); err == nil {
		err = w.Close()
	}
	if err != nil {
		return class(err, "message")
	}
	c.Quit() // the message is taken, whatever the answer
	return nil
}

// class says what an answer means, without its text, which may quote the address.
func class(err error, step string) error {
	var answer *textproto.Error
	switch {
	case errors.Is(err, ErrNoTLS):
		return err
	case errors.As(err, &answer) && answer.Code >= 500:
		return fmt.Errorf("%w: %s, code %d", ErrRefused, step, answer.Code)
	case errors.As(err, &answer):
		return fmt.Errorf("%w: %s, code %d", ErrUnavailable, step, answer.Code)
	}
	return fmt.Errorf("%w: %s", ErrUnavailable, step)
}
