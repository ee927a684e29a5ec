package registry

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// A Person is what the registry holds about somebody. It prints as a constant.
type Person struct {
	CF            codicefiscale.Code
	Given, Family string
	Birth         status.Date
	// Died is the day of death; from the moment it is known the person is answered for as if unknown.
	Died    status.Date
	Verbali []status.Verbale
	// Complete is that of [status.Record].
	Complete bool
	// Elsewhere: all verbali of the person are of a class that is not held here, and not even their domains are known.
	Elsewhere bool
	Contacts  Contacts
	// VoidBefore is the cut-off: papers issued before it are void. It has whole seconds and never goes back.
	VoidBefore time.Time
}

// Contacts are how a person is reached.
type Contacts struct {
	// Phones in the person's order of preference.
	Phones []Phone
	Email  string
	// Language of messages; empty: Italian.
	Language status.Language
	// Verified is when it was last shown that the contacts are the person's. Zero: never.
	Verified time.Time
}

// A Phone is a number and how a code reaches the person on it.
type Phone struct {
	Channel otp.Channel // otp.SMS or otp.Voice
	Number  otp.Phone
}

const (
	mask      = "[personal data]"
	maxName   = 100
	maxEmail  = 254
	maxPhones = 4
)

// Format writes "[personal data]", whatever the verb and its flags.
func (Person) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Person) LogValue() slog.Value { return slog.StringValue(mask) }

// Format writes "[personal data]", whatever the verb and its flags.
func (Contacts) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Contacts) LogValue() slog.Value { return slog.StringValue(mask) }

// Name is the given name and the family name.
func (p Person) Name() string { return strings.TrimSpace(p.Given + " " + p.Family) }

// Validate checks a person on its own: nil, or the first thing wrong, without any value.
func (p Person) Validate() error {
	switch {
	case p.CF.IsZero():
		return errors.New("codice fiscale: is missing")
	case !p.Birth.Valid():
		return errors.New("birth: " + status.ErrDate.Error())
	case !agrees(p.CF, p.Birth):
		return errors.New("birth: contradicts the codice fiscale")
	case p.Died != 0 && (!p.Died.Valid() || p.Died < p.Birth):
		return errors.New("died: is not a date after the birth")
	case !isText(p.Given, maxName) || !isText(p.Family, maxName):
		return fmt.Errorf("name: is longer than %d characters, or has characters that no name has", maxName)
	}
	if err := p.Contacts.Validate(); err != nil {
		return err
	}
	return checkHistory(p.Verbali, p.Birth)
}

// agrees compares the date with the one in a final code, which lacks the century.
func agrees(cf codicefiscale.Code, birth status.Date) bool {
	in, ok := cf.Birth()
	if !ok {
		return true
	}
	last := time.Date(2199, time.December, 31, 0, 0, 0, 0, time.UTC)
	return slices.ContainsFunc(in.Candidates(last), func(t time.Time) bool { return status.DateOf(t) == birth })
}

// checkHistory refuses verbali that no status can be made of, on whatever day.
func checkHistory(verbali []status.Verbale, birth status.Date) error {
	for _, v := range verbali {
		if err := v.Validate(); err != nil {
			return err
		}
	}
	_, err := status.Current(verbali, birth, lastDay)
	return err
}

// lastDay is one on which everything counts.
const lastDay status.Date = 21991231

// Validate checks the contacts: nil, or the first thing wrong, without any value.
func (c Contacts) Validate() error {
	if len(c.Phones) > maxPhones {
		return fmt.Errorf("phone: more than %d", maxPhones)
	}
	for _, p := range c.Phones {
		if p.Number.IsZero() || p.Channel != otp.SMS && p.Channel != otp.Voice {
			return errors.New("phone: is missing, or its channel is neither sms nor voice")
		}
	}
	if c.Language != "" && !slices.Contains(status.Languages(), c.Language) {
		return errors.New("language: " + status.ErrUnknown.Error())
	}
	local, domain, ok := strings.Cut(c.Email, "@")
	if c.Email != "" && (!ok || local == "" || domain == "" || len(c.Email) > maxEmail ||
		strings.ContainsFunc(c.Email, func(r rune) bool { return r <= ' ' || r >= 127 || strings.ContainsRune(`,;:<>()[]\"`, r) }) ||
		strings.Contains(domain, "@")) {
		return errors.New("email: is not an address")
	}
	return nil
}

func (c Contacts) empty() bool { return len(c.Phones) == 0 && c.Email == "" && c.Language == "" }

func isText(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
