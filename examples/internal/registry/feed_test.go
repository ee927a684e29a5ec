package registry_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
)

func inail(percent int) status.Title {
	return status.Title{Kind: status.TitleINAIL, Percent: percent, Held: true, Decision: 20190301,
		Effect: 20190101}
}

// What a line does not say stays as it is. What it takes back is removed.
func TestWhatIsNotSaidStays(t *testing.T) {
	verified := time.Date(2026, 1, 12, 12, 0, 0, 0, time.UTC)
	each(t, func(t *testing.T, r *registry.Registry) {
		full := mario()
		full.Titles = []status.Title{inail(40)}
		full.Died, full.Complete, full.Elsewhere, full.VoidBefore = 20260101, true, true, verified
		full.Contacts = registry.Contacts{Email: "mario@example.it", Language: status.German,
			Verified: verified, Phones: []registry.Phone{
				{Channel: otp.SMS, Number: phone(t, "+393510000101")},
				{Channel: otp.Voice, Number: phone(t, "+39069876543")},
			}}
		require.NoError(t, r.Put(t.Context(), full))
		known := func() (p registry.Person, phones []string) {
			t.Helper()
			p, err := r.Person(t.Context(), full.CF)
			require.NoError(t, err)
			for _, n := range p.Contacts.Phones { // phones are not comparable
				phones = append(phones, string(n.Channel)+n.Number.Reveal())
			}
			p.Contacts.Phones = nil
			return p, phones
		}
		want, phones := known()
		same := func(name string) {
			t.Helper()
			p, n := known()
			assert.Equal(t, want, p, name)
			assert.Equal(t, phones, n, name)
		}
		for name, p := range map[string]registry.Person{
			"the code alone":          {CF: full.CF},
			"one name":                {CF: full.CF, Given: full.Given},
			"the birth":               {CF: full.CF, Birth: full.Birth},
			"a verbale that is known": {CF: full.CF, Verbali: full.Verbali[:1]},
			"a title that is known":   {CF: full.CF, Titles: full.Titles},
			"a language": {CF: full.CF,
				Contacts: registry.Contacts{Language: status.German, Verified: verified}},
			"a day without a number": {CF: full.CF,
				Contacts: registry.Contacts{Verified: verified.AddDate(0, 1, 0)}},
			"a number verified before": {CF: full.CF,
				Contacts: registry.Contacts{Phones: []registry.Phone{{otp.SMS, phone(t, "+393510000199")}}}},
			"taking back before the last": {CF: full.CF,
				Not: registry.Not{SMS: true, Voice: true, Email: true}},
			"one of the numbers, later": {CF: full.CF, Contacts: registry.Contacts{
				Phones: full.Contacts.Phones[:1], Verified: verified.AddDate(0, 1, 0)}},
		} {
			require.NoError(t, r.Put(t.Context(), p), name)
			same(name)
		}
		_, err := r.Lookup(t.Context(), full.CF)
		assert.ErrorIs(t, err, status.ErrNoStatus, "the dead came back")

		// A line without a birth does not undo a rectified one, although the code gives another.
		require.NoError(t, r.Put(t.Context(), registry.Person{CF: full.CF, Birth: 19800103},
			registry.Person{CF: full.CF}))
		want.Birth = 19800103
		same("birth")

		back := registry.Person{CF: full.CF, Contacts: registry.Contacts{Verified: verified},
			Not: registry.Not{Died: true, Complete: true, Elsewhere: true, SMS: true, Email: true}}
		require.NoError(t, r.Put(t.Context(), back))
		want.Died, want.Complete, want.Elsewhere = 0, false, false
		want.Contacts.Email, phones = "", phones[1:]
		same("taken back")
		_, err = r.Lookup(t.Context(), full.CF)
		assert.NoError(t, err)
	})
}

// A new number does not verify the one beside it, nor the reverse.
func TestNumbersOfTwoDays(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		p.Contacts.Phones = []registry.Phone{{otp.Voice, phone(t, "+39069876543")}}
		require.NoError(t, r.Put(t.Context(), p))
		p.Contacts.Phones = []registry.Phone{{otp.SMS, phone(t, "+393510000101")}}
		p.Contacts.Verified = time.Date(2026, 1, 12, 12, 0, 0, 0, time.UTC)
		require.NoError(t, r.Put(t.Context(), p))
		contacts, err := r.Contacts(t.Context(), p.CF)
		require.NoError(t, err)
		require.Len(t, contacts, 2)
		for _, c := range contacts {
			assert.True(t, c.VerifiedAt.IsZero())
		}
	})
}

// Each channel and the address are replaced, kept or taken back on their own. The day of the remaining
// numbers is the earlier one.
func TestContactsOfAFeed(t *testing.T) {
	const early, late = 1700000000, 1800000000
	numbers := map[string]registry.Phone{"mobile": {otp.SMS, phone(t, "+393510000101")},
		"other": {otp.SMS, phone(t, "+393510000102")}, "third": {otp.SMS, phone(t, "+393510000103")},
		"landline": {otp.Voice, phone(t, "+39069876543")}, "office": {otp.Voice, phone(t, "+39069876544")}}
	contacts := func(verified int64, email string, names ...string) registry.Contacts {
		c := registry.Contacts{Email: email}
		if verified != 0 {
			c.Verified = time.Unix(verified, 0).UTC()
		}
		for _, name := range names {
			c.Phones = append(c.Phones, numbers[name])
		}
		return c
	}
	sms, voice, email := registry.Not{SMS: true}, registry.Not{Voice: true}, registry.Not{Email: true}
	for name, tt := range map[string]struct {
		known, feed registry.Contacts
		not         registry.Not
		want        registry.Contacts
	}{
		"the first": {contacts(0, ""), contacts(late, "a@b.it", "mobile"), registry.Not{},
			contacts(late, "a@b.it", "mobile")},
		"an older one": {contacts(late, "a@b.it", "mobile"), contacts(early, "c@d.it", "other"),
			registry.Not{}, contacts(late, "a@b.it", "mobile")},
		"of the same day": {contacts(late, "a@b.it", "mobile"), contacts(late, "c@d.it", "other"),
			registry.Not{}, contacts(late, "c@d.it", "other")},
		"another mobile number keeps the address": {contacts(early, "a@b.it", "mobile"),
			contacts(late, "", "other"), registry.Not{}, contacts(late, "a@b.it", "other")},
		"another mobile number keeps the landline and its day": {contacts(early, "", "landline", "mobile"),
			contacts(late, "", "other"), registry.Not{}, contacts(early, "", "landline", "other")},
		"the order is that of before": {contacts(early, "", "mobile", "landline"),
			contacts(late, "", "office"), registry.Not{}, contacts(early, "", "mobile", "office")},
		"two for one": {contacts(early, "", "mobile", "landline"), contacts(late, "", "other", "third"),
			registry.Not{}, contacts(early, "", "other", "third", "landline")},
		"an address alone": {contacts(early, "", "mobile"), contacts(late, "a@b.it"), registry.Not{},
			contacts(early, "a@b.it", "mobile")},
		"an address to nothing": {contacts(early, ""), contacts(late, "a@b.it"), registry.Not{},
			contacts(late, "a@b.it")},
		"the mobile number is gone": {contacts(early, "a@b.it", "mobile", "landline"), contacts(late, ""),
			sms,
			contacts(early, "a@b.it", "landline")},
		"the landline is gone": {contacts(early, "a@b.it", "mobile", "landline"), contacts(late, ""), voice,
			contacts(early, "a@b.it", "mobile")},
		"the address is gone": {contacts(early, "a@b.it", "mobile"), contacts(late, ""), email,
			contacts(early, "", "mobile")},
		"the address was replaced": {contacts(early, "a@b.it", "mobile"), contacts(late, "c@d.it"), email,
			contacts(early, "c@d.it", "mobile")},
		"gone, but known later": {contacts(late, "a@b.it", "mobile", "landline"), contacts(early, ""),
			registry.Not{SMS: true, Voice: true, Email: true},
			contacts(late, "a@b.it", "mobile", "landline")},
		"both numbers are gone": {contacts(early, "", "mobile", "landline"), contacts(late, ""),
			registry.Not{SMS: true, Voice: true}, contacts(early, "")},
		"one gone, one new": {contacts(early, "", "mobile", "landline"), contacts(late, "", "office"), sms,
			contacts(late, "", "office")},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, databasetest.SQLite(t))
			p := mario()
			p.Contacts = tt.known
			require.NoError(t, r.Put(t.Context(), p))
			require.NoError(t, r.Put(t.Context(), registry.Person{CF: p.CF, Contacts: tt.feed, Not: tt.not}))
			got, err := r.Person(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, spelt(tt.want), spelt(got.Contacts))
		})
	}
}

// spelt returns the contacts in a comparable form; phones are not comparable.
func spelt(c registry.Contacts) []string {
	out := []string{c.Email, c.Verified.String()}
	for _, p := range c.Phones {
		out = append(out, string(p.Channel)+" "+p.Number.Reveal())
	}
	return out
}

// The highest version counts, whatever the order and number of arrivals. All versions are
// kept.
func TestVersions(t *testing.T) {
	first, second, third := judgement("V/1", 20200101, 40), judgement("V/1", 20200101, 80),
		judgement("V/1", 20200101, 80)
	second.Version, third.Version, third.Kind, third.Outcome = 2, 3, status.KindWithdrawn, status.Outcome{}
	draft := judgement("V/2", 20210101, 50)
	draft.Definitive = false
	final := judgement("V/2", 20210101, 55)
	short := judgement("V/3", 20220101, 70)
	long := short
	long.Number, long.Body, long.Revision = "7/B", "Commissione di Prova", 20300101
	provisional := status.Verbale{ID: "H/1", Domain: status.Law104, Kind: status.KindFirst,
		Decision: 20230101, Effect: 20230101,
		EffectiveNow: true, Until: 20240101, Outcome: status.Outcome{Degree: status.DegreeLaw104C3}}
	filed := status.Verbale{ID: "D/1", Domain: status.Law68, Kind: status.KindApplication, Decision: 20240101,
		Effect: 20240101}

	events := []status.Verbale{first, second, third, draft, final, short, long, provisional, filed}
	want := []status.Verbale{third, final, long, provisional, filed}
	each(t, func(t *testing.T, r *registry.Registry) {
		for _, id := range []string{"mario", "carlo", "marco", "paolo"} {
			p := registry.Person{CF: persona(id).CF, Birth: persona(id).Birth}
			require.NoError(t, r.Put(t.Context(), p))
			rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			for _, v := range append(events, events...) {
				require.NoError(t, r.AddVerbale(t.Context(), p.CF, v))
			}
			p.Verbali = events
			require.NoError(t, r.Put(t.Context(), p))
			record, err := r.Lookup(t.Context(), p.CF)
			require.NoError(t, err)
			require.Len(t, record.Verbali, len(want))
			for _, v := range want {
				assert.Condition(t, func() bool {
					for _, held := range record.Verbali {
						if held.Equal(v) {
							return true
						}
					}
					return false
				}, v.ID)
			}
			log, err := r.Events(t.Context(), p.CF)
			require.NoError(t, err)
			assert.LessOrEqual(t, len(log), len(events))
			assert.GreaterOrEqual(t, len(log), len(events)-1,
				"what says less than what is there need not be kept")

			other := first
			other.Version, other.Outcome.Percent = 3, 41
			assert.ErrorIs(t, r.AddVerbale(t.Context(), p.CF, other), status.ErrConflict)
		}
	})
}

func TestTitles(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		p.Verbali, p.Titles = nil, []status.Title{inail(40)}
		assert.ErrorIs(t, r.AddTitle(t.Context(), p.CF, inail(40)), registry.ErrUnknown)
		require.NoError(t, r.Put(t.Context(), p))
		war := status.Title{Kind: status.TitleWar, Grade: 3, Held: true, Decision: 20180101, Effect: 20180101}
		for _, title := range []status.Title{inail(45), war, war} {
			require.NoError(t, r.AddTitle(t.Context(), p.CF, title))
		}
		assert.Error(t, r.AddTitle(t.Context(), p.CF,
			status.Title{Kind: "other", Decision: 20180101, Effect: 20180101}))
		record, err := r.Lookup(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Equal(t, []status.Title{inail(45), war}, record.Titles)
		log, err := r.Events(t.Context(), p.CF)
		require.NoError(t, err)
		require.Len(t, log, 3, "the title that was replaced is kept")
		assert.Equal(t, inail(40), *log[0].Title)

		p.Elsewhere, p.Titles = true, nil
		require.NoError(t, r.Put(t.Context(), p))
		_, err = r.Lookup(t.Context(), p.CF)
		assert.ErrorIs(t, err, status.ErrClassNotHeld, "a title changes nothing")
	})
}

// A title replaces that of the same kind, decision and effect, and no other.
func TestTitlesAreOfAnAct(t *testing.T) {
	known := inail(40)
	act := func(change func(*status.Title)) status.Title {
		title := inail(50)
		change(&title)
		return title
	}
	for name, tt := range map[string]struct {
		title    status.Title
		replaces bool
	}{
		"the same act":     {act(func(*status.Title) {}), true},
		"another decision": {act(func(t *status.Title) { t.Decision++ }), false},
		"another effect":   {act(func(t *status.Title) { t.Effect++ }), false},
		"another kind": {act(func(t *status.Title) {
			t.Kind, t.Percent, t.Grade = status.TitleWar, 0, 3
		}), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, databasetest.SQLite(t))
			p := mario()
			p.Titles = []status.Title{known}
			require.NoError(t, r.Put(t.Context(), p))
			for range 2 { // the second time there is nothing to record
				require.NoError(t, r.AddTitle(t.Context(), p.CF, tt.title))
			}
			want := []status.Title{known, tt.title}
			if tt.replaces {
				want = want[1:]
			}
			got, err := r.Lookup(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, want, got.Titles)
			events, err := r.Events(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Len(t, events, len(p.Verbali)+2)
		})
	}
}

// Titles that come again and again, of acts that differ, have an end.
func TestTooManyTitles(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	p := mario()
	for i := range status.MaxTitles {
		title := inail(40)
		title.Effect += status.Date(i%28 + i/28*100)
		p.Titles = append(p.Titles, title)
	}
	require.NoError(t, r.Put(t.Context(), p))
	more := inail(40)
	more.Decision++
	assert.ErrorIs(t, r.AddTitle(t.Context(), p.CF, more), status.ErrHistoryLength)
	p.Titles[0].Percent = 50
	assert.NoError(t, r.AddTitle(t.Context(), p.CF, p.Titles[0]), "one in place of another")
	got, err := r.Lookup(t.Context(), p.CF)
	require.NoError(t, err)
	assert.Len(t, got.Titles, status.MaxTitles)
}

// Nobody dies before the birth, whichever of the two arrives first.
func TestDeathAndBirth(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := registry.Person{CF: mario().CF, Birth: 19800101, Died: 19800101}
		require.NoError(t, r.Put(t.Context(), p))
		assert.ErrorContains(t, r.Put(t.Context(), registry.Person{CF: p.CF, Birth: 19800102}), "died")
		assert.NoError(t, r.Put(t.Context(), registry.Person{CF: p.CF, Birth: 19791231}))
		assert.ErrorContains(t, r.Put(t.Context(), registry.Person{CF: p.CF, Died: 19791230}), "died")
	})
}
