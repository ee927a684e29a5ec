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

// entry is a line as it is written.
type entry struct {
	CF        string           `json:"codice_fiscale"`
	Given     string           `json:"given_name"`
	Family    string           `json:"family_name"`
	Birth     status.Date      `json:"birth"`
	Died      status.Date      `json:"died"`
	Complete  bool             `json:"complete"`
	Elsewhere bool             `json:"elsewhere"`
	Phone     string           `json:"phone"`
	Voice     string           `json:"voice_phone"`
	Email     string           `json:"email"`
	Language  status.Language  `json:"language"`
	Verified  status.Date      `json:"contacts_verified"`
	Verbali   []status.Verbale `json:"verbali"`
}

// parseJSON hides what package json says: it may quote a name or a value of the line.
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
		Given: e.Given, Family: e.Family, Birth: e.Birth, Died: e.Died, Complete: e.Complete, Elsewhere: e.Elsewhere,
		Verbali:  e.Verbali,
		Contacts: registry.Contacts{Email: e.Email, Language: e.Language, Verified: noon(e.Verified)},
	}
	var err error
	// A provisional code too: a registry knows people who have no other yet.
	if p.CF, err = codicefiscale.ParseAny(e.CF); err != nil {
		return p, fmt.Errorf("codice_fiscale: %w", err)
	}
	if p.Birth == 0 {
		p.Birth = onlyBirth(p.CF)
	}
	for _, number := range []struct {
		field, text string
		channel     otp.Channel
	}{{"phone", e.Phone, otp.SMS}, {"voice_phone", e.Voice, otp.Voice}} {
		if number.text == "" {
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

// onlyBirth is the date of birth where the code alone tells it, which lacks the century.
func onlyBirth(cf codicefiscale.Code) status.Date {
	birth, ok := cf.Birth()
	if candidates := birth.Candidates(time.Now()); ok && len(candidates) == 1 {
		return status.DateOf(candidates[0])
	}
	return 0
}

// noon is a moment of the day, the zero time for no day.
func noon(d status.Date) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 12, 0, 0, 0, time.UTC)
}
