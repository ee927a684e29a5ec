package registry

import (
	"cmp"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// row is a person's row after opening.
type row struct {
	readable
	record   *record // nil if only a cut-off or contacts are known
	identity identity
	contacts contacts
	moved    *link // the code that replaced this one
	reports  []report
	arrived  []event // to add
}

// record is the part that a check reads.
type record struct {
	status.Record             // the verbali that count, each in its highest version
	Died          status.Date `json:"died,omitzero"`
	Elsewhere     bool        `json:"elsewhere,omitempty"`
}

type identity struct {
	CF     string `json:"cf,omitempty"`
	Given  string `json:"given,omitempty"`
	Family string `json:"family,omitempty"`
	// Earlier are the codes that CF replaced, oldest first.
	Earlier []string `json:"earlier,omitempty"`
}

type link struct {
	To string `json:"to"`
}

// event is an arrived verbale or title.
type event struct {
	status.Verbale
	Title *status.Title `json:"title,omitempty"`
}

type contacts struct {
	Phones   []phone `json:"phones,omitempty"`
	Email    string  `json:"email,omitempty"`
	Language string  `json:"language,omitempty"`
	Verified int64   `json:"verified,omitempty"` // seconds since 1970
	// UsableFrom is of the first phone, in seconds since 1970.
	UsableFrom  int64 `json:"usable_from,omitempty"`
	Unconfirmed bool  `json:"unconfirmed,omitempty"`
	// Lists are printed lists of codes: one that is active, then one that is not yet.
	Lists []list `json:"lists,omitempty"`
}

type phone struct {
	Channel string `json:"channel"`
	Number  string `json:"number"`
}

// answer returns the record in the form of [status.Source].
func (r *record) answer() (status.Record, error) {
	switch {
	case r == nil || r.Died != 0:
		return status.Record{}, status.ErrNoStatus
	case len(r.Verbali) > 0:
		return r.Record, nil
	case r.Elsewhere: // a title beside it changes nothing
		return status.Record{}, status.ErrClassNotHeld
	case len(r.Titles) > 0:
		return r.Record, nil
	}
	return status.Record{}, status.ErrNoStatus
}

// add adds a valid verbale.
func (r *row) add(v status.Verbale) error {
	verbali, err := take(r.record.Verbali, v)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.record.Verbali, v.Equal) {
		r.arrived = append(r.arrived, event{Verbale: v})
	}
	r.record.Verbali = verbali
	return nil
}

// addTitle adds a valid title. It replaces the title of the same act.
func (r *row) addTitle(t status.Title) error {
	if slices.Contains(r.record.Titles, t) {
		return nil
	}
	r.arrived = append(r.arrived, event{Title: &t})
	titles := slices.Clone(r.record.Titles)
	i := slices.IndexFunc(titles, func(u status.Title) bool {
		return u.Kind == t.Kind && u.Decision == t.Decision && u.Effect == t.Effect
	})
	if i >= 0 {
		titles[i] = t
	} else if titles = append(titles, t); len(titles) > status.MaxTitles {
		return status.ErrHistoryLength
	}
	r.record.Titles = titles
	return nil
}

// merge adds what a feed says about the person. What the feed does not say stays as it is.
func (r *row) merge(p Person) error {
	if r.moved != nil {
		return ErrReplaced
	}
	if r.record == nil {
		r.record = new(record)
	}
	k := r.record
	if k.Birth = cmp.Or(p.Birth, k.Birth, onlyBirth(p.CF)); k.Birth == 0 {
		return errBirth
	}
	k.Died = said(k.Died, p.Died, p.Not.Died)
	k.Complete, k.Elsewhere = said(k.Complete, p.Complete, p.Not.Complete),
		said(k.Elsewhere, p.Elsewhere, p.Not.Elsewhere)
	if k.Died != 0 && k.Died < k.Birth {
		return errDied
	}
	r.identity.CF = p.CF.Reveal()
	r.identity.Given, r.identity.Family = cmp.Or(p.Given, r.identity.Given),
		cmp.Or(p.Family, r.identity.Family)
	r.contacts = r.contacts.merge(p.Contacts.row(), p.Not)
	r.void(p.VoidBefore)
	for _, t := range p.Titles {
		if err := r.addTitle(t); err != nil {
			return err
		}
	}
	for _, v := range p.Verbali {
		if err := r.add(v); err != nil {
			return err
		}
	}
	return checkHistory(k.Verbali, k.Birth)
}

// said returns the value after a feed: the feed's value, nothing if the feed takes it back,
// otherwise the known value.
func said[T comparable](known, new T, not bool) T {
	var nothing T
	switch {
	case not:
		return nothing
	case new != nothing:
		return new
	}
	return known
}

// void moves the cut-off, never back.
func (r *row) void(at time.Time) {
	if !at.IsZero() {
		r.voidBefore = max(r.voidBefore, at.Unix())
	}
}

func (r *row) person(cf codicefiscale.Code) (Person, error) {
	switch {
	case r.moved != nil:
		return Person{}, ErrReplaced
	case r.record == nil:
		return Person{}, ErrUnknown
	}
	c, err := r.contacts.open()
	return Person{
		CF: cf, Given: r.identity.Given, Family: r.identity.Family,
		Birth: r.record.Birth, Died: r.record.Died, Verbali: r.record.Verbali, Titles: r.record.Titles,
		Complete: r.record.Complete, Elsewhere: r.record.Elsewhere,
		Contacts: c, VoidBefore: cutOff(r.voidBefore),
	}, err
}

func cutOff(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

func (c Contacts) row() contacts {
	out := contacts{Email: c.Email, Language: string(c.Language), Unconfirmed: c.Unconfirmed}
	if !c.Verified.IsZero() {
		out.Verified = c.Verified.Unix()
	}
	if !c.UsableFrom.IsZero() {
		out.UsableFrom = c.UsableFrom.Unix()
	}
	for _, p := range c.Phones {
		out.Phones = append(out.Phones, phone{string(p.Channel), p.Number.Reveal()})
	}
	return out
}

// merge adds what a feed says, unless the known contacts were verified later. A feed says
// nothing about a channel, an address or a language that it does not name. Remaining numbers
// were not verified with the new ones, so the earlier day applies to all.
func (c contacts) merge(new contacts, not Not) contacts {
	if new.Verified < c.Verified {
		return c
	}
	out := contacts{
		Email:    said(c.Email, new.Email, not.Email && new.Email == ""),
		Language: cmp.Or(new.Language, c.Language),
		Phones:   new.Phones, Verified: new.Verified, Lists: c.Lists,
	}
	stays := func(p phone) bool {
		gone := p.Channel == string(otp.SMS) && not.SMS || p.Channel == string(otp.Voice) && not.Voice
		return !gone && !slices.ContainsFunc(new.Phones, func(n phone) bool { return n.Channel == p.Channel })
	}
	if slices.ContainsFunc(c.Phones, stays) {
		out.Phones = mix(c.Phones, new.Phones, stays)
		out.Verified = c.Verified
	}
	if len(new.Phones) == 0 && new.Email == "" {
		out.Verified = c.Verified
	}
	// A number of a feed comes from the body, which has made sure of it, so it does not wait.
	out.Unconfirmed = new.Unconfirmed || c.Unconfirmed && len(new.Phones) == 0
	switch {
	case len(out.Phones) == 0:
	case len(new.Phones) > 0 && out.Phones[0] == new.Phones[0]:
		out.UsableFrom = new.UsableFrom
	case out.Phones[0] == c.Phones[0]:
		out.UsableFrom = c.UsableFrom
	}
	return out
}

// mix returns the known phones that stay and, in place of the others, the new ones of their
// channel.
func mix(known, new []phone, stays func(phone) bool) []phone {
	var out []phone
	for _, p := range slices.Concat(known, new) {
		if stays(p) {
			out = append(out, p)
			continue
		}
		for _, n := range new {
			if n.Channel == p.Channel && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

func (c contacts) open() (Contacts, error) {
	out := Contacts{Email: c.Email, Language: status.Language(c.Language), Verified: cutOff(c.Verified),
		UsableFrom: cutOff(c.UsableFrom), Unconfirmed: c.Unconfirmed}
	for _, p := range c.Phones {
		number, err := otp.ParsePhone(p.Number)
		if err != nil {
			return Contacts{}, err
		}
		out.Phones = append(out.Phones, Phone{otp.Channel(p.Channel), number})
	}
	return out, nil
}
