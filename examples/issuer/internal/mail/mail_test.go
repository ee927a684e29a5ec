package mail

import (
	"context"
	"crypto/tls"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"

	"github.com/qr-invalidita/attesta/internal/secret"
)

const (
	to   = "mario.rossi@example.it"
	body = "È pronto.\n.\n" +
		"Una riga che è più lunga di settantasei caratteri, perché così la codifica deve spezzarla.\n"
)

// open parses a letter as a mail program does.
func open(t *testing.T, text string) (subject, body string, attachment []byte, name string) {
	t.Helper()
	m, err := netmail.ReadMessage(strings.NewReader(text))
	require.NoError(t, err)
	subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	require.NoError(t, err)
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/mixed", kind)
	parts := multipart.NewReader(m.Body, params["boundary"])
	first, err := parts.NextPart() // decodes quoted-printable
	require.NoError(t, err)
	read, err := io.ReadAll(first)
	require.NoError(t, err)
	second, err := parts.NextRawPart()
	require.NoError(t, err)
	raw, err := io.ReadAll(second)
	require.NoError(t, err)
	return subject, strings.ReplaceAll(string(read), "\r\n", "\n"), decode(t, raw), second.FileName()
}

func TestSend(t *testing.T) {
	tests := map[string]func(*server){
		"starttls and login": func(s *server) { s.login = "qr s3cret" },
		"tls first":          func(s *server) { s.implicit = true },
		"plain, loopback":    func(s *server) { s.tls = nil },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			server, client := newServer(t, change)
			client.ImplicitTLS = server.implicit
			if server.login != "" {
				client.User, client.Password = "qr", secret.New("password", "s3cret")
			}
			file := []byte(strings.Repeat("%PDF \x00\xff", 100))
			require.NoError(t, client.Send(t.Context(), Message{
				To: to, Subject: "Il foglio è pronto", Text: body,
				Attachment: Attachment{Name: "qr.pdf", ContentType: "application/pdf", Data: file},
			}))
			got := <-server.letters
			assert.Contains(t, got.from, "<qr@ente.example.it>")
			assert.Contains(t, got.to, "<"+to+">")
			subject, text, attached, filename := open(t, got.text)
			assert.Equal(t, "Il foglio è pronto", subject)
			assert.Equal(t, body, text)
			assert.Equal(t, file, attached)
			assert.Equal(t, "qr.pdf", filename)
			for line := range strings.Lines(got.text) {
				assert.LessOrEqual(t, len(line), 78+len("\n"))
			}
		})
	}
}

func TestSendWithoutAttachment(t *testing.T) {
	server, client := newServer(t, nil)
	require.NoError(t, client.Send(t.Context(), Message{To: to, Subject: "Code", Text: "ABCD"}))
	m, err := netmail.ReadMessage(strings.NewReader((<-server.letters).text))
	require.NoError(t, err)
	text, err := io.ReadAll(m.Body)
	require.NoError(t, err)
	assert.Equal(t, "ABCD", strings.TrimSpace(string(text)))
}

func TestSendFails(t *testing.T) {
	answer := func(verb, text string) func(*server) {
		return func(s *server) { s.answers = map[string]string{verb: text} }
	}
	tests := []struct {
		name   string
		server func(*server)
		client func(*SMTP, *Message)
		want   error
	}{
		{"recipient unknown", answer("RCPT", "550 5.1.1 <"+to+"> unknown"), nil, ErrRefused},
		{"greylisted", answer("RCPT", "451 4.7.1 <"+to+"> later"), nil, ErrUnavailable},
		{"message refused", answer("DATA", "554 no"), nil, ErrRefused},
		{"wrong password", func(s *server) { s.login = "qr other" }, func(c *SMTP, _ *Message) {
			c.User, c.Password = "qr", secret.New("password", "s3cret")
		}, ErrRefused},
		{"unknown certificate", nil, func(c *SMTP, _ *Message) { c.TLS = &tls.Config{} }, ErrUnavailable},
		{"silence", answer("MAIL", ""), func(c *SMTP, _ *Message) { c.Timeout = 100 * time.Millisecond },
			ErrUnavailable},
		{"nobody listens", nil, func(c *SMTP, _ *Message) { c.Address = "127.0.0.1:1" }, ErrUnavailable},
		{"no port", nil, func(c *SMTP, _ *Message) { c.Address = "localhost" }, ErrUnavailable},
		{"header smuggled into the address", nil, func(_ *SMTP, m *Message) {
			m.To += "\r\nBcc: x@example.it"
		}, ErrAddress},
		{"header smuggled into the subject", nil, func(_ *SMTP, m *Message) {
			m.Subject = "a\r\nBcc: x@example.it"
		}, errSubject},
		{"sender malformed", nil, func(c *SMTP, _ *Message) { c.From = "ente" }, ErrAddress},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, client := newServer(t, test.server)
			m := Message{To: to, Subject: "x", Text: "y"}
			if test.client != nil {
				test.client(&client, &m)
			}
			err := client.Send(t.Context(), m)
			assert.ErrorIs(t, err, test.want)
			assert.NotContains(t, err.Error(), "example.it")
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
	_, client := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, client.Send(ctx, Message{To: to}), ErrUnavailable)
}

// No letter leaves the machine unencrypted.
func TestNoTLS(t *testing.T) {
	for address, want := range map[string]gomail.TLSPolicy{
		"mail.example.it:587": gomail.TLSMandatory, "192.0.2.1:25": gomail.TLSMandatory,
		"127.0.0.1:25": gomail.TLSOpportunistic, "localhost:25": gomail.TLSOpportunistic,
		"[::1]:25": gomail.TLSOpportunistic,
	} {
		client, err := SMTP{Address: address}.client(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want.String(), client.TLSPolicy(), address)
	}
	server, s := newServer(t, func(s *server) { s.tls = nil })
	client, err := s.client(t.Context())
	require.NoError(t, err)
	client.SetTLSPolicy(gomail.TLSMandatory)
	letter, err := Message{To: to, Subject: "x", Text: "y"}.letter(s.From)
	require.NoError(t, err)
	assert.ErrorIs(t, class(client.DialAndSendWithContext(t.Context(), letter)), ErrNoTLS)
	assert.Empty(t, server.letters)
}

func TestParseAddress(t *testing.T) {
	for _, good := range []string{to, " a+b@x.example.it ", "o'neil@example.it"} {
		got, err := ParseAddress(good)
		assert.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(good), got)
	}
	for _, bad := range []string{"", "mario", "mario@", "@example.it", "mario@localhost",
		"Mario <mario@example.it>", "a@b.it, c@d.it", "mario@[127.0.0.1]", "màrio@example.it",
		"mario@exämple.it", "a b@example.it", "a@example.it\nBcc: b@example.it",
		strings.Repeat("a", 250) + "@example.it", `"a b"@example.it`, "a@.it", "a@it."} {
		_, err := ParseAddress(bad)
		assert.ErrorIs(t, err, ErrAddress, bad)
	}
	assert.Equal(t, "m•••@example.it", Mask(to))
	assert.Empty(t, Mask("mario"))
}
