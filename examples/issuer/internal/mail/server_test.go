package mail

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// server implements what a sender sees of a mail server.
type server struct {
	tls      *tls.Config // nil means that it offers no TLS
	implicit bool
	login    string            // user and password, separated by a space; empty means no login
	answers  map[string]string // replaces the usual answer to a verb
	letters  chan letter
}

type letter struct{ from, to, text string }

// newServer starts a server on this machine and returns a client for it.
func newServer(t *testing.T, change func(*server)) (*server, SMTP) {
	t.Helper()
	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	roots := x509.NewCertPool()
	roots.AddCert(https.Certificate())
	s := &server{tls: &tls.Config{Certificates: https.TLS.Certificates}, letters: make(chan letter, 9)}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s, SMTP{Address: l.Addr().String(), From: "qr@ente.example.it", TLS: &tls.Config{RootCAs: roots}}
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	if s.implicit {
		conn = tls.Server(conn, s.tls)
	}
	_, secure := conn.(*tls.Conn)
	r := textproto.NewReader(bufio.NewReader(conn))
	fmt.Fprint(conn, "220 ente ESMTP\r\n")
	var now letter
	for {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, " ")
		verb = strings.ToUpper(verb)
		if answer, ok := s.answers[verb]; ok {
			fmt.Fprint(conn, answer+"\r\n")
			continue
		}
		switch verb {
		case "EHLO":
			fmt.Fprint(conn, "250-ente\r\n")
			if s.tls != nil && !secure {
				fmt.Fprint(conn, "250-STARTTLS\r\n")
			}
			if s.login != "" && secure {
				fmt.Fprint(conn, "250-AUTH PLAIN\r\n")
			}
			fmt.Fprint(conn, "250 8BITMIME\r\n")
		case "STARTTLS":
			fmt.Fprint(conn, "220 go ahead\r\n")
			conn, secure = tls.Server(conn, s.tls), true
			r = textproto.NewReader(bufio.NewReader(conn))
		case "AUTH":
			plain, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			if strings.ReplaceAll(strings.TrimPrefix(string(plain), "\x00"), "\x00", " ") != s.login {
				fmt.Fprint(conn, "535 no\r\n")
				continue
			}
			fmt.Fprint(conn, "235 yes\r\n")
		case "MAIL":
			now.from = rest
			fmt.Fprint(conn, "250 ok\r\n")
		case "RCPT":
			now.to = rest
			fmt.Fprint(conn, "250 ok\r\n")
		case "DATA":
			fmt.Fprint(conn, "354 go ahead\r\n")
			text, _ := io.ReadAll(r.DotReader())
			now.text = string(text)
			s.letters <- now
			fmt.Fprint(conn, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "500 what?\r\n")
		}
	}
}

func decode(t *testing.T, data []byte) []byte {
	t.Helper()
	out, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(data), "\r\n", ""))
	require.NoError(t, err)
	return out
}
