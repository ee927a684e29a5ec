package registry

import (
	"context"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// Seed puts the people of the demonstration into the registry. Repeating it changes nothing;
// contacts and cut-offs that were changed since stay.
func (r *Registry) Seed(ctx context.Context, personas []demo.Persona) error {
	verified := time.Date(2026, time.January, 12, 9, 0, 0, 0, time.UTC)
	codes := make(map[string]codicefiscale.Code)
	var people []Person
	for _, p := range personas {
		codes[p.ID] = p.CF
		if !p.Registered() {
			continue
		}
		number, err := otp.ParsePhone(p.Phone)
		if err != nil {
			return err
		}
		person := Person{
			CF: p.CF, Given: p.Given, Family: p.Family, Birth: p.Birth, Verbali: p.Verbali,
			Contacts: Contacts{
				Phones: []Phone{{otp.SMS, number}}, Email: p.Email, Language: status.Language(p.Lang),
				Verified: verified,
			},
		}
		if p.Void {
			person.VoidBefore = demo.Lost()
		}
		people = append(people, person)
	}
	if err := r.Put(ctx, people...); err != nil {
		return err
	}
	today := status.DateOf(time.Now())
	for _, p := range personas {
		for _, id := range p.Wards {
			d := Delegation{Guardian: p.CF, Ward: codes[id], Kind: Guardianship}
			for _, ward := range personas {
				if ward.ID == id && ward.Minor(today) {
					d.Kind = Minor
				}
			}
			if err := r.Delegate(ctx, d); err != nil {
				return err
			}
		}
	}
	return nil
}
