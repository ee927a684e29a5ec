package app

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
)

// The command moves the records of the running service: a pending challenge of the old code ends. Package
// otp tests that the failures move, too.
func TestLocksAreThoseOfTheService(t *testing.T) {
	a := newApp(t, func(c *Config) { c.Senders = gateway(t, "one") })
	old, new := demo.Personas()[0], demo.Personas()[1]
	contacts, err := a.registry.Contacts(t.Context(), old.CF)
	require.NoError(t, err)
	start := func(p demo.Persona) (otp.Parties, otp.Challenge) {
		parties := otp.Parties{
			Operator: otp.Operator{ID: otp.NewSecret("operator " + p.ID)},
			Subject:  otp.NewSecret(p.CF.Reveal()),
		}
		c, err := a.challenges.Start(t.Context(), otp.StartRequest{Parties: parties, Contacts: contacts,
			Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum"}})
		require.NoError(t, err)
		return parties, c
	}
	parties, c := start(old)
	locks, err := OpenLocks(t.Context(), a.Data, "", Redis{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, locks.Close()) })
	require.NoError(t, locks.Move(t.Context(), old.CF, new.CF))
	c, err = a.challenges.Status(t.Context(), otp.Ref{Parties: parties, ID: c.ID})
	require.NoError(t, err)
	assert.Equal(t, otp.Revoked, c.State)

	// If the service has never run, there is nothing to move. If it keeps the records elsewhere, its key is
	// needed.
	none, err := OpenLocks(t.Context(), t.TempDir(), "", Redis{})
	require.NoError(t, err)
	assert.NoError(t, none.Move(t.Context(), old.CF, new.CF))
	assert.NoError(t, none.Close())
	_, err = OpenLocks(t.Context(), t.TempDir(), "", Redis{URL: "redis://127.0.0.1:1/0"})
	assert.ErrorContains(t, err, serviceKey)
}

// On PostgreSQL the service may run elsewhere with its key: without the key no lock would be found, and to
// move none would open what is locked.
func TestLocksNeedTheKey(t *testing.T) {
	dsn := server.Postgres(t)
	_, err := OpenLocks(t.Context(), t.TempDir(), dsn, Redis{})
	assert.ErrorIs(t, err, fs.ErrNotExist)
	a := newApp(t, func(c *Config) { c.DB = dsn })
	locks, err := OpenLocks(t.Context(), a.Data, dsn, Redis{})
	require.NoError(t, err)
	assert.NoError(t, locks.Move(t.Context(), demo.Personas()[0].CF, demo.Personas()[1].CF))
	assert.NoError(t, locks.Close())
}
