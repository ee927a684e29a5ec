package otp_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// dump is a store that keeps everything that was ever written.
type dump struct {
	otp.Store
	bodies map[string][][]byte
}

func (d *dump) Swap(ctx context.Context, key string, c otp.Change) (bool, error) {
	d.bodies[key] = append(d.bodies[key], bytes.Clone(c.Body))
	return d.Store.Swap(ctx, key, c)
}

// In a whole run no stored, logged, emitted, returned or printed value holds a code, a number
// or a person.
func TestNoSecretGetsOut(t *testing.T) {
	stored := &dump{bodies: map[string][][]byte{}}
	var limited []string
	var out strings.Builder
	f := newFixture(t, func(c *otp.Config) {
		stored.Store = c.Store
		c.Store = stored
		c.Policy.Limits = otp.Limits{Checks: []otp.Rate{}}
		c.Limiter = limiterFunc(func(ctx context.Context, b []otp.Bucket) (otp.Decision, error) {
			for _, k := range b {
				limited = append(limited, k.Key)
			}
			return otp.Decision{OK: true}, nil
		})
	})
	var codes []string
	see := func(values ...any) {
		for _, v := range values {
			fmt.Fprintf(&out, "%v %+v %#v %s %q %x\n", v, v, v, v, v, v)
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		}
	}
	q := request(t)
	see(q)
	c, code := f.start(func(q *otp.StartRequest) { q.IdempotencyKey = "k" })
	codes = append(codes, code.Reveal())
	answer := otp.VerifyRequest{Parties: parties(), ID: c.ID, Code: code}
	see(c, f.sent.Last(), answer, f.answer(c.ID, wrong(code)), f.answer(c.ID, otp.NewCode("12")))
	f.clock.Advance(time.Minute)
	again, err := f.resend(c.ID)
	see(again, err)
	v, err := f.Verify(t.Context(), answer)
	require.NoError(t, err)
	see(v, f.answer(c.ID, code), f.config, f.Challenges)
	f.sent.Fail = []error{nil, nil, &otp.SendError{Class: otp.ClassInvalidRecipient, Provider: "p",
		Code: "21211"}}
	c, _ = f.start()
	see(c)
	paper := otp.PrintedCodes{ID: "A", Seed: otptest.Pepper('s'), Count: 9}
	_, _ = f.start(func(q *otp.StartRequest) {
		q.Contacts = []otp.Contact{
			{Channel: otp.List, Codes: paper}}
	})
	see(paper)
	printed, _ := paper.Code(1, otp.ExtentYesNo)
	codes = append(codes, printed.Reveal())
	for _, e := range f.events.list {
		see(e)
	}
	out.WriteString(f.logs.String())
	out.WriteString(strings.Join(limited, "\n"))
	for key, bodies := range stored.bodies {
		out.WriteString(key + "\n")
		for _, b := range bodies {
			out.WriteString(string(b) + "\n" + hex.EncodeToString(b) + "\n" +
				base64.StdEncoding.EncodeToString(b) + "\n")
		}
	}
	require.Greater(t, out.Len(), 20_000)
	require.NotEmpty(t, limited)
	for _, secret := range append(codes, phone, phone[1:], phone[3:], person, operatorID,
		strings.ToLower(person),
		hex.EncodeToString([]byte(person)), strings.Repeat("r", 8), strings.Repeat("a", 8),
		strings.Repeat("s", 8)) {
		assert.NotContains(t, out.String(), secret)
	}
}

type limiterFunc func(context.Context, []otp.Bucket) (otp.Decision, error)

func (f limiterFunc) Take(ctx context.Context, b []otp.Bucket) (otp.Decision, error) {
	return f(ctx, b)
}

func TestSecretTypes(t *testing.T) {
	p := mustPhone(t, phone)
	for _, c := range []struct {
		value any
		shown string
		text  string
	}{
		{otp.NewSecret(person), "[secret]", person}, {p, "[phone]", phone},
		{otp.NewCode("482913"), "[code]", "482913"}, {otp.NewText("482913 codice"), "[text]", "482913"},
		{otptest.Pepper('p'), "[pepper]", "pppp"},
		{otp.Phone{}, "[empty]", phone}, {otp.Code{}, "[empty]", phone},
	} {
		t.Run(fmt.Sprintf("%T", c.value), func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10v"} {
				assert.Equal(t, c.shown, fmt.Sprintf(verb, c.value), verb)
			}
			nested := struct{ inner any }{c.value}
			// fmt cannot call methods of values in unexported fields.
			unexported := any(struct{ phone otp.Phone }{p})
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
				for _, v := range []any{nested, unexported} {
					assert.NotContains(t, fmt.Sprintf(verb, v), c.text)
					assert.NotContains(t, fmt.Sprintf(verb, v), phone)
				}
			}
			_, err := json.Marshal(c.value)
			assert.ErrorIs(t, err, otp.ErrMarshal)
			_, err = json.Marshal(map[string]any{"v": c.value})
			assert.ErrorIs(t, err, otp.ErrMarshal)
			_, err = xml.Marshal(c.value)
			assert.ErrorIs(t, err, otp.ErrMarshal)
			assert.ErrorIs(t, gob.NewEncoder(&bytes.Buffer{}).Encode(c.value), otp.ErrMarshal)
			_, err = driver.DefaultParameterConverter.ConvertValue(c.value)
			assert.ErrorIs(t, err, otp.ErrMarshal)
		})
	}
}

func TestPhone(t *testing.T) {
	for _, good := range []string{"+39351", "+390659050000", "+123456789012345"} {
		p, err := otp.ParsePhone(good)
		require.NoError(t, err, good)
		assert.Equal(t, good, p.Reveal())
	}
	for _, bad := range []string{"", "+", "393510000067", "+1234", "+1234567890123456", "+0393510000",
		"+39 351 0000067", "+39351000006x", "+39351０００００67", "tel:+393510000067", "+393510000067;ext=1"} {
		p, err := otp.ParsePhone(bad)
		assert.ErrorIs(t, err, otp.ErrPhone, "%q", bad)
		assert.True(t, p.IsZero())
	}
	assert.Equal(t, "+39 ••• ••• ••67", mustPhone(t, phone).Mask())
	assert.Equal(t, "+•• ••• ••• ••23", mustPhone(t, "+447700900123").Mask())
	assert.Empty(t, otp.Phone{}.Mask())
}

func TestPepper(t *testing.T) {
	key := bytes.Repeat([]byte{1}, 31)
	_, err := otp.NewPepper(key)
	require.ErrorIs(t, err, otp.ErrPepper)
	_, err = otp.NewPepper(append(key, 1))
	require.NoError(t, err)
}

func TestConsole(t *testing.T) {
	var b bytes.Buffer
	console := &otp.Console{W: &b}
	f := newFixture(t, func(c *otp.Config) { c.Sender = console; c.Rand = otptest.Rand(7) })
	c, _ := f.start()
	assert.Equal(t, "sms to +39 ••• ••• ••67 (1): •••••• codice INPS: COMUNE DI ROMA vede solo sì o no, "+
		"n. "+c.Comparison+". Lo dica solo a chi ha davanti, MAI al telefono.\n", b.String())
	b.Reset()
	console.ShowCode = true
	f.start()
	assert.Regexp(t, `^sms to \+39 ••• ••• ••67 \(1\): [0-9]{6} codice`, b.String())
	assert.NotContains(t, b.String(), phone[3:10])

	_, err := (&otp.Console{W: failingWriter{}}).Send(t.Context(), otp.Message{})
	assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
	assert.Equal(t, "send failed: ambiguous, console", err.Error())
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errDown }
