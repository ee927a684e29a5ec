// Package crowd generates people for tests and measurements, always the same ones. They are
// born in M999, a place that does not exist, so their codes belong to nobody.
package crowd

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// letters are consonants. Any three of them are the code of a surname.
const letters = "BCDFGHJKLMNPQRSTVWXYZ"

// base is the number of letters.
const base = len(letters)

// Most is the number of different people.
const Most = base * base * base * base * 28

// Code returns the code of the i-th person and the date of birth.
func Code(i int) (codicefiscale.Code, status.Date) {
	day := i/(base*base*base*base)%28 + 1
	stem := fmt.Sprintf("%c%c%c%cZZ70A%02dM999",
		letter(i/base/base/base), letter(i/base/base), letter(i/base), letter(i), day)
	for check := 'A'; check <= 'Z'; check++ {
		if c, err := codicefiscale.Parse(stem + string(check)); err == nil {
			return c, status.Date(19700100 + day)
		}
	}
	panic("crowd: no check letter fits")
}

func letter(n int) byte { return letters[n%base] }

// Person returns the i-th person. The person has a phone that leads nowhere and counts as
// verified, and one verbale; every third person has two.
func Person(i int) registry.Person {
	cf, birth := Code(i)
	phone, err := otp.ParsePhone(fmt.Sprintf("+39351%07d", i%10000000))
	if err != nil {
		panic(err)
	}
	p := registry.Person{
		CF: cf, Given: "Persona", Family: fmt.Sprint("Numero ", i), Birth: birth,
		Verbali: []status.Verbale{civil(i)},
		Contacts: registry.Contacts{
			Phones: []registry.Phone{{Channel: otp.SMS, Number: phone}},
			Email:  fmt.Sprintf("persona.%d@example.it", i), Language: status.Italian,
			Verified: time.Date(2026, time.January, 12, 0, 0, 0, 0, time.UTC),
		},
	}
	if i%3 == 0 {
		p.Verbali = append(p.Verbali, status.Verbale{
			ID: fmt.Sprintf("H/%d", i), Domain: status.Law104, Kind: status.KindFirst, Decision: 20210601,
			Effect: 20210301, Definitive: true, Outcome: status.Outcome{Degree: status.DegreeLaw104C3},
		})
	}
	return p
}

func civil(i int) status.Verbale {
	v := status.Verbale{
		ID: fmt.Sprintf("IC/%d", i), Domain: status.CivilInvalidity, Kind: status.KindFirst,
		Decision: 20200601, Effect: 20200301, Definitive: true,
		Outcome: status.Outcome{Degree: status.DegreeOverThird, Percent: 34 + i%67},
	}
	switch {
	case v.Outcome.Percent == 100:
		v.Outcome.Degree = status.DegreeTotal
	case v.Outcome.Percent >= 67:
		v.Outcome.Degree = status.DegreeOverTwoThirds
	}
	return v
}

// WriteFile makes a file of what Write writes.
func WriteFile(name string, people int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(Write(f, people), f.Close())
}

// Write writes the given number of people, from the first, as JSON Lines for package intake.
func Write(w io.Writer, people int) error {
	out := bufio.NewWriter(w)
	encoder := json.NewEncoder(out)
	for i := range people {
		p := Person(i)
		err := encoder.Encode(map[string]any{
			"codice_fiscale": p.CF.Reveal(), "given_name": p.Given, "family_name": p.Family, "birth": p.Birth,
			"verbali": p.Verbali, "phone": p.Contacts.Phones[0].Number.Reveal(), "email": p.Contacts.Email,
			"language": p.Contacts.Language, "contacts_verified": status.DateOf(p.Contacts.Verified),
		})
		if err != nil {
			return err
		}
	}
	return out.Flush()
}
