package registry_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/otp"
)

// A list is a contact from the moment at which it is active, and outlives every other change.
func TestLists(t *testing.T) {
	each(t, func(t *testing.T, r *registry.Registry) {
		ctx, now := t.Context(), time.Date(2026, 11, 11, 9, 0, 0, 0, time.UTC)
		r.Now = func() time.Time { return now }
		person := mario().CF
		_, err := r.MakeList(ctx, person, now)
		require.ErrorIs(t, err, registry.ErrUnknown)
		require.NoError(t, r.Put(ctx, mario()))
		active := func() string {
			list, err := r.Contacts(ctx, person)
			require.NoError(t, err)
			last := list[len(list)-1]
			return last.Codes.ID
		}
		first, err := r.MakeList(ctx, person, now)
		require.NoError(t, err)
		assert.Regexp(t, "^[A-Z2-9]{6}$", first.Codes.ID)
		assert.NotContains(t, fmt.Sprintf("%+v %#v", first, first), first.Codes.ID)
		require.NoError(t, r.SetContacts(ctx, person, registry.Contacts{Verified: now,
			Phones: []registry.Phone{{Channel: otp.SMS, Number: phone(t, "+393510000101")}}}))
		assert.Empty(t, active(), "it waits for its first code")
		again, err := r.MakeList(ctx, person, now)
		require.NoError(t, err)
		require.ErrorIs(t, r.ActivateList(ctx, person, first.Codes.ID), registry.ErrUnknown, "a later one")
		require.NoError(t, r.ActivateList(ctx, person, again.Codes.ID))
		assert.Equal(t, again.Codes.ID, active())

		lists, err := r.Lists(ctx, person)
		require.NoError(t, err)
		require.Len(t, lists, 1)
		want, _ := again.Codes.Code(registry.ListCodes, otp.ExtentEverything)
		got, ok := lists[0].Codes.Code(registry.ListCodes, otp.ExtentEverything)
		assert.True(t, ok)
		assert.Equal(t, want.Reveal(), got.Reveal(), "the codes on the paper")

		next, err := r.MakeList(ctx, person, now)
		require.NoError(t, err)
		assert.Equal(t, again.Codes.ID, active(), "until the next one is in the right hands")
		require.NoError(t, r.Put(ctx, mario()))
		changed := code(t, "RSSMRA80A01F205X")
		require.NoError(t, r.ChangeCode(ctx, person, changed))
		person = changed
		require.NoError(t, r.ActivateList(ctx, person, next.Codes.ID))
		assert.Equal(t, next.Codes.ID, active())

		export, err := r.Export(ctx, person)
		require.NoError(t, err)
		text, err := json.Marshal(export.Contacts.Lists)
		require.NoError(t, err)
		assert.JSONEq(t, fmt.Sprintf(`[{"id": %q, "made": "2026-11-11T09:00:00Z", "active": true}]`,
			next.Codes.ID), string(text))

		now = next.Expires.Add(-time.Second)
		assert.Equal(t, next.Codes.ID, active())
		now = next.Expires
		assert.Empty(t, active())
		now = next.Made
		require.NoError(t, r.VoidLists(ctx, person))
		assert.Empty(t, active())
		require.ErrorIs(t, r.VoidLists(ctx, person), registry.ErrUnknown)
	})
}
