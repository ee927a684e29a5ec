package service_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A person with a phone and a printed list consents by the list: the answer says which channels there are,
// and the code of the column for yes or no discloses no more.
func TestConsentByList(t *testing.T) {
	list := otp.PrintedCodes{ID: "A7", Seed: otptest.Pepper('s'), Count: 20}
	w := newWorld(t, func(w *world) {
		phones := w.Config.Contacts
		w.Config.Contacts = func(ctx context.Context, cf codicefiscale.Code) ([]otp.Contact, error) {
			contacts, err := phones(ctx, cf)
			return append(contacts, otp.Contact{Channel: otp.List, Codes: list}), err
		}
	})
	ctx, cf, qr := t.Context(), code(t, person), w.paper(t, person)
	q := approve("detail")
	first, _ := w.Client.RequestSecondLevel(ctx, qr, cf, q)
	require.NotNil(t, first)
	assert.Equal(t, "sms", first.Channel)
	assert.Equal(t, []string{"sms", "list"}, first.Channels)

	q.Channel = "list"
	c, _ := w.Client.RequestSecondLevel(ctx, qr, cf, q)
	require.NotNil(t, c)
	assert.Equal(t, []any{"list", "A7", 1, []string{"sms", "list"}},
		[]any{c.Channel, c.ListID, c.ListNumber, c.Channels})
	yesNo, _ := list.Code(1, otp.ExtentYesNo)
	everything, _ := list.Code(1, otp.ExtentEverything)
	r := w.Client.Answer(ctx, qr, cf, reply(c, yesNo.Reveal()))
	require.NotNil(t, r.Problem)
	assert.Equal(t, api.WrongCode, r.Problem.Code, "the person approves only yes or no")
	r = w.Client.Answer(ctx, qr, cf, reply(c, everything.Reveal()))
	require.NotNil(t, r.Disclosed, "%+v", r.Problem)
	assert.Equal(t, 74, r.Disclosed.Details[0].Percent)
}
