package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// entry is a line as it is written. An absent member says nothing.
type entry struct {
	CF        string           `json:"codice_fiscale"`
	Previous  string           `json:"previous_codice_fiscale"`
	Given     string           `json:"given_name"`
	Family    string           `json:"family_name"`
	Birth     status.Date      `json:"birth"`
	Died      day              `json:"died"`
	Complete  *bool            `json:"complete"`
	Elsewhere *bool            `json:"elsewhere"`
	Phone     string           `json:"phone"`
	Voice     string           `json:"voice_phone"`
	Email     string           `json:"email"`
	Language  status.Language  `json:"language"`
	Verified  status.Date      `json:"contacts_verified"`
	Verbali   []status.Verbale `json:"verbali"`
	Titles    []status.Title   `json:"titles"`
}

// none is the word that takes back a day of death, a number or an address.
const none = "none"

// day is a date or the word none.
type day struct {
	status.Date
	none bool
}

// UnmarshalText reads a date or the word none.
func (d *day) UnmarshalText(text []byte) error {
	if d.none = string(text) == none; d.none {
		return nil
	}
	return d.Date.UnmarshalText(text)
}

// parseJSON hides the errors of package json, because they may quote a name or a value of the
// line.
func parseJSON(line []byte) (registry.Person, error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var e entry
	err := decoder.Decode(&e)
	var wrongType *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	var named status.Error
	switch {
	case err == nil:
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return registry.Person{}, errors.New("there is something after the object")
		}
		return e.person()
	case errors.As(err, &wrongType) && wrongType.Field != "":
		return registry.Person{}, fmt.Errorf("%s: is of the wrong type", wrongType.Field)
	case errors.As(err, &named):
		return registry.Person{}, fmt.Errorf("a date: %w", named)
	case errors.As(err, &wrongType), errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return registry.Person{}, errors.New("is not a JSON object")
	}
	return registry.Person{}, errors.New("has a member of an unknown name")
}

func (e entry) person() (registry.Person, error) {
	p := registry.Person{
		Given: e.Given, Family: e.Family, Birth: e.Birth, Died: e.Died.Date, Verbali: e.Verbali,
		Titles: e.Titles, Contacts: registry.Contacts{Language: e.Language, Verified: noon(e.Verified)},
		Not: registry.Not{Died: e.Died.none, SMS: e.Phone == none, Voice: e.Voice == none,
			Email: e.Email == none},
	}
	p.Complete, p.Not.Complete = both(e.Complete)
	p.Elsewhere, p.Not.Elsewhere = both(e.Elsewhere)
	if !p.Not.Email {
		p.Contacts.Email = e.Email
	}
	var err error
	// A provisional code is accepted too: a registry knows people who have no other yet.
	if p.CF, err = codicefiscale.ParseAny(e.CF); err != nil {
		return p, fmt.Errorf("codice_fiscale: %w", err)
	}
	if e.Previous != "" {
		if p.Previous, err = codicefiscale.ParseAny(e.Previous); err != nil {
			return p, fmt.Errorf("previous_codice_fiscale: %w", err)
		}
	}
	for _, number := range []struct {
		field, text string
		channel     otp.Channel
	}{{"phone", e.Phone, otp.SMS}, {"voice_phone", e.Voice, otp.Voice}} {
		if number.text == "" || number.text == none {
			continue
		}
		phone, err := otp.ParsePhone(number.text)
		if err != nil {
			return p, fmt.Errorf("%s: %w", number.field, err)
		}
		p.Contacts.Phones = append(p.Contacts.Phones, registry.Phone{Channel: number.channel, Number: phone})
	}
	return p, nil
}

// both returns whether something is said and whether it is taken back.
func both(b *bool) (yes, no bool) { return b != nil && *b, b != nil && !*b }

// noon returns a time of the day, or the zero time for no day.
func noon(d status.Date) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 12, 0, 0, 0, time.UTC)
}
