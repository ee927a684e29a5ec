package sms_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
)

func TestSecret(t *testing.T) {
	s := sms.NewSecret("open sesame")
	assert.Equal(t, "open sesame", s.Reveal())
	assert.False(t, s.IsZero())
	inside := struct {
		Public  sms.Secret
		private sms.Secret
	}{s, s}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "inside", inside)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "inside", inside)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&log, verb+verb+verb, s, &s, inside)
	}
	assert.NotContains(t, log.String(), "sesame")
	assert.NotContains(t, log.String(), fmt.Sprintf("%x", "sesame"))
	assert.Contains(t, log.String(), "[secret]")
	for _, marshal := range []func() error{
		func() error { _, err := json.Marshal(inside); return err },
		func() error { _, err := s.MarshalText(); return err },
		func() error { _, err := s.MarshalBinary(); return err },
		func() error { _, err := s.Value(); return err },
	} {
		assert.ErrorIs(t, marshal(), otp.ErrMarshal)
	}
}

func TestZeroSecret(t *testing.T) {
	for _, s := range []sms.Secret{{}, sms.NewSecret("")} {
		assert.True(t, s.IsZero())
		assert.Empty(t, s.Reveal())
		assert.Equal(t, "[empty]", fmt.Sprint(s))
	}
}

func TestCheck(t *testing.T) {
	id := func(value, prefix string) sms.SenderIDs { return sms.SenderIDs{{Value: value, Prefix: prefix}} }
	for name, c := range map[string]struct {
		ids sms.SenderIDs
		err string // empty means no error
	}{
		"none":                {nil, ""},
		"name elsewhere":      {id("INPS", "+41"), ""},
		"name anywhere":       {id("INPS", ""), ""},
		"11 characters":       {id("Comune Roma", "+41"), ""},
		"signs":               {id("A.B-C_D&E 1", ""), ""},
		"number":              {id("+3943900012345", "+39"), ""},
		"short code":          {id("12345", ""), ""},
		"registered":          {sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "1"}}, ""},
		"not registered":      {id("INPS", "+39"), `entry 0: "INPS" has no registration for +39`},
		"part of Italy":       {id("INPS", "+393"), "has no registration"},
		"2 characters":        {id("IN", ""), "neither a name"},
		"12 characters":       {id("Comune Roma1", ""), "neither a name"},
		"empty":               {id("", ""), "neither a name"},
		"space at the end":    {id("INPS ", ""), "neither a name"},
		"accent":              {id("Forlì", ""), "neither a name"},
		"look-alike":          {id("INРS", ""), "neither a name"}, // a Cyrillic letter
		"number without plus": {id("393331234567", ""), "neither a name"},
		"number with spaces":  {id("333 1234", ""), "neither a name"},
		"prefix without plus": {id("INPS", "39"), `prefix "39"`},
		"prefix is a country": {id("INPS", "IT"), `prefix "IT"`},
		"prefix is a plus":    {id("INPS", "+"), `prefix "+"`},
		"prefix too long":     {id("INPS", "+1234567890123456"), "prefix"},
		"prefix twice": {append(id("INPS", "+41"), id("INAIL", "+41")...),
			"entry 1: prefix \"+41\" occurs twice"},
		"second one is wrong": {append(id("INPS", "+41"), id("x", "")...), "entry 1:"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.ids.Check()
			if c.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestFor(t *testing.T) {
	end := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	ids := sms.SenderIDs{
		{Value: "INPS", Prefix: "+39", Registration: "AGCOM-1", ValidUntil: end},
		{Value: "+3943900012345", Prefix: "+390"},
		{Value: "INPS-CH", Prefix: "+41"},
		{Value: "INPS-Int"},
	}
	require.NoError(t, ids.Check())
	for name, c := range map[string]struct {
		ids       sms.SenderIDs
		to        string
		now       time.Time
		want      string
		code, why string
	}{
		"Italy":               {ids, "+393331234567", end.Add(-1), "INPS", "", ""},
		"ended":               {ids, "+393331234567", end, "", "ended", "has ended"},
		"longest prefix wins": {ids, "+390612345678", end, "+3943900012345", "", ""},
		"Switzerland":         {ids, "+41791234567", end, "INPS-CH", "", ""},
		"elsewhere":           {ids, "+4915112345678", end, "INPS-Int", "", ""},
		"none":                {ids[:3], "+4915112345678", end, "", "none", "none for this country"},
		"no ids":              {nil, "+393331234567", end, "", "none", "none for this country"},
		"general name, Italy": {ids[3:], "+393331234567", end, "", "unregistered", "needs a registration"},
		"general number": {sms.SenderIDs{{Value: "+41791234567"}}, "+393331234567", end, "+41791234567",
			"", ""},
		"general, registered": {sms.SenderIDs{{Value: "INPS", Registration: "1"}}, "+393331234567", end,
			"INPS", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			to, err := otp.ParsePhone(c.to)
			require.NoError(t, err)
			got, err := c.ids.For(to, c.now)
			assert.Equal(t, c.want, got)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			var failed *otp.SendError
			require.ErrorAs(t, err, &failed)
			assert.Equal(t, otp.ClassSenderID, failed.Class)
			assert.Equal(t, c.code, failed.Code)
			assert.ErrorContains(t, errors.Unwrap(err), c.why)
			assert.NotContains(t, err.Error()+errors.Unwrap(err).Error(), c.to)
		})
	}
}

func TestNames(t *testing.T) {
	assert.False(t, sms.SenderIDs{{Value: "12345"}}.Names())
	assert.True(t, sms.SenderIDs{{Value: "12345"}, {Value: "INPS"}}.Names())
}

func ExampleSenderIDs_Check() {
	ids := sms.SenderIDs{{Value: "INPS", Prefix: "+39"}}
	fmt.Println(ids.Check())
	ids[0].Registration = "alias.agcom.it 12345"
	fmt.Println(ids.Check())
	// Output:
	// sender ids: entry 0: "INPS" has no registration for +39 (alias.agcom.it)
	// <nil>
}
