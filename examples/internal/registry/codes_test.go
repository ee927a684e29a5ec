package registry_test

import (
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

func code(t testing.TB, s string) codicefiscale.Code {
	t.Helper()
	parse := codicefiscale.Parse
	if len(s) == 11 {
		parse = codicefiscale.ParseProvisional
	}
	cf, err := parse(s)
	require.NoError(t, err)
	return cf
}

// codes returns three successive codes of one person.
func codes(t testing.TB) (a, b, c codicefiscale.Code) {
	return code(t, "12345671510"), code(t, "RSSMRA80A01H501U"), code(t, "RSSMRA80A01H50MM")
}

func gone(t *testing.T, r *registry.Registry, old codicefiscale.Code) {
	t.Helper()
	_, err := r.Lookup(t.Context(), old)
	assert.ErrorIs(t, err, status.ErrNoStatus)
	_, err = r.Person(t.Context(), old)
	assert.ErrorIs(t, err, registry.ErrReplaced)
	events, err := r.Events(t.Context(), old)
	assert.NoError(t, err)
	assert.Empty(t, events)
	contacts, err := r.Contacts(t.Context(), old)
	assert.NoError(t, err)
	assert.Empty(t, contacts)
	acts, err := r.Acts(t.Context(), old)
	assert.NoError(t, err)
	assert.Empty(t, acts)
	p := mario()
	p.CF = old
	for name, err := range map[string]error{
		"put": r.Put(t.Context(), p), "verbale": r.AddVerbale(t.Context(), old, p.Verbali[0]),
		"title":    r.AddTitle(t.Context(), old, inail(40)),
		"contacts": r.SetContacts(t.Context(), old, registry.Contacts{Email: "a@b.it"}),
		"guardian": r.Delegate(t.Context(), registry.Delegation{Guardian: old, Ward: persona("carlo").CF,
			Kind: registry.Guardianship}),
		"ward": r.Delegate(t.Context(), registry.Delegation{Guardian: persona("carlo").CF, Ward: old,
			Kind: registry.Guardianship}),
	} {
		assert.ErrorIs(t, err, registry.ErrReplaced, name)
	}
	_, err = r.Void(t.Context(), old, time.Now())
	assert.ErrorIs(t, err, registry.ErrReplaced)
}

func TestChangeCode(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, c := codes(t)
		carlo, giulia := persona("carlo"), persona("giulia")
		p := mario()
		p.CF, p.Died, p.Titles = a, 0, []status.Title{inail(40)}
		p.VoidBefore = time.Unix(1700000000, 0).UTC()
		p.Contacts = registry.Contacts{Email: "mario@example.it", Language: status.German,
			Verified: time.Unix(1700000000, 0).UTC()}
		require.NoError(t, r.Put(t.Context(), p,
			registry.Person{CF: carlo.CF, Birth: carlo.Birth},
			registry.Person{CF: giulia.CF, Birth: giulia.Birth}))
		for _, d := range []registry.Delegation{{Guardian: a, Ward: giulia.CF, Kind: registry.Minor},
			{Guardian: carlo.CF, Ward: a, Kind: registry.Guardianship}} {
			require.NoError(t, r.Delegate(t.Context(), d))
		}
		require.NoError(t, r.TraceAct(t.Context(),
			registry.Act{At: time.Now(), Guardian: carlo.CF, Name: "Carlo", Ward: a, What: "download"}))
		require.NoError(t, r.TraceAct(t.Context(),
			registry.Act{At: time.Now(), Guardian: a, Name: "Mario", Ward: a, What: "contacts"}))

		assert.ErrorIs(t, r.ChangeCode(t.Context(), c, b), registry.ErrUnknown)
		assert.ErrorIs(t, r.ChangeCode(t.Context(), a, a), registry.ErrSameCode)
		assert.ErrorIs(t, r.ChangeCode(t.Context(), codicefiscale.Code{}, b), registry.ErrUnknown)
		assert.ErrorIs(t, r.ChangeCode(t.Context(), a, codicefiscale.Code{}), registry.ErrUnknown)
		for i, step := range [][2]codicefiscale.Code{{a, b}, {a, b}, {b, c}, {b, c}, {a, b}, {a, c}} {
			require.NoError(t, r.ChangeCode(t.Context(), step[0], step[1]), "step %d", i)
		}
		for name, step := range map[string][2]codicefiscale.Code{
			"back": {b, a}, "a circle": {c, a}, "another successor": {a, carlo.CF},
			"of the first": {b, carlo.CF}, "to an old one": {carlo.CF, b},
		} {
			assert.ErrorIs(t, r.ChangeCode(t.Context(), step[0], step[1]), registry.ErrReplaced, name)
		}
		gone(t, r, a)
		gone(t, r, b)

		p.CF = c
		back, err := r.Person(t.Context(), c)
		require.NoError(t, err)
		assert.Equal(t, p, back)
		earlier, replaced, err := r.Codes(t.Context(), c)
		require.NoError(t, err)
		assert.False(t, replaced)
		assert.Equal(t, []codicefiscale.Code{a, b}, earlier)
		for _, old := range []codicefiscale.Code{a, b} {
			earlier, replaced, err = r.Codes(t.Context(), old)
			require.NoError(t, err)
			assert.True(t, replaced)
			assert.Empty(t, earlier)
		}
		earlier, replaced, err = r.Codes(t.Context(), persona("marco").CF)
		assert.NoError(t, err)
		assert.False(t, replaced)
		assert.Empty(t, earlier)

		cut, err := r.VoidBefore(t.Context(), c)
		require.NoError(t, err)
		assert.Equal(t, p.VoidBefore, cut)
		events, err := r.Events(t.Context(), c)
		require.NoError(t, err)
		assert.Len(t, events, len(p.Verbali)+1)
		acts, err := r.Acts(t.Context(), c)
		require.NoError(t, err)
		require.Len(t, acts, 2)
		assert.Equal(t, c, acts[0].Guardian, "what the person did is the person's")
		assert.Equal(t, carlo.CF, acts[1].Guardian)
		_, err = r.MayActFor(t.Context(), c, giulia.CF, today)
		assert.NoError(t, err)
		_, err = r.MayActFor(t.Context(), carlo.CF, c, today)
		assert.NoError(t, err)
		_, err = r.MayActFor(t.Context(), carlo.CF, a, today)
		assert.ErrorIs(t, err, registry.ErrNotDelegated)
		_, err = r.MayActFor(t.Context(), a, giulia.CF, today)
		assert.ErrorIs(t, err, registry.ErrNotDelegated)
	})
}

// Two codes that both have a history turn out to be one person's.
func TestChangeCodeOfTwoHistories(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, _ := codes(t)
		old, new := mario(), mario()
		old.CF, old.Verbali, old.Titles, old.Complete = a, []status.Verbale{judgement("A/1", 20150101, 40)},
			[]status.Title{inail(40)}, true
		old.Contacts = registry.Contacts{Phones: []registry.Phone{{otp.SMS, phone(t, "+393510000101")}},
			Verified: time.Unix(1800000000, 0)}
		new.CF, new.Verbali, new.Family = b, []status.Verbale{judgement("B/1", 20200101, 80)}, "Verdi"
		new.Contacts = registry.Contacts{Phones: []registry.Phone{{otp.SMS, phone(t, "+393510000102")}},
			Verified: time.Unix(1700000000, 0)}
		require.NoError(t, r.Put(t.Context(), old, new))
		require.NoError(t, r.Delegate(t.Context(),
			registry.Delegation{Guardian: a, Ward: b, Kind: registry.Guardianship}))
		_, err := r.Void(t.Context(), a, time.Unix(1790000000, 0))
		require.NoError(t, err)
		require.NoError(t, r.ChangeCode(t.Context(), a, b))

		p, err := r.Person(t.Context(), b)
		require.NoError(t, err)
		assert.Len(t, p.Verbali, 2)
		assert.Len(t, p.Titles, 1)
		assert.Equal(t, "Verdi", p.Family)
		assert.False(t, p.Complete, "the one said to be complete missed what the other has")
		assert.Equal(t, "+393510000101", p.Contacts.Phones[0].Number.Reveal(),
			"the number that was verified later")
		assert.Equal(t, time.Unix(1790000000, 0).UTC(), p.VoidBefore)
		s, err := status.Lookup(t.Context(), r, b, today)
		require.NoError(t, err)
		assert.Equal(t, 80, s.In(status.CivilInvalidity).Percent)
		wards, err := r.Wards(t.Context(), b, today)
		require.NoError(t, err)
		assert.Empty(t, wards, "nobody acts for themselves")

		// Histories that contradict each other stay separate.
		c := code(t, "RSSMRA80A01H50MM")
		other := mario()
		other.CF, other.Verbali = c, []status.Verbale{judgement("B/1", 20200101, 90)}
		require.NoError(t, r.Put(t.Context(), other))
		assert.ErrorIs(t, r.ChangeCode(t.Context(), c, b), status.ErrConflict)
		_, err = r.Person(t.Context(), c)
		assert.NoError(t, err)
	})
}

func TestPutMovesACode(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, c := codes(t)
		p := mario()
		p.CF = a
		require.NoError(t, r.Put(t.Context(), p))
		require.NoError(t, r.Put(t.Context(), registry.Person{CF: b, Previous: a},
			registry.Person{CF: c, Previous: b, Given: "Maria"}))
		require.NoError(t, r.Put(t.Context(), registry.Person{CF: c, Previous: b, Given: "Maria"}))
		back, err := r.Person(t.Context(), c)
		require.NoError(t, err)
		assert.Equal(t, "Maria", back.Given)
		assert.Equal(t, p.Verbali, back.Verbali)
		var refused *registry.PutError
		require.ErrorAs(t, r.Put(t.Context(), registry.Person{CF: a, Previous: c}), &refused)
		assert.ErrorIs(t, refused, registry.ErrReplaced)
		// A line of a file that is older than the last change is refused and changes nothing.
		require.ErrorAs(t, r.Put(t.Context(), registry.Person{CF: b, Previous: a}), &refused)
		assert.ErrorIs(t, refused, registry.ErrReplaced)
	})
}

// A cut-off or contacts alone are known too, and move.
func TestChangeCodeOfAStranger(t *testing.T) {
	cut := time.Unix(1700000000, 0).UTC()
	email := registry.Contacts{Email: "mario@example.it"}
	mobile := registry.Contacts{Phones: []registry.Phone{{otp.SMS, phone(t, "+393510000101")}}}
	for name, tt := range map[string]struct {
		void     time.Time
		contacts registry.Contacts
		want     error
	}{
		"nothing": {want: registry.ErrUnknown}, "a language": {contacts: registry.Contacts{Language: "de"},
			want: registry.ErrUnknown},
		"a cut-off": {void: cut}, "an address": {contacts: email}, "a number": {contacts: mobile},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, databasetest.SQLite(t))
			a, b, _ := codes(t)
			_, err := r.Void(t.Context(), a, tt.void)
			require.NoError(t, err)
			require.NoError(t, r.SetContacts(t.Context(), a, tt.contacts))
			require.ErrorIs(t, r.ChangeCode(t.Context(), a, b), tt.want)
			if tt.want != nil {
				return
			}
			got, err := r.VoidBefore(t.Context(), b)
			require.NoError(t, err)
			assert.Equal(t, tt.void, got)
			assert.Equal(t, len(tt.contacts.Phones), len(reached(t, r, b)))
			assert.Empty(t, reached(t, r, a))
			_, err = r.Person(t.Context(), b)
			assert.ErrorIs(t, err, registry.ErrUnknown, "that makes nobody known")
		})
	}
}

// Of two codes' contacts, those verified later stay; of two histories, what either leaves open stays open.
func TestTwoCodesTogether(t *testing.T) {
	number := func(s string, verified int64) registry.Contacts {
		return registry.Contacts{Phones: []registry.Phone{{otp.SMS, phone(t, s)}},
			Verified: time.Unix(verified, 0)}
	}
	const first, later = "+393510000101", "+393510000102"
	for name, tt := range map[string]struct {
		old, new  registry.Person
		number    string
		complete  bool
		elsewhere bool
	}{
		"the old one's is later": {registry.Person{Contacts: number(later, 1800000000)},
			registry.Person{Contacts: number(first, 1700000000)}, later, false, false},
		"the new one's is later": {registry.Person{Contacts: number(first, 1700000000)},
			registry.Person{Contacts: number(later, 1800000000)}, later, false, false},
		"of one day": {registry.Person{Contacts: number(first, 1700000000)},
			registry.Person{Contacts: number(later, 1700000000)}, later, false, false},
		"the new one has none": {registry.Person{Contacts: number(first, 1700000000)},
			registry.Person{Contacts: registry.Contacts{Language: "de", Verified: time.Unix(1800000000, 0)}},
			first, false, false},
		"both complete": {registry.Person{Complete: true, Contacts: number(first, 1700000000)},
			registry.Person{Complete: true}, first, true, false},
		"one complete": {registry.Person{Contacts: number(first, 1700000000)},
			registry.Person{Complete: true}, first, false, false},
		"the old one elsewhere": {registry.Person{Elsewhere: true, Contacts: number(first, 1700000000)},
			registry.Person{}, first, false, true},
		"the new one elsewhere": {registry.Person{Contacts: number(first, 1700000000)},
			registry.Person{Elsewhere: true}, first, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, databasetest.SQLite(t))
			a, b, _ := codes(t)
			tt.old.CF, tt.new.CF, tt.old.Birth, tt.new.Birth = a, b, 19800101, 19800101
			require.NoError(t, r.Put(t.Context(), tt.old, tt.new))
			require.NoError(t, r.ChangeCode(t.Context(), a, b))
			p, err := r.Person(t.Context(), b)
			require.NoError(t, err)
			require.Len(t, p.Contacts.Phones, 1)
			assert.Equal(t, tt.number, p.Contacts.Phones[0].Number.Reveal())
			assert.Equal(t, tt.complete, p.Complete)
			assert.Equal(t, tt.elsewhere, p.Elsewhere)
		})
	}
}

// Nobody has no code, and nothing is known of them.
func TestNoCode(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	var nobody codicefiscale.Code
	_, err := r.Lookup(t.Context(), nobody)
	assert.ErrorIs(t, err, status.ErrNoStatus)
	assert.ErrorIs(t, r.AddTitle(t.Context(), nobody, inail(40)), registry.ErrUnknown)
	assert.ErrorIs(t, r.SetContacts(t.Context(), nobody, registry.Contacts{}), registry.ErrUnknown)
	_, err = r.Void(t.Context(), nobody, time.Now())
	assert.ErrorIs(t, err, registry.ErrUnknown)
	earlier, replaced, err := r.Codes(t.Context(), nobody)
	assert.NoError(t, err)
	assert.Empty(t, earlier)
	assert.False(t, replaced)
}

// A feed may name an earlier code that the registry never knew. What comes under it later is refused.
func TestPutNamesAnUnknownCode(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, _ := codes(t)
		p := mario()
		p.CF, p.Previous = b, a
		require.NoError(t, r.Put(t.Context(), p))
		earlier, replaced, err := r.Codes(t.Context(), b)
		require.NoError(t, err)
		assert.False(t, replaced)
		assert.Equal(t, []codicefiscale.Code{a}, earlier)
		gone(t, r, a)
	})
}

func TestManyChangeOneCode(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		a, b, _ := codes(t)
		p := mario()
		p.CF = a
		require.NoError(t, r.Put(t.Context(), p))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { assert.NoError(t, r.ChangeCode(t.Context(), a, b)) })
		}
		wg.Wait()
		back, err := r.Person(t.Context(), b)
		require.NoError(t, err)
		assert.Equal(t, p.Verbali, back.Verbali)
		earlier, _, err := r.Codes(t.Context(), b)
		require.NoError(t, err)
		assert.Equal(t, []codicefiscale.Code{a}, earlier)
	})
}
