package citizen

import (
	"context"
	"errors"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// grown is what a person of 17½ whose judgement is one for minors has to do before the 18th birthday. The
// zero value means that nothing is due.
type grown struct {
	// Text is the key of the text that says what to do.
	Text string
	// Birthday is the 18th birthday. Until is the day before it, the last day on which an application is in
	// time.
	Birthday, Until time.Time
}

// The ages, in months, between which an application for an assessment as an adult is in time: DL 90/2014
// art. 25 c. 5.
const (
	appliesFrom = 17*12 + 6
	adult       = 18 * 12
)

// grown looks up what is due for a person; a person that the registry does not know has nothing due.
func (p *Pages) grown(ctx context.Context, person codicefiscale.Code) (grown, error) {
	held, err := p.Registry.Person(ctx, person)
	switch {
	case errors.Is(err, registry.ErrUnknown), errors.Is(err, registry.ErrReplaced):
		return grown{}, nil
	case err != nil:
		return grown{}, err
	}
	return growing(held, p.today())
}

// growing determines the person's status on the 18th birthday if no event is added before.
func growing(p registry.Person, today status.Date) (grown, error) {
	if age := status.AgeInMonths(p.Birth, today); age < appliesFrom || age >= adult {
		return grown{}, nil
	}
	birthday := noon(p.Birth).AddDate(18, 0, -2) // two days before, at the latest: nobody is 18 yet
	for status.AgeInMonths(p.Birth, status.DateOf(birthday)) < adult {
		birthday = birthday.AddDate(0, 0, 1)
	}
	then, err := status.Current(p.Verbali, p.Birth, status.DateOf(birthday))
	if err != nil {
		return grown{}, err
	}
	g := grown{Birthday: birthday, Until: birthday.AddDate(0, 0, -1)}
	for _, d := range then.Domains() {
		switch {
		case d.AdultRights == status.AdultWithoutVisit && d.InForce():
			g.Text = "area.grown_free"
		case d.State == status.StateCameOfAge && d.AdultRights == status.AdultApplied:
			g.Text = "area.grown_applied"
		case d.State == status.StateCameOfAge:
			g.Text = "area.grown_apply"
		}
	}
	if g.Text == "" {
		return grown{}, nil
	}
	return g, nil
}
