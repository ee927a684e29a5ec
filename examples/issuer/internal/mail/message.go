// Package mail sends the issuer's letters: a code that proves an address, and the paper that a person
// requested.
//
// A [Message] is a letter; [SMTP] hands it to a server. Neither puts an address into its errors.
package mail

import (
	"bytes"
	"crypto/rand"
	"errors"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Message is one letter to one address.
type Message struct {
	// To is a bare address, such as mario@example.it.
	To string
	// Subject and Text are plain text. The subject must hold nothing personal, since lock screens show it.
	Subject, Text string
	// Attachment is optional.
	Attachment Attachment
}

// Attachment is one file.
type Attachment struct {
	Name, ContentType string
	Data              []byte
}

// Errors of messages that cannot be sent.
var (
	ErrAddress = errors.New("mail: address is malformed")
	errSubject = errors.New("mail: subject has control characters")
)

// maxAddress is the longest path of RFC 5321, section 4.5.3.1.3, without its brackets.
const maxAddress = 254

// ParseAddress returns the bare address in s, which must hold nothing else and have a domain with a dot. It
// refuses addresses with characters outside ASCII, since some servers do not accept them.
func ParseAddress(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress ||
		strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", ErrAddress
	}
	_, domain, _ := strings.Cut(s, "@")
	if !strings.Contains(strings.Trim(domain, "."), ".") || strings.ContainsAny(domain, "[]@\"") {
		return "", ErrAddress
	}
	return s, nil
}

// Mask hides an address except for its first letter and its domain, so that its owner recognises it.
func Mask(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 {
		return ""
	}
	return address[:1] + "•••" + address[at:]
}

// letter returns the message in the library's form.
func (m Message) letter(from string) (*gomail.Msg, error) {
	if strings.ContainsFunc(m.Subject, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errSubject
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if letter.From(from) != nil || letter.To(m.To) != nil {
		return nil, ErrAddress // the library's error quotes the address
	}
	letter.Subject(m.Subject)
	letter.SetDate()
	_, domain, _ := strings.Cut(from, "@")
	// the library would use the host's name
	letter.SetMessageIDWithValue(strings.ToLower(rand.Text()) + "@" + domain)
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: asks other programs not to reply
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.Attachment.Data == nil {
		return letter, nil
	}
	err := letter.AttachReader(m.Attachment.Name, bytes.NewReader(m.Attachment.Data),
		gomail.WithFileContentType(gomail.ContentType(m.Attachment.ContentType)))
	return letter, err
}
