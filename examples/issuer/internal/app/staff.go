package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"os/user"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// A StaffAct is what the body's staff does about a person by a command.
type StaffAct struct {
	// What is the act, one of citizen.StaffClear and citizen.StaffCancel.
	What string
	// As is who does it, as the body knows them, and Reason is why. Both are required.
	As, Reason string
}

// maxAs and maxReason are in characters.
const (
	maxAs     = 100
	maxReason = 200
)

// Check returns an error if As or Reason is missing or is no line of text.
func (s StaffAct) Check() error {
	line := func(text string, most int) bool {
		return strings.TrimSpace(text) != "" && utf8.ValidString(text) &&
			utf8.RuneCountInString(text) <= most &&
			!strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	switch {
	case !line(s.As, maxAs):
		return words.Errorf("-as is needed: your name, in one line of at most %d characters", maxAs)
	case !line(s.Reason, maxReason):
		return words.Errorf("-reason is needed: why, in one line of at most %d characters", maxReason)
	}
	return nil
}

// Record appends the act to the access log, where the person sees it. Call it before the act; if it fails,
// the act must not be done. The user of the operating system, As and Reason are sealed there, as an operator
// is: accesses operator shows them. body is the name of the issuing body.
func (s StaffAct) Record(ctx context.Context, l *accesslog.Log, person codicefiscale.Code,
	body string) error {
	if err := s.Check(); err != nil {
		return err
	}
	who, err := user.Current()
	if err != nil {
		return err
	}
	var id [16]byte
	rand.Read(id[:]) // never fails since Go 1.24
	text := base64.RawURLEncoding.EncodeToString(id[:])
	return l.Append(ctx, service.Access{
		ID: text, At: time.Now(), Person: person,
		Operator: service.Operator{IdentityProvider: "staff",
			ID: who.Username + " as " + s.As + ": " + s.Reason, Organisation: body},
		Organisation: body, Purpose: s.What, Challenge: citizen.StaffPrefix + text,
	})
}
