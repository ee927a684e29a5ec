package registry_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const today status.Date = 20261101

// history contains everything that could depend on the order: a worsening, a suspension that
// is annulled, a revocation, and a verbale that was provisional first.
func history() []status.Verbale {
	events := []status.Verbale{
		judgement("A/1", 20150101, 40), judgement("A/2", 20180101, 60), judgement("A/3", 20210101, 80),
		{ID: "A/4", Domain: status.CivilInvalidity, Kind: status.KindSuspension, Decision: 20220101,
			Effect: 20220101, Definitive: true},
		{ID: "A/5", Domain: status.CivilInvalidity, Kind: status.KindAutotutela, Decision: 20220201,
			Effect: 20220201, Definitive: true, Annuls: "A/4"},
		judgement("A/6", 20230101, 90), judgement("A/6", 20230101, 90),
	}
	events[5].Definitive = false
	return events
}

func TestEventsInAnyOrder(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		p.Verbali = nil
		want, err := status.Current(history(), p.Birth, today)
		require.NoError(t, err)
		people := []string{"mario", "carlo", "marco", "paolo"}
		for i, id := range people {
			p.CF, p.Birth = persona(id).CF, persona(id).Birth
			require.NoError(t, r.Put(t.Context(), p))
			events := history()
			if i > 0 {
				rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			}
			for _, v := range append(events, events...) { // each of them twice
				require.NoError(t, r.AddVerbale(t.Context(), p.CF, v))
			}
			got, err := status.Lookup(t.Context(), r, p.CF, today)
			require.NoError(t, err)
			want.Birth = p.Birth
			assert.True(t, reflect.DeepEqual(got, want), "%s: another status", id)

			recorded, err := r.Events(t.Context(), p.CF)
			require.NoError(t, err)
			var log []status.Verbale
			for _, e := range recorded {
				log = append(log, e.Verbale)
				assert.WithinDuration(t, time.Now(), e.Recorded, time.Hour)
			}
			assert.True(t, slices.EqualFunc(events, log, status.Verbale.Equal),
				"%s: the log is not what arrived, once each", id)
		}
	})
}

func TestAddVerbaleRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		good := judgement("B/1", 20240101, 80)
		assert.ErrorIs(t, r.AddVerbale(t.Context(), p.CF, good), registry.ErrUnknown)
		require.NoError(t, r.Put(t.Context(), p))
		require.NoError(t, r.AddVerbale(t.Context(), p.CF, good))

		other, early, broken := good, good, good
		other.Outcome.Percent = 81
		early.ID, early.Decision, early.Effect = "B/2", p.Birth-10000, p.Birth-10000
		broken.ID, broken.Outcome.Percent = "B/3", 20
		itself := status.Verbale{ID: "B/4", Domain: status.CivilInvalidity, Kind: status.KindAutotutela,
			Decision: 20240101, Effect: 20240101, Definitive: true, Annuls: "B/4"}
		for name, v := range map[string]status.Verbale{"an ID that is taken": other,
			"before the birth": early, "outside its band": broken, "annuls itself": itself} {
			assert.Error(t, r.AddVerbale(t.Context(), p.CF, v), name)
		}
		events, err := r.Events(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Len(t, events, 2, "what was refused left something behind")
		_, err = status.Lookup(t.Context(), r, p.CF, today)
		assert.NoError(t, err)
	})
}

func TestPutIsAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		var people []registry.Person
		for _, id := range []string{"mario", "carlo", "klara", "mario"} {
			p := persona(id)
			people = append(people, registry.Person{CF: p.CF, Birth: p.Birth, Given: p.Given,
				Family: p.Family, Verbali: p.Verbali})
		}
		bad := slices.Clone(people)
		bad[2].Birth = 19920431
		var refused *registry.PutError
		require.ErrorAs(t, r.Put(t.Context(), bad...), &refused)
		assert.Equal(t, 2, refused.Index)
		bad = slices.Clone(people)
		// The ID is that of the first person's verbale.
		bad[3].Verbali = []status.Verbale{judgement("IC/2021/0101", 20220101, 99)}
		require.ErrorAs(t, r.Put(t.Context(), bad...), &refused)
		assert.Equal(t, 3, refused.Index)
		assert.ErrorIs(t, refused, status.ErrConflict)
		for _, p := range people {
			_, err := r.Person(t.Context(), p.CF)
			assert.ErrorIs(t, err, registry.ErrUnknown)
		}

		for range 2 {
			require.NoError(t, r.Put(t.Context(), people...))
			for _, p := range people {
				back, err := r.Person(t.Context(), p.CF)
				require.NoError(t, err)
				assert.Equal(t, p, back)
				events, err := r.Events(t.Context(), p.CF)
				require.NoError(t, err)
				assert.Len(t, events, len(p.Verbali))
			}
		}
	})
}

func TestPutManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		people := people(300)
		require.NoError(t, r.Put(t.Context(), people...))
		for _, p := range people {
			back, err := r.Person(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, p, back)
		}
	})
}

func TestCutOffNeverGoesBack(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		cut, err := r.VoidBefore(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Zero(t, cut)

		noon := time.Date(2026, 5, 1, 12, 0, 0, 999, time.UTC)
		second := noon.Truncate(time.Second)
		for _, step := range []struct{ at, want time.Time }{
			{noon, second}, {noon.Add(-time.Hour), second}, {time.Time{}, second},
			{noon.Add(time.Hour), second.Add(time.Hour)},
		} {
			got, err := r.Void(t.Context(), p.CF, step.at)
			require.NoError(t, err)
			assert.Equal(t, step.want, got)
			got, err = r.VoidBefore(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, step.want, got)
		}
		_, err = r.Person(t.Context(), p.CF)
		assert.ErrorIs(t, err, registry.ErrUnknown, "a cut-off alone makes nobody known")

		p.VoidBefore = noon // the feed knows less
		require.NoError(t, r.Put(t.Context(), p))
		got, err := r.VoidBefore(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Equal(t, second.Add(time.Hour), got)
	})
}

func TestTwoWriters(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		writers := []*registry.Registry{open(t, dsn), open(t, dsn)} // as in two processes
		people := people(40)
		const rounds = 10
		var wg sync.WaitGroup
		for w, r := range writers {
			for range 2 {
				wg.Go(func() { assert.NoError(t, r.Put(t.Context(), people...)) })
			}
			wg.Go(func() {
				backwards := slices.Clone(people)
				slices.Reverse(backwards)
				assert.NoError(t, r.Put(t.Context(), backwards...))
				for i := range rounds {
					id := fmt.Sprintf("C/%d/%d", w, i)
					assert.NoError(t, r.AddVerbale(t.Context(), people[0].CF,
						judgement(id, 20250101+status.Date(i), 70+i)))
					_, err := r.Void(t.Context(), people[0].CF, time.Unix(int64(1000*i+w), 0))
					assert.NoError(t, err)
				}
			})
		}
		wg.Wait()
		p, err := writers[0].Person(t.Context(), people[0].CF)
		require.NoError(t, err)
		assert.Len(t, p.Verbali, 2+2*rounds)
		assert.Equal(t, int64(1000*(rounds-1)+1), p.VoidBefore.Unix())
		events, err := writers[1].Events(t.Context(), people[0].CF)
		require.NoError(t, err)
		assert.Len(t, events, 2+2*rounds)
		for _, p := range people[1:] {
			back, err := writers[1].Person(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Equal(t, p, back)
		}
	})
}

func TestContacts(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		p := mario()
		assert.Empty(t, reached(t, r, p.CF))

		verified := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		p.Contacts = registry.Contacts{
			Phones: []registry.Phone{{Channel: otp.Voice, Number: phone(t, "+39069876543")},
				{Channel: otp.SMS, Number: phone(t, "+393510000101")}},
			Email:    "mario.rossi@example.it",
			Language: status.Slovene,
			Verified: verified,
		}
		require.NoError(t, r.Put(t.Context(), p))
		assert.Equal(t, []string{"voice +39069876543 1772352000", "sms +393510000101 1772352000"},
			reached(t, r, p.CF))
		back, err := r.Person(t.Context(), p.CF)
		require.NoError(t, err)
		assert.Equal(t, p.Contacts.Email, back.Contacts.Email)
		assert.Equal(t, p.Contacts.Language, back.Contacts.Language)
		assert.Equal(t, verified, back.Contacts.Verified)

		// The person changes the number. The feed still has the old one.
		changed := registry.Contacts{Phones: []registry.Phone{
			{Channel: otp.SMS, Number: phone(t, "+393510000202")}}, Verified: verified.Add(time.Hour)}
		require.NoError(t, r.SetContacts(t.Context(), p.CF, changed))
		require.NoError(t, r.Put(t.Context(), p))
		assert.Equal(t, []string{"sms +393510000202 1772355600"}, reached(t, r, p.CF))
		p.Contacts.Verified = verified.Add(2 * time.Hour)
		require.NoError(t, r.Put(t.Context(), p))
		assert.Len(t, reached(t, r, p.CF), 2)

		require.NoError(t, r.SetContacts(t.Context(), p.CF, registry.Contacts{}))
		assert.Empty(t, reached(t, r, p.CF))
	})
}

// reached returns the contacts in a comparable form.
func reached(t *testing.T, r *registry.Registry, cf codicefiscale.Code) (out []string) {
	contacts, err := r.Contacts(t.Context(), cf)
	require.NoError(t, err)
	for _, c := range contacts {
		out = append(out, fmt.Sprint(c.Channel, " ", c.Phone.Reveal(), " ", c.VerifiedAt.Unix()))
	}
	return out
}

func TestContactsAreChecked(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	number := registry.Phone{Channel: otp.SMS, Number: phone(t, "+393510000101")}
	assert.NoError(t, r.SetContacts(t.Context(), mario().CF,
		registry.Contacts{Phones: slices.Repeat([]registry.Phone{number}, 4)}), "as many as there may be")
	for name, c := range map[string]registry.Contacts{
		"no number":            {Phones: []registry.Phone{{Channel: otp.SMS}}},
		"a list":               {Phones: []registry.Phone{{Channel: otp.List, Number: number.Number}}},
		"too many":             {Phones: slices.Repeat([]registry.Phone{number}, 5)},
		"no such language":     {Language: "xx"},
		"no address":           {Email: "mario"},
		"two addresses":        {Email: "a@example.it,b@example.it"},
		"a header in the mail": {Email: "a@example.it\r\nBcc: b@example.it"},
	} {
		t.Run(name, func(t *testing.T) { assert.Error(t, r.SetContacts(t.Context(), mario().CF, c)) })
	}
}
