// Package mail sends the few letters that the issuer writes: a code that proves an address, and the paper that a person asked
// for.
//
// A [Message] is what to send; [SMTP] hands it to a server. Neither shows an address in its errors.
package mail

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"
	"time"
)

// Message is one letter to one address.
type Message struct {
	// To is a bare address, such as mario@example.it.
	To string
	// Subject and Text are plain text. A subject is read on lock screens: it says nothing personal.
	Subject, Text string
	// Attachment; the zero value means none.
	Attachment Attachment
}

// Attachment is one file.
type Attachment struct {
	Name, ContentType string
	Data              []byte
}

// Errors of what cannot be sent at all.
var (
	ErrAddress = errors.New("mail: address is malformed")
	errSubject = errors.New("mail: subject has control characters")
)

// maxAddress is what RFC 5321, section 4.5.3.1.3, leaves of a path without its brackets.
const maxAddress = 254

// ParseAddress returns the bare address in s, which must hold nothing else and have a domain with a dot. Addresses in other
// letters than ASCII are refused: not every server on the way takes them.
func ParseAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", ErrAddress
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsAny(domain, "[]@\"") {
		return "", ErrAddress
	}
	return s, nil
}

// Mask hides an address but for its first letter and its domain: enough to know one's own.
func Mask(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	return address[:1] + "•••" + address[at:]
}

// encode writes the letter as it goes over the wire (RFC 5322, RFC 2045).
func (m Message) encode(from string, now time.Time) ([]byte, error) {
	if strings.ContainsFunc(m.Subject, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errSubject
	}
	_, domain, _ := strings.Cut(from, "@")
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: <%s>\r\nTo: <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@%s>\r\nMIME-Version: 1.0\r\n"+
		"Auto-Submitted: auto-generated\r\n", from, m.To, mime.QEncoding.Encode("utf-8", m.Subject),
		now.Format(time.RFC1123Z), strings.ToLower(rand.Text()), domain)
	text := textproto.MIMEHeader{"Content-Type": {"text/plain; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}}
	if m.Attachment.Data == nil {
		writeHeader(&b, text)
		err := quote(&b, m.Text)
		return b.Bytes(), err
	}
	parts := multipart.NewWriter(&b)
	fmt.Fprintf(&b, "Content-Type: multipart/mixed;\r\n boundary=%s\r\n\r\n", parts.Boundary())
	w, err := parts.CreatePart(text)
	if err != nil {
		return nil, err
	}
	if err := quote(w, m.Text); err != nil {
		return nil, err
	}
	w, err = parts.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {m.Attachment.ContentType},
		"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": m.Attachment.Name})},
		"Content-Transfer-Encoding": {"base64"},
	})
	if err != nil {
		return nil, err
	}
	if err := wrap(w, m.Attachment.Data); err != nil {
		return nil, err
	}
	err = parts.Close()
	return b.Bytes(), err
}

func writeHeader(b *bytes.Buffer, h textproto.MIMEHeader) {
	for name, values := range h {
		fmt.Fprintf(b, "%s: %s\r\n", name, values[0])
	}
	b.WriteString("\r\n")
}

func quote(w io.Writer, text string) error {
	q := quotedprintable.NewWriter(w)
	_, err := io.WriteString(q, text)
	return errors.Join(err, q.Close())
}

// wrap writes base64 in lines of 76 characters.
func wrap(w io.Writer, data []byte) error {
	const line = 57 // bytes
	for len(data) > 0 {
		n := min(line, len(data))
		if _, err := io.WriteString(w, base64.StdEncoding.EncodeToString(data[:n])+"\r\n"); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}
