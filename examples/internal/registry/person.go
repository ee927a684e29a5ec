package registry

import (
	"cmp"
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

// A Person is what the registry holds about a person and, for [Registry.Put], what a feed
// says. In a feed an empty field says nothing, and what is known stays. It prints as a
// constant.
type Person struct {
	CF codicefiscale.Code
	// Previous is the code that CF has replaced, if any: Put moves what is known under it, as
	// [Registry.ChangeCode] does. What the registry returns never has it.
	Previous      codicefiscale.Code
	Given, Family string
	// Birth may differ from the code: the date may have been rectified, or the code may have been
	// given to distinguish two people. If it is empty and not yet known, Put takes it from the
	// code.
	Birth status.Date
	// Died is the day of death. From the moment it is known, the registry answers for the person
	// as for an unknown one.
	Died status.Date
	// Verbali are recorded verbali: for Put in any version and any state; otherwise those that
	// count, each in its highest version.
	Verbali []status.Verbale
	// Titles replace those of the same kind, decision and effect.
	Titles []status.Title
	// Complete is that of [status.Record].
	Complete bool
	// Elsewhere reports that all verbali of the person are of a class that is not held here and
	// that even their domains are unknown.
	Elsewhere bool
	Contacts  Contacts
	// VoidBefore is the cut-off: papers issued before it are void. It is a whole second and never
	// moves back.
	VoidBefore time.Time
	// Not is for Put: what was said before and is not so. What the registry returns never has it.
	Not Not
}

// Not takes back statements about a person. The zero Not takes back nothing.
type Not struct {
	Died, Complete, Elsewhere bool
	// SMS, Voice and Email report that the number of the channel, or the address, no longer
	// belongs to the person.
	SMS, Voice, Email bool
}

// Contacts are the ways to reach a person.
type Contacts struct {
	// Phones are in the person's order of preference.
	Phones []Phone
	Email  string
	// Language is the language of messages; empty means Italian.
	Language status.Language
	// Verified is the time at which the contacts were last shown to be the person's; zero means
	// never.
	Verified time.Time
	// UsableFrom is the time before which the first phone gets no code: the person put it in the place of
	// another without a code of that one. Zero means that it may be used. A feed never sets it.
	UsableFrom time.Time
	// Unconfirmed reports that the person removed a number without a code of it, so that the next number
	// has to wait too. A feed never sets it.
	Unconfirmed bool
}

// A Phone is a number and the channel on which it gets a code.
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

// Name returns the given name and the family name.
func (p Person) Name() string { return strings.TrimSpace(p.Given + " " + p.Family) }

// Validate checks a person without the registry. It returns nil or the first fault, without
// any value.
func (p Person) Validate() error {
	switch {
	case p.CF.IsZero():
		return errors.New("codice fiscale: is missing")
	case p.Previous == p.CF:
		return fmt.Errorf("previous codice fiscale: %w", ErrSameCode)
	case p.Birth != 0 && !p.Birth.Valid():
		return errBirth
	case p.Died != 0 && (!p.Died.Valid() || p.Died < p.Birth):
		return errDied
	case p.Died != 0 && p.Not.Died, p.Complete && p.Not.Complete, p.Elsewhere && p.Not.Elsewhere:
		return errors.New("says and takes back the same")
	case !isText(p.Given, maxName) || !isText(p.Family, maxName):
		return fmt.Errorf("name: is longer than %d characters, or has characters that no name has", maxName)
	}
	if err := p.Contacts.Validate(); err != nil {
		return err
	}
	for _, t := range p.Titles {
		if err := t.Validate(); err != nil {
			return err
		}
	}
	var verbali []status.Verbale
	for _, v := range p.Verbali {
		err := v.Validate()
		if err == nil {
			verbali, err = take(verbali, v)
		}
		if err != nil {
			return err
		}
	}
	return checkHistory(verbali, cmp.Or(p.Birth, firstDay))
}

var (
	errBirth = errors.New("birth: " + status.ErrDate.Error())
	errDied  = errors.New("died: is not a date after the birth")
)

// onlyBirth returns the date of birth if the code alone determines it; the code lacks the
// century.
func onlyBirth(cf codicefiscale.Code) status.Date {
	birth, ok := cf.Birth()
	if candidates := birth.Candidates(time.Now()); ok && len(candidates) == 1 {
		return status.DateOf(candidates[0])
	}
	return 0
}

// BirthAgrees reports whether the date of birth is one that the code allows; the code lacks
// the century. A provisional code contains no date and agrees with all.
func (p Person) BirthAgrees() bool {
	in, ok := p.CF.Birth()
	if !ok {
		return true
	}
	last := time.Date(2199, time.December, 31, 0, 0, 0, 0, time.UTC)
	return slices.ContainsFunc(in.Candidates(last),
		func(t time.Time) bool { return status.DateOf(t) == p.Birth })
}

// checkHistory refuses verbali from which no status follows on any day.
func checkHistory(verbali []status.Verbale, birth status.Date) error {
	_, err := status.Current(verbali, birth, lastDay)
	return err
}

const (
	firstDay status.Date = 19000101 // the earliest birth
	lastDay  status.Date = 21991231 // a day on which everything counts
)

// Validate checks the contacts. It returns nil or the first fault, without any value.
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
		strings.ContainsFunc(c.Email, func(r rune) bool {
			return r <= ' ' || r >= 127 ||
				strings.ContainsRune(`,;:<>()[]\"`, r)
		}) ||
		strings.Contains(domain, "@")) {
		return errors.New("email: is not an address")
	}
	return nil
}

func isText(s string, most int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= most &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
