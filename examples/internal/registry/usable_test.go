package registry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
)

func TestNumberThatWaits(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		ctx, now := t.Context(), time.Date(2026, 11, 11, 9, 0, 0, 0, time.UTC)
		r.Now = func() time.Time { return now }
		person := mario().CF
		require.NoError(t, r.Put(ctx, mario()))
		first, second := phone(t, "+393510000101"), phone(t, "+393510000102")
		numbers := func() (out []string) {
			list, err := r.Contacts(ctx, person)
			require.NoError(t, err)
			for _, c := range list {
				out = append(out, c.Phone.Reveal())
			}
			return out
		}
		from := func() time.Time {
			at, err := r.UsableFrom(ctx, person)
			require.NoError(t, err)
			return at
		}
		until := now.Add(24 * time.Hour)
		waiting := registry.Contacts{UsableFrom: until, Unconfirmed: true, Verified: now,
			Phones: []registry.Phone{{Channel: otp.SMS, Number: first}, {Channel: otp.Voice, Number: second}}}
		require.NoError(t, r.SetContacts(ctx, person, waiting))
		kept, err := r.Person(ctx, person)
		require.NoError(t, err)
		assert.Equal(t, until, kept.Contacts.UsableFrom)
		assert.True(t, kept.Contacts.Unconfirmed)
		assert.Equal(t, []string{second.Reveal()}, numbers(), "the other one is used meanwhile")
		assert.Equal(t, until, from())
		now = until
		assert.Equal(t, []string{first.Reveal(), second.Reveal()}, numbers())
		assert.Zero(t, from())

		now = until.Add(-time.Second)
		require.NoError(t, r.EndWait(ctx, person))
		assert.Equal(t, []string{first.Reveal(), second.Reveal()}, numbers())
		assert.ErrorIs(t, r.EndWait(ctx, person), registry.ErrUnknown)

		require.NoError(t, r.SetContacts(ctx, person, waiting))
		feed := mario()
		feed.Contacts = registry.Contacts{Email: "mario@example.it", Verified: now}
		require.NoError(t, r.Put(ctx, feed))
		assert.Equal(t, until, from(), "a feed that says nothing of the number ends no wait")
		feed.Contacts = registry.Contacts{Verified: now,
			Phones: []registry.Phone{{Channel: otp.SMS, Number: first}}}
		require.NoError(t, r.Put(ctx, feed))
		assert.Zero(t, from(), "the body says that the number is the person's")
	})
}

// The export of a person says until when a number waits.
func TestExportOfANumberThatWaits(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		ctx, until := t.Context(), time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
		require.NoError(t, r.Put(ctx, mario()))
		require.NoError(t, r.SetContacts(ctx, mario().CF, registry.Contacts{UsableFrom: until,
			Phones: []registry.Phone{{Channel: otp.SMS, Number: phone(t, "+393510000101")}}}))
		export, err := r.Export(ctx, mario().CF)
		require.NoError(t, err)
		require.NotNil(t, export.Contacts.UsableFrom)
		assert.True(t, until.Equal(*export.Contacts.UsableFrom))
	})
}
