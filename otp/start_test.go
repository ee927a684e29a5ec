package otp_test

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

func TestStart(t *testing.T) {
	f := newFixture(t)
	c, code := f.start()
	assert.Regexp(t, `^[A-Za-z0-9_-]{36}$`, c.ID)
	assert.Equal(t, otp.Pending, c.State)
	assert.Equal(t, otp.SMS, c.Channel)
	assert.Equal(t, "+39 ••• ••• ••67", c.MaskedPhone)
	assert.Regexp(t, `^[1-9][0-9]$`, c.Comparison)
	assert.Equal(t, request(t).Terms, c.Terms)
	assert.True(t, f.clock.Now().Equal(c.StartedAt))
	assert.Equal(t, 10*time.Minute, c.ExpiresAt.Sub(c.StartedAt))
	assert.Equal(t, 30*time.Second, c.ResendAt.Sub(c.StartedAt))
	assert.Equal(t, 5, c.AttemptsLeft)
	assert.Equal(t, 3, c.ResendsLeft)
	assert.Equal(t, otp.DeliveryAccepted, c.Delivery)
	assert.False(t, c.Repeated)
	assert.Equal(t, c, f.status(c.ID), "Status tells the same")

	m := f.sent.Last()
	assert.Equal(t, c.ID+".1", m.ID)
	assert.Equal(t, phone, m.To.Reveal())
	assert.Equal(t, code.Reveal()+" codice INPS: COMUNE DI ROMA vede solo sì o no, n. "+c.Comparison+
		". Lo dica solo a chi ha davanti, MAI al telefono.", m.Text.Reveal())
	assert.Regexp(t, `^[0-9]{6}$`, code.Reveal())
	assert.Equal(t, 10*time.Minute, m.Life)
	assert.Equal(t, 1, m.Send)
	assert.Equal(t, []otp.EventKind{otp.EventStarted, otp.EventSent}, f.events.kinds())
}

func TestStartRefuses(t *testing.T) {
	type asked = otp.StartRequest
	long := strings.Repeat("x", 300)
	for name, c := range map[string]struct {
		change func(*asked)
		want   otp.Error
	}{
		"no subject":        {func(q *asked) { q.Subject = otp.Secret{} }, otp.ErrRequest},
		"long subject":      {func(q *asked) { q.Subject = otp.NewSecret(long) }, otp.ErrRequest},
		"no operator":       {func(q *asked) { q.Operator.ID = otp.NewSecret("") }, otp.ErrRequest},
		"long issuer":       {func(q *asked) { q.Operator.IdentityProvider = long }, otp.ErrRequest},
		"long tenant":       {func(q *asked) { q.Tenant = long }, otp.ErrRequest},
		"no purpose":        {func(q *asked) { q.Purpose = "" }, otp.ErrRequest},
		"purpose of words":  {func(q *asked) { q.Purpose = "see all" }, otp.ErrRequest},
		"long scope":        {func(q *asked) { q.Scope = long }, otp.ErrRequest},
		"long case number":  {func(q *asked) { q.CaseNumber = long[:65] }, otp.ErrRequest},
		"case of two lines": {func(q *asked) { q.CaseNumber = "A\n7" }, otp.ErrRequest},
		"long evidence":     {func(q *asked) { q.Evidence = strings.Repeat("x", 513) }, otp.ErrRequest},
		"evidence of words": {func(q *asked) { q.Evidence = "a=yes b=no" }, otp.ErrRequest},
		"long key":          {func(q *asked) { q.IdempotencyKey = long }, otp.ErrRequest},
		"unknown locale":    {func(q *asked) { q.Locale = "xx" }, otp.ErrRequest},
		"no organisation":   {func(q *asked) { q.Organisation = "" }, otp.ErrOrganisation},
		"no contact":        {func(q *asked) { q.Contacts = nil }, otp.ErrNoChannel},
		"no phone":          {func(q *asked) { q.Contacts[0].Phone = otp.Phone{} }, otp.ErrNoChannel},
		"channel not offered": {func(q *asked) {
			q.Contacts[0].Channel = otp.Voice
		}, otp.ErrNoChannel},
		"country": {func(q *asked) { q.Contacts[0].Phone = mustPhone(t, "+447700900123") },
			otp.ErrContact},
		"satellite": {func(q *asked) { q.Contacts[0].Phone = mustPhone(t, "+881612345678") },
			otp.ErrContact},
		"never verified": {func(q *asked) { q.Contacts[0].VerifiedAt = time.Time{} },
			otp.ErrContact},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			q := request(t)
			c.change(&q)
			got, err := f.Start(t.Context(), q)
			assert.Equal(t, c.want, refusal(err).Cause)
			assert.ErrorIs(t, err, c.want)
			assert.Zero(t, got, "an error comes alone")
			assert.Empty(t, f.sent.Messages())
		})
	}
}

func TestStartContactAge(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) { c.Policy.MinContactAge = 48 * time.Hour })
	q := request(t)
	q.Contacts[0].VerifiedAt = f.clock.Now().Add(-48*time.Hour + time.Second)
	_, err := f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrContact)
	f.clock.Advance(time.Second)
	_, err = f.Start(t.Context(), q)
	require.NoError(t, err)

	f = newFixture(t, func(c *otp.Config) { c.Policy.AllowUnverified = true })
	q.Contacts[0].VerifiedAt = time.Time{}
	_, err = f.Start(t.Context(), q)
	require.NoError(t, err)
}

func TestStartChoosesByPreference(t *testing.T) {
	f := newFixture(t, func(c *otp.Config) {
		c.Policy.Channels = []otp.Channel{otp.SMS, otp.Voice,
			otp.List}
	})
	paper := otp.Contact{Channel: otp.List, Codes: otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'),
		Count: 20}}
	voice := sms(t, "+390659050000")
	voice.Channel = otp.Voice
	all := []otp.Contact{voice, paper, sms(t, phone)}
	c, _ := f.start(func(q *otp.StartRequest) { q.Contacts = all })
	assert.Equal(t, otp.Voice, c.Channel, "the person's first")
	assert.Equal(t, []string{"otp", "tel"}, c.Channel.AMR())
	c, _ = f.start(func(q *otp.StartRequest) { q.Contacts, q.Channel = all, otp.SMS })
	assert.Equal(t, otp.SMS, c.Channel, "the person's wish today")

	q := request(t)
	q.Contacts, q.Channel = []otp.Contact{voice, paper}, otp.SMS
	_, err := f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrNoChannel)
	assert.Equal(t, []otp.Channel{otp.Voice, otp.List}, refusal(err).Channels,
		"what there is instead is said plainly")
}

func TestStartIsIdempotent(t *testing.T) {
	f := newFixture(t)
	key := func(q *otp.StartRequest) { q.IdempotencyKey = "k1" }
	first, code := f.start(key)
	again, _ := f.start(key)
	assert.True(t, again.Repeated)
	again.Repeated = false
	assert.Equal(t, first, again)
	assert.Len(t, f.sent.Messages(), 1)

	q := request(t)
	q.IdempotencyKey, q.Scope = "k1", "detail"
	_, err := f.Start(t.Context(), q)
	assert.ErrorIs(t, err, otp.ErrIdempotency, "other terms")
	q = request(t)
	q.IdempotencyKey, q.Operator.ID = "k1", otp.NewSecret("somebody else")
	_, err = f.Start(t.Context(), q)
	assert.ErrorIs(t, err, otp.ErrIdempotency, "another operator learns nothing")

	require.NoError(t, f.answer(first.ID, code))
	again, _ = f.start(key)
	assert.Equal(t, otp.Consumed, again.State, "the key stands for the challenge, in whatever state")
	f.clock.Advance(23 * time.Hour)
	again, _ = f.start(key)
	assert.Equal(t, first.ID, again.ID)
	f.clock.Advance(time.Hour)
	again, _ = f.start(key)
	assert.NotEqual(t, first.ID, again.ID, "after 24 hours it is a new one")
}

func TestStartSupersedes(t *testing.T) {
	f := newFixture(t)
	first, code := f.start()
	anybody := by("another")
	other, _ := f.startBy(anybody)
	second, _ := f.start(func(q *otp.StartRequest) { q.Purpose, q.Scope = "museum", "detail" })
	assert.Equal(t, otp.Superseded, f.status(first.ID).State, "another purpose is no second place")
	s, err := f.Status(t.Context(), otp.Ref{Parties: anybody, ID: other.ID})
	require.NoError(t, err)
	assert.Equal(t, otp.Pending, s.State, "another operator's stays")
	assert.Equal(t, otp.Pending, f.status(second.ID).State)
	assert.ErrorIs(t, f.answer(first.ID, code), otp.ErrSuperseded)
	assert.NotEqual(t, second.Comparison, other.Comparison, "numbers of pending challenges differ")
}

func TestStartIDsDoNotShowThePerson(t *testing.T) {
	f := newFixture(t)
	a, _ := f.start()
	b, _ := f.start()
	common := 0
	for i := range a.ID {
		if a.ID[i] == b.ID[i] {
			common++
		}
	}
	assert.Less(t, common, 9, "two ids of one person have no more in common than chance gives")
}

func TestPerPersonLimits(t *testing.T) {
	f := newFixture(t)
	for i := range 3 {
		f.start(func(q *otp.StartRequest) { q.Operator.ID = otp.NewSecret(strings.Repeat("o", i+1)) })
		f.clock.Advance(time.Minute)
	}
	_, err := f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrRateLimited)
	assert.Equal(t, otp.LimitPending, refusal(err).Limit)
	assert.Equal(t, 7*time.Minute, refusal(err).RetryAfter, "when the first of the three ends")
	f.clock.Advance(7 * time.Minute)
	f.start()
	for range 6 {
		f.start()
	}
	_, err = f.Start(t.Context(), request(t))
	require.ErrorIs(t, err, otp.ErrRateLimited)
	assert.Equal(t, otp.LimitPerson, refusal(err).Limit)
	assert.Equal(t, 24*time.Hour-10*time.Minute, refusal(err).RetryAfter)
	f.clock.Advance(24*time.Hour - 10*time.Minute)
	f.start()
}

func TestRates(t *testing.T) {
	for name, c := range map[string]struct {
		limits otp.Limits
		change func(i int, q *otp.StartRequest)
		want   otp.Limit
		passes int
	}{
		"phone": {otp.Limits{Phone: []otp.Rate{{Count: 2, Per: time.Hour}}}, nil, otp.LimitPhone, 2},
		"claimed": {otp.Limits{Claimed: []otp.Rate{{Count: 2, Per: time.Hour}}},
			func(i int, q *otp.StartRequest) {
				q.Subject, q.Contacts[0].VerifiedAt = otp.NewSecret(strings.Repeat("s", i+1)), time.Time{}
			}, otp.LimitClaimed, 2},
		"claims": {otp.Limits{Claims: []otp.Rate{{Count: 2, Per: time.Hour}}},
			func(i int, q *otp.StartRequest) {
				q.Contacts[0] = sms(t, phone[:len(phone)-1]+strconv.Itoa(i))
				q.Contacts[0].VerifiedAt = time.Time{}
			}, otp.LimitClaims, 2},
		"operator, burst": {otp.Limits{Operator: []otp.Rate{{Count: 30, Per: time.Hour, Burst: 3}}},
			func(i int, q *otp.StartRequest) { q.Subject = otp.NewSecret(strings.Repeat("s", i+1)) },
			otp.LimitOperator, 3},
		"people": {otp.Limits{People: []otp.Rate{{Count: 2, Per: time.Hour}}},
			func(i int, q *otp.StartRequest) { q.Subject = otp.NewSecret(strings.Repeat("s", i/2+1)) },
			otp.LimitPeople, 4},
		"organisation": {otp.Limits{Organisation: []otp.Rate{{Count: 2, Per: time.Hour}}},
			func(i int, q *otp.StartRequest) { q.Operator.ID = otp.NewSecret(strings.Repeat("o", i+1)) },
			otp.LimitOrganisation, 2},
		"tenant": {otp.Limits{Tenant: []otp.Rate{{Count: 2, Per: time.Hour}}}, nil, otp.LimitTenant, 2},
		"source, IPv6 network": {otp.Limits{Source: []otp.Rate{{Count: 2, Per: time.Hour}}},
			func(i int, q *otp.StartRequest) {
				q.Source = netip.MustParseAddr([]string{"2001:db8::1", "2001:db8::ffff:1", "2001:db8::2"}[i])
			}, otp.LimitSource, 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(cfg *otp.Config) {
				l := otptest.Unlimited()
				cfg.Policy.Limits, cfg.Policy.AllowUnverified = c.limits, true
				for _, p := range []struct{ field, none *[]otp.Rate }{{&cfg.Policy.Limits.Phone, &l.Phone},
					{&cfg.Policy.Limits.Claimed, &l.Claimed}, {&cfg.Policy.Limits.Claims, &l.Claims},
					{&cfg.Policy.Limits.Operator, &l.Operator}, {&cfg.Policy.Limits.People, &l.People},
					{&cfg.Policy.Limits.Organisation, &l.Organisation},
					{&cfg.Policy.Limits.Tenant, &l.Tenant}, {&cfg.Policy.Limits.Source, &l.Source}} {
					if *p.field == nil {
						*p.field = *p.none
					}
				}
			})
			for i := range c.passes + 1 {
				q := request(t)
				if c.change != nil {
					c.change(i, &q)
				}
				_, err := f.Start(t.Context(), q)
				if i < c.passes {
					require.NoError(t, err, i)
					continue
				}
				require.ErrorIs(t, err, otp.ErrRateLimited)
				assert.Equal(t, c.want, refusal(err).Limit)
				assert.Positive(t, refusal(err).RetryAfter)
				assert.Contains(t, f.events.kinds(), otp.EventLimited)
			}
		})
	}
}

func TestRisk(t *testing.T) {
	swapped := errors.New("number was ported today")
	asked := 0
	f := newFixture(t, func(c *otp.Config) {
		c.Risk = func(_ context.Context, q otp.StartRequest, to otp.Contact) error {
			asked++
			if to.Phone.Reveal() == otherPhone {
				return swapped
			}
			return nil
		}
	})
	f.start(func(q *otp.StartRequest) { q.IdempotencyKey = "k" })
	f.start(func(q *otp.StartRequest) { q.IdempotencyKey = "k" })
	assert.Equal(t, 1, asked, "a repeated start asks nothing")
	q := request(t)
	q.Contacts = []otp.Contact{sms(t, otherPhone)}
	_, err := f.Start(t.Context(), q)
	require.ErrorIs(t, err, otp.ErrRefused)
	require.ErrorIs(t, err, swapped)
	assert.NotContains(t, err.Error(), "ported",
		"what the function said is for the program, not for the text")
	assert.Len(t, f.sent.Messages(), 1)
}
