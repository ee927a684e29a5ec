package registry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// An Export is everything that the registry holds about a person, readable, for the person: as JSON it
// is what arts. 15 and 20 GDPR ask for. Everywhere else it prints as a constant.
type Export struct {
	CodiceFiscale string   `json:"codice_fiscale"`
	Earlier       []string `json:"earlier_codici_fiscali,omitempty"` // oldest first
	// Erased is when the person was erased. Then there is nothing else.
	Erased     *time.Time       `json:"erased,omitempty"`
	Given      string           `json:"given_name,omitempty"`
	Family     string           `json:"family_name,omitempty"`
	Birth      status.Date      `json:"birth,omitzero"`
	Died       status.Date      `json:"died,omitzero"`
	Complete   bool             `json:"complete,omitempty"`
	Elsewhere  bool             `json:"elsewhere,omitempty"`
	Verbali    []status.Verbale `json:"verbali,omitempty"` // those that count
	Titles     []status.Title   `json:"titles,omitempty"`
	VoidBefore *time.Time       `json:"papers_void_before,omitempty"`
	Contacts   *ExportContacts  `json:"contacts,omitempty"`
	Events     []ExportEvent    `json:"events,omitempty"` // all that was recorded, oldest first
	// Acts are what was done for the person, newest first, five hundred at most.
	Acts []ExportAct `json:"acts,omitempty"`
	// Asked is what operators asked at the second level, newest first, as long as it is kept, and Barred
	// are the operators of whom the person said that it was not the person's wish.
	Asked  []ExportRequest `json:"asked,omitempty"`
	Barred []ExportBar     `json:"barred,omitempty"`
	// Guardians act or acted for the person, Wards are those for whom the person does or did.
	Guardians []ExportDelegation `json:"guardians,omitempty"`
	Wards     []ExportDelegation `json:"wards,omitempty"`
}

// ExportContacts are a person's contacts.
type ExportContacts struct {
	Phones   []ExportPhone   `json:"phones,omitempty"`
	Email    string          `json:"email,omitempty"`
	Language status.Language `json:"language,omitempty"`
	Verified *time.Time      `json:"verified,omitempty"`
	// UsableFrom is when the first phone can get codes.
	UsableFrom *time.Time `json:"usable_from,omitempty"`
	// Lists are printed lists of codes, without the codes.
	Lists []ExportList `json:"lists,omitempty"`
}

// ExportList is a printed list of codes.
type ExportList struct {
	ID     string    `json:"id"`
	Made   time.Time `json:"made"`
	Active bool      `json:"active"`
}

// ExportPhone is a number and the channel of its codes.
type ExportPhone struct {
	Channel string `json:"channel"`
	Number  string `json:"number"`
}

// ExportEvent is a verbale or a title that was recorded.
type ExportEvent struct {
	Recorded time.Time       `json:"recorded"`
	Verbale  *status.Verbale `json:"verbale,omitempty"`
	Title    *status.Title   `json:"title,omitempty"`
}

// ExportAct is something that was done for the person, by a guardian or the person.
type ExportAct struct {
	At       time.Time `json:"at"`
	Guardian string    `json:"by_codice_fiscale"`
	Name     string    `json:"by_name,omitempty"`
	Kind     Kind      `json:"kind,omitempty"`
	What     string    `json:"what"`
}

// ExportRequest is what an operator asked with one challenge.
type ExportRequest struct {
	At       time.Time `json:"at"` // of the start
	Operator Operator  `json:"operator"`
	Purpose  string    `json:"purpose"`
	Scope    string    `json:"scope,omitempty"`
	Messages int       `json:"messages"`
	Wrong    int       `json:"wrong_codes"`
	Right    bool      `json:"right_code"`
}

// ExportBar is an operator whom the person barred. Lifted is when the staff ended it.
type ExportBar struct {
	At       time.Time  `json:"at"`
	Operator Operator   `json:"operator"`
	Purpose  string     `json:"purpose"`
	Lifted   *time.Time `json:"lifted,omitempty"`
}

// ExportDelegation is a delegation between the person and another one. CodiceFiscale is the other one's;
// it is empty if the registry does not know it.
type ExportDelegation struct {
	CodiceFiscale string      `json:"codice_fiscale,omitempty"`
	Kind          Kind        `json:"kind"`
	From          status.Date `json:"from,omitzero"`
	Until         status.Date `json:"until,omitzero"`
	Detail        bool        `json:"detail,omitempty"` // judgements and percentages too
}

// Format writes "[personal data]", whatever the verb and its flags.
func (Export) Format(f fmt.State, _ rune) { io.WriteString(f, mask) }

// LogValue returns "[personal data]".
func (Export) LogValue() slog.Value { return slog.StringValue(mask) }

// Export returns everything about the person with the code. The errors are [ErrUnknown] and
// [ErrReplaced]. What the person did as a guardian stands in the histories of the wards and is not
// searched for.
func (r *Registry) Export(ctx context.Context, cf codicefiscale.Code) (Export, error) {
	e := Export{CodiceFiscale: cf.Reveal()}
	p, err := r.find(ctx, cf)
	switch {
	case err != nil:
		return Export{}, wrap(err)
	case p == nil:
		return Export{}, ErrUnknown
	case p.erased != 0:
		e.Erased = stamp(p.erased)
		return e, nil
	}
	if err := p.openAll(); err != nil {
		return Export{}, wrap(err)
	}
	if p.moved != nil {
		return Export{}, ErrReplaced
	}
	e.Earlier, e.Given, e.Family = p.identity.Earlier, p.identity.Given, p.identity.Family
	e.VoidBefore, e.Contacts = stamp(p.voidBefore), p.contacts.export()
	if k := p.record; k != nil {
		e.Birth, e.Died, e.Complete, e.Elsewhere = k.Birth, k.Died, k.Complete, k.Elsewhere
		e.Verbali, e.Titles = k.Verbali, k.Titles
	}
	if err := r.exportHistory(ctx, cf, &e); err != nil {
		return Export{}, err
	}
	return e, wrap(r.exportDelegations(ctx, p, &e))
}

// stamp is a time of the tables, or nil.
func stamp(seconds int64) *time.Time {
	if seconds == 0 {
		return nil
	}
	at := time.Unix(seconds, 0).UTC()
	return &at
}

func (c contacts) export() *ExportContacts {
	if !c.reach() && c.Language == "" && len(c.Lists) == 0 {
		return nil
	}
	out := &ExportContacts{Email: c.Email, Language: status.Language(c.Language), Verified: stamp(c.Verified),
		UsableFrom: stamp(c.UsableFrom)}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, ExportPhone(p))
	}
	for _, l := range c.Lists {
		out.Lists = append(out.Lists, ExportList{l.ID, cutOff(l.Made), l.Active})
	}
	return out
}

func (r *Registry) exportHistory(ctx context.Context, cf codicefiscale.Code, e *Export) error {
	events, err := r.Events(ctx, cf)
	if err != nil {
		return err
	}
	for _, event := range events {
		out := ExportEvent{Recorded: event.Recorded, Title: event.Title}
		if event.Title == nil {
			out.Verbale = &event.Verbale
		}
		e.Events = append(e.Events, out)
	}
	acts, err := r.Acts(ctx, cf)
	if err != nil {
		return err
	}
	for _, a := range acts {
		e.Acts = append(e.Acts, ExportAct{a.At, a.Guardian.Reveal(), a.Name, a.Kind, a.What})
	}
	requests, err := r.Asked(ctx, cf)
	if err != nil {
		return err
	}
	for _, q := range requests {
		e.Asked = append(e.Asked,
			ExportRequest{q.At, q.Operator, q.Purpose, q.Scope, q.Messages, q.Wrong, q.Right})
	}
	reports, err := r.Reports(ctx, cf)
	for _, p := range reports {
		bar := ExportBar{At: p.At, Operator: p.Asked.Operator, Purpose: p.Asked.Purpose}
		if !p.LiftedAt.IsZero() {
			bar.Lifted = &p.LiftedAt
		}
		e.Barred = append(e.Barred, bar)
	}
	return err
}

func (r *Registry) exportDelegations(ctx context.Context, p *stored, e *Export) error {
	list, err := r.delegationsOf(ctx, r.db, p.subject)
	if err != nil {
		return err
	}
	for _, d := range list {
		other := d.guardian
		if d.ward != p.subject {
			if other, err = r.scan(ctx, r.person.QueryRowContext(ctx, d.ward[:]).Scan); err != nil {
				return err
			}
		}
		if err := other.open(inIdentity); err != nil {
			return err
		}
		out := ExportDelegation{other.identity.CF, d.Kind, d.From, d.Until, d.Detail}
		if d.ward == p.subject {
			e.Guardians = append(e.Guardians, out)
		} else {
			e.Wards = append(e.Wards, out)
		}
	}
	return nil
}
