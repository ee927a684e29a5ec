package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/internal/secret"
)

// SMTP hands messages to a mail server (RFC 5321). It always uses TLS (RFC 3207), except to a server on this
// machine. Address and From are required. It is safe for concurrent use.
type SMTP struct {
	// Address is host:port. The client uses STARTTLS, or TLS from the start if ImplicitTLS is set, as on
	// port 465 (RFC 8314).
	Address     string
	ImplicitTLS bool
	// From is the sender's bare address.
	From string
	// User and Password authenticate to the server; an empty User means that it needs none.
	User     string
	Password secret.Text
	// Timeout bounds one message; zero means 20 seconds, since a person waits for the page.
	Timeout time.Duration
	// TLS configures the verification of the server; nil means the system's root certificates.
	TLS *tls.Config
}

const defaultTimeout = 20 * time.Second

// Errors of sending. They name the step but not the address.
var (
	// ErrUnavailable means that the message was not sent or may not have been. A later attempt may succeed.
	ErrUnavailable = errors.New("mail: server is not available")
	// ErrRefused means that the server refuses this message or address.
	ErrRefused = errors.New("mail: refused by the server")
	// ErrNoTLS means that the server offers no TLS.
	ErrNoTLS = errors.New("mail: server offers no TLS")
)

// Send sends a message once. It does not try again, since the first attempt may have succeeded.
func (s SMTP) Send(ctx context.Context, m Message) error {
	from, err := ParseAddress(s.From)
	if err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if m.To, err = ParseAddress(m.To); err != nil {
		return err
	}
	letter, err := m.letter(from)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(s.Timeout, defaultTimeout))
	defer cancel()
	client, err := s.client(ctx)
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if err == nil || letter.IsDelivered() {
		return nil // the server accepted the message, whatever it answers to QUIT
	}
	return class(err)
}

// client returns a client that encrypts what leaves this machine and whose connection ends with ctx.
func (s SMTP) client(ctx context.Context) (*gomail.Client, error) {
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: address is not host:port", ErrUnavailable)
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return nil, fmt.Errorf("%w: no such port", ErrUnavailable)
	}
	config := s.TLS.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = cmp.Or(config.ServerName, host)
	policy := gomail.TLSMandatory
	if netaddr.IsLoopback(host) {
		policy = gomail.TLSOpportunistic
	}
	options := []gomail.Option{
		gomail.WithPort(number), gomail.WithTimeout(cmp.Or(s.Timeout, defaultTimeout)),
		gomail.WithTLSConfig(config), gomail.WithTLSPolicy(policy),
		gomail.WithDialContextFunc(s.dial(ctx, config)), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	if s.ImplicitTLS {
		options = append(options, gomail.WithSSL())
	}
	if s.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthPlain), gomail.WithUsername(s.User),
			gomail.WithPassword(secret.Reveal(s.Password)))
	}
	client, err := gomail.NewClient(host, options...)
	if err != nil {
		return nil, fmt.Errorf("%w: settings", ErrUnavailable)
	}
	return client, nil
}

// dial returns a function that opens connections that end with ctx. The library itself obeys ctx only until
// it is connected.
func (s SMTP) dial(ctx context.Context, config *tls.Config) gomail.DialContextFunc {
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(dialing, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { conn.Close() })
		if s.ImplicitTLS {
			return tls.Client(conn, config), nil
		}
		return conn, nil
	}
}

// class maps an error to one of this package. It drops the text, which may quote the address.
func class(err error) error {
	var answer *textproto.Error
	var failed *gomail.SendError
	code := 0
	switch {
	case errors.As(err, &failed):
		code = failed.ErrorCode()
	case errors.As(err, &answer):
		code = answer.Code
	// the library has no error value for this case
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return ErrNoTLS
	}
	if code >= 500 {
		return fmt.Errorf("%w: code %d", ErrRefused, code)
	}
	return fmt.Errorf("%w: code %d", ErrUnavailable, code)
}
