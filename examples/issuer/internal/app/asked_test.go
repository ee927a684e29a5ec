package app

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// The running service records who asks before a message goes out, and refuses whom the person has barred.
// The staff's commands work on the same records.
func TestAskedIsRecordedAndRefused(t *testing.T) {
	a := newApp(t, func(c *Config) { c.Senders = gateway(t, "one") })
	ctx, person := t.Context(), demo.Personas()[0].CF
	contacts, err := a.registry.Contacts(ctx, person)
	require.NoError(t, err)
	request := otp.StartRequest{Parties: otp.Parties{Operator: otp.Operator{IdentityProvider: "login",
		ID: otp.NewSecret("op")}, Subject: otp.NewSecret(person.Reveal())}, Contacts: contacts,
		Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum",
			Scope: "benefit:museum"}}
	c, err := a.challenges.Start(ctx, request)
	require.NoError(t, err)
	code := "000000"
	_, err = a.challenges.Verify(ctx, otp.VerifyRequest{Parties: request.Parties, ID: c.ID,
		Code: otp.NewCode(code)})
	require.ErrorIs(t, err, otp.ErrWrongCode) // one time in a million it is right
	list, err := a.registry.Asked(ctx, person)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, c.ID, list[0].Challenge)
	assert.Equal(t, "op", list[0].Operator.ID)
	assert.Equal(t, "login", list[0].Operator.IdentityProvider)
	assert.Equal(t, "MUSEO CIVICO", list[0].Operator.Organisation)
	assert.Equal(t, "benefit:museum", list[0].Scope)
	assert.Equal(t, []int{1, 1}, []int{list[0].Messages, list[0].Wrong})

	require.NoError(t, a.registry.BarOperator(ctx, person, c.ID, time.Now()))
	log := wantedLog{a.accesses, a.registry, nil}
	access := service.Access{ID: "id", At: time.Now(), Person: person,
		Operator: service.Operator{IdentityProvider: "login", ID: "op"}, Challenge: c.ID}
	require.ErrorIs(t, log.Append(ctx, access), errBarred, "a code on its way discloses nothing either")
	access.Operator.ID = "another"
	require.NoError(t, log.Append(ctx, access))
	_, err = a.challenges.Start(ctx, request)
	require.ErrorIs(t, err, otp.ErrBarred)
	other := request
	other.Operator.ID = otp.NewSecret("another")
	_, err = a.challenges.Start(ctx, other)
	require.NoError(t, err)

	locks, err := OpenLocks(ctx, a.Data, "", Redis{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, locks.Close()) })
	n, err := locks.Cancel(ctx, person)
	require.NoError(t, err)
	assert.Equal(t, 2, n)
	_, err = a.registry.LiftBars(ctx, person, time.Now())
	require.NoError(t, err)
	c, err = a.challenges.Start(ctx, request)
	require.NoError(t, err)
	for range 4 {
		_, err = a.challenges.Verify(ctx, otp.VerifyRequest{Parties: request.Parties, ID: c.ID,
			Code: otp.NewCode(code)})
		require.ErrorIs(t, err, otp.ErrWrongCode)
	}
	_, err = a.challenges.Start(ctx, request)
	require.ErrorIs(t, err, otp.ErrBarred, "five in a row")
	require.NoError(t, locks.Clear(ctx, person))
	_, err = a.challenges.Start(ctx, request)
	require.NoError(t, err)
}

func TestStaffActCheck(t *testing.T) {
	good := StaffAct{What: "otp_clear", As: "anna verdi", Reason: "identified at the counter"}
	require.NoError(t, good.Check())
	for name, change := range map[string]func(*StaffAct){
		"nobody":           func(s *StaffAct) { s.As = " " },
		"no reason":        func(s *StaffAct) { s.Reason = "" },
		"two lines":        func(s *StaffAct) { s.Reason = "a\nb" },
		"too long":         func(s *StaffAct) { s.Reason = strings.Repeat("x", 201) },
		"bytes of no text": func(s *StaffAct) { s.As = "\xff" },
	} {
		bad := good
		change(&bad)
		assert.Error(t, bad.Check(), name)
	}
}
