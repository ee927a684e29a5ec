package citizen

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	// freshFor is how long a person may change contacts after they proved who they are.
	freshFor = 15 * time.Minute
	// replacedWait is the wait of a number that takes another one's place without a code of that one.
	// unprovedWait is the wait if the person did not prove who they are either.
	replacedWait = 24 * time.Hour
	unprovedWait = 72 * time.Hour
)

// sessionKnown is the session key of the last code of the number on record: its time and its pseudonym.
const sessionKnown = "citizen.known"

// The session keys of what was typed before a fresh login, for the form after it.
const (
	sessionNumber  = "citizen.number"
	sessionAddress = "citizen.address"
)

// maxTyped bounds what is kept of a field, in bytes: no address is longer.
const maxTyped = 254

func first(s string, most int) string { return s[:min(len(s), most)] }

// within reports whether at is at most freshFor ago.
func (p *Pages) within(at time.Time) bool {
	return !at.IsZero() && p.Now().Sub(at) < freshFor
}

// fresh reports whether the person has just given their credentials or shown their card. A session alone may
// be a stolen one.
func (p *Pages) fresh(v visit) bool { return p.within(v.who.Proved) }

// reachable returns the number on record to which a code can be sent. A number that still has to wait
// does not count: a thief who entered it could confirm the next one with it.
func (p *Pages) reachable(c registry.Contacts) (registry.Phone, bool) {
	if p.Codes == nil || len(c.Phones) == 0 || p.Now().Before(c.UsableFrom) ||
		!p.offers(c.Phones[0].Channel) {
		return registry.Phone{}, false
	}
	return c.Phones[0], true
}

// confirmed reports whether the person has just typed a code of the number on record.
func (p *Pages) confirmed(ctx context.Context, person codicefiscale.Code, c registry.Contacts) bool {
	phone, ok := p.reachable(c)
	return ok && p.lately(ctx, sessionKnown, p.knownName(person, phone.Number))
}

// remember keeps in the session that name was proved now, and lately reports whether it was at most freshFor
// ago.
func (p *Pages) remember(ctx context.Context, key, name string) {
	p.Sessions.Put(ctx, key, strconv.FormatInt(p.Now().Unix(), 10)+" "+name)
}

func (p *Pages) lately(ctx context.Context, key, name string) bool {
	at, kept, _ := strings.Cut(p.Sessions.GetString(ctx, key), " ")
	seconds, err := strconv.ParseInt(at, 10, 64)
	return err == nil && p.within(time.Unix(seconds, 0)) && equal(kept, name)
}

func (p *Pages) knownName(person codicefiscale.Code, phone otp.Phone) string {
	return p.pseudonym("known", person.Reveal(), phone.Reveal())
}

// guarded is do for a person who has just proved who they are, by a fresh login or by a code of the number on
// record. Others are told how.
func (p *Pages) guarded(do handler) handler { return p.guardedAt(pathContacts, "fresh.text", do) }

// guardedAt is guarded for the page to come back to, with the key of the text that says why.
func (p *Pages) guardedAt(back, why string, do handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v visit) error {
		ok, err := p.proved(r.Context(), v)
		if err != nil {
			return err
		}
		if ok {
			return do(w, r, v)
		}
		m := web.Message{Title: "fresh.title", Text: "fresh.code", Next: pathContacts,
			NextText: "contacts.back"}
		if p.Again != nil {
			m.Text, m.Next, m.NextText = why, p.Again(v.who, back), "fresh.login"
		}
		p.Site.Say(w, r, http.StatusForbidden, m)
		return nil
	}
}

// guardedNumber is guarded for a new number, which may also be proposed without a proof if the provider
// cannot give one. It then waits.
func (p *Pages) guardedNumber(do handler) handler {
	if p.Again == nil {
		return do
	}
	return p.guarded(do)
}

func (p *Pages) proved(ctx context.Context, v visit) (bool, error) {
	if p.fresh(v) {
		return true, nil
	}
	person, known, err := p.known(ctx, v)
	return known && p.confirmed(ctx, v.person, person.Contacts), err
}

// usableFrom returns the time from which a new first number may be used; zero means at once.
func (p *Pages) usableFrom(ctx context.Context, v visit, c registry.Contacts, number otp.Phone,
	now time.Time) time.Time {
	wait := replacedWait
	switch {
	case len(c.Phones) > 0 && c.Phones[0].Number.Reveal() == number.Reveal():
		return c.UsableFrom // the same one again
	case p.confirmed(ctx, v.person, c):
		return time.Time{}
	case !p.fresh(v):
		wait = unprovedWait
	case len(c.Phones) == 0 && !c.Unconfirmed:
		return time.Time{} // the first one takes nobody's place
	}
	return now.Add(wait)
}

// offers reports whether a number can be proven on the channel.
func (p *Pages) offers(c otp.Channel) bool { return slices.Contains(p.Codes.Channels(), c) }

func (p *Pages) prefixes() []string {
	if p.Prefixes == nil {
		return []string{"+39"}
	}
	return p.Prefixes
}

// replace puts the number in the first place.
func (p *Pages) replace(ctx context.Context, v visit, c *registry.Contacts, number registry.Phone,
	now time.Time) {
	from := p.usableFrom(ctx, v, *c, number.Number, now)
	if len(c.Phones) == 0 {
		c.Phones = []registry.Phone{number}
	} else {
		c.Phones[0] = number
	}
	c.Verified, c.UsableFrom, c.Unconfirmed = now, from, false
}

// drop removes the first number.
func (p *Pages) drop(ctx context.Context, v visit, c *registry.Contacts) {
	if len(c.Phones) == 0 {
		return
	}
	c.Unconfirmed = !p.confirmed(ctx, v.person, *c)
	c.Phones, c.UsableFrom = c.Phones[1:], time.Time{}
}
