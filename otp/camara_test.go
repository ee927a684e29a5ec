package otp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// TestCAMARA runs the scenarios of CAMARA one-time-password-sms v1.1.0 that concern a
// challenge (Test_definitions/one-time-password-sms-{sendCode,validateCode}.feature) and maps
// our causes to CAMARA's codes.
func TestCAMARA(t *testing.T) {
	words := map[otp.Error]string{
		otp.ErrWrongCode: "INVALID_OTP", otp.ErrMalformedCode: "INVALID_ARGUMENT",
		otp.ErrAttemptsUsed: "VERIFICATION_FAILED", otp.ErrWait: "VERIFICATION_FAILED",
		otp.ErrBarred:  "VERIFICATION_FAILED",
		otp.ErrLocked:  "VERIFICATION_FAILED",
		otp.ErrBlocked: "VERIFICATION_FAILED",
		otp.ErrExpired: "VERIFICATION_EXPIRED", otp.ErrAlreadyUsed: "VERIFICATION_EXPIRED",
		otp.ErrSuperseded: "VERIFICATION_EXPIRED", otp.ErrRevoked: "VERIFICATION_EXPIRED",
		otp.ErrNotFound:    "NOT_FOUND",
		otp.ErrRateLimited: "MAX_OTP_CODES_EXCEEDED", otp.ErrContact: "PHONE_NUMBER_NOT_ALLOWED",
	}
	f := newFixture(t, func(c *otp.Config) { c.Policy.Limits.Phone = []otp.Rate{{Count: 8, Per: time.Hour}} })
	validate := func(id string, code otp.Code) string { return words[refusal(f.answer(id, code)).Cause] }

	c, code := f.start()
	assert.LessOrEqual(t, len(c.ID), 36, "send_code: authenticationId has at most 36 characters")
	assert.Equal(t, "INVALID_ARGUMENT", validate(c.ID, otp.NewCode("12345678901")),
		"validate_code_400.4: code over the length")
	assert.Equal(t, "INVALID_OTP", validate(c.ID, wrong(code)), "validate_code_400.5: wrong code")
	require.NoError(t, f.answer(c.ID, code), "validate_code_204: right code")
	assert.Equal(t, "VERIFICATION_EXPIRED", validate(c.ID, code), "validate_code_400.8: used again")

	c, code = f.start()
	f.clock.Advance(10 * time.Minute)
	assert.Equal(t, "VERIFICATION_EXPIRED", validate(c.ID, code), "validate_code_400.6: expired")

	c, code = f.start()
	f.start()
	assert.Equal(t, "VERIFICATION_EXPIRED", validate(c.ID, code),
		"validate_code_400.7: superseded by a newer send")

	c, code = f.start()
	for range 5 {
		assert.Equal(t, "INVALID_OTP", validate(c.ID, wrong(code)))
	}
	assert.Equal(t, "VERIFICATION_FAILED", validate(c.ID, code), "validate_code_400.9: attempts used up")
	assert.Equal(t, "NOT_FOUND", validate("no such id", code), "validate_code_404: unknown id")

	f.clock.Advance(5 * time.Minute)
	var err error
	for range 10 {
		q := request(t)
		q.Parties = by("another") // the first is barred
		if _, err = f.Start(t.Context(), q); err != nil {
			break
		}
	}
	assert.Equal(t, "MAX_OTP_CODES_EXCEEDED", words[refusal(err).Cause], "send_code_403: too many codes")
	q := request(t)
	q.Contacts = []otp.Contact{sms(t, "+881612345678")}
	_, err = f.Start(t.Context(), q)
	assert.Equal(t, "PHONE_NUMBER_NOT_ALLOWED", words[refusal(err).Cause], "send_code_403: phone not allowed")
}
