package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/otp"
)

// The person hears of each use of the printed list, and of no other code in this way. The staff's commands
// see the same rows as the service.
func TestUseOfAListIsTold(t *testing.T) {
	a := newApp(t, func(c *Config) { c.DevPhone = true })
	ctx, person := t.Context(), demo.Personas()[0]
	list, err := a.registry.MakeList(ctx, person.CF, time.Now())
	require.NoError(t, err)
	locks, err := OpenLocks(ctx, a.Data, "", Redis{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, locks.Close()) })
	require.NoError(t, locks.FirstCode(ctx, person.CF, list, "anna", func(row int) (string, error) {
		code, _ := list.Codes.Code(row, otp.ExtentYesNo)
		return code.Reveal(), nil
	}))
	a.notices.Wait()
	require.NoError(t, a.registry.ActivateList(ctx, person.CF, list.Codes.ID))

	contacts, err := a.registry.Contacts(ctx, person.CF)
	require.NoError(t, err)
	parties := otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("op")},
		Subject: otp.NewSecret(person.CF.Reveal())}
	c, err := a.challenges.Start(ctx, otp.StartRequest{Parties: parties, Contacts: contacts,
		Channel: otp.List,
		Terms:   otp.Terms{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "domain:blindness"}})
	require.NoError(t, err)
	assert.Equal(t, 2, c.ListNumber, "the first code is used")
	code, _ := list.Codes.Code(2, otp.ExtentOneEntry)
	_, err = a.challenges.Verify(ctx, otp.VerifyRequest{Parties: parties, ID: c.ID, Code: code})
	require.NoError(t, err)
	a.notices.Wait()
	var texts []string
	rows, err := a.db.QueryContext(ctx, a.db.Bind("SELECT body FROM dev_message WHERE recipient = ?"),
		person.Phone)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var text string
		require.NoError(t, rows.Scan(&text))
		texts = append(texts, text)
	}
	require.NoError(t, rows.Err())
	require.Len(t, texts, 1, "the staff's code and the start sent none")
	assert.Contains(t, texts[0], "un codice dell'elenco è stato usato il ")
	used, err := locks.Asked(ctx, person.CF, list)
	require.NoError(t, err)
	assert.Equal(t, 2, used)
}
