package status_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func code(t testing.TB, s string) codicefiscale.Code {
	c, err := codicefiscale.Parse(s)
	require.NoError(t, err)
	return c
}

func TestLookup(t *testing.T) {
	held := first("A", ic, 20240510, status.DegreeOverThird, 50)
	stub := notHeld(event("B", status.Deafness, status.KindCourt, 20240510), status.ClassCourt)
	record := func(v ...status.Verbale) status.Static {
		return status.Static{Records: map[codicefiscale.Code]status.Record{
			code(t, "RSSMRA80A01H501U"): {Birth: 19800101, Verbali: v, Complete: true},
		}}
	}
	quoting := errors.New(`pq: no row for "RSSMRA80A01H501U"`)
	for _, c := range []struct {
		name   string
		source status.Source
		code   string
		want   error // nil means found
	}{
		{"found", record(held), "RSSMRA80A01H501U", nil},
		{"found beside a class not held", record(held, stub), "RSSMRA80A01H501U", nil},
		{"a negative judgement is found too", record(first("A", ic, 20240510, status.DegreeNone, 0)),
			"RSSMRA80A01H501U", nil},
		{"unknown person", record(held), "VRDLGU80A41H501U", status.ErrNoStatus},
		{"omocode is another person", record(held), "RSSMRA80A01H50MM", status.ErrNoStatus},
		{"no code", record(held), "", status.ErrNoStatus},
		{"no code and no source", nil, "", status.ErrNoStatus},
		{"known without verbali", record(), "RSSMRA80A01H501U", status.ErrNoStatus},
		{"known, nothing definitive", record(with(held, func(v *status.Verbale) { v.Definitive = false })),
			"RSSMRA80A01H501U", status.ErrNoStatus},
		{"known, nothing yet", record(effect(held, today+1)), "RSSMRA80A01H501U", status.ErrNoStatus},
		{"only a class not held", record(stub), "RSSMRA80A01H501U", status.ErrClassNotHeld},
		{"elsewhere", status.Static{Elsewhere: map[codicefiscale.Code]bool{code(t,
			"RSSMRA80A01H501U"): true}}, "RSSMRA80A01H501U", status.ErrClassNotHeld},
		{"nobody", status.Static{}, "RSSMRA80A01H501U", status.ErrNoStatus},
		{"wrapped", status.Static{Err: fmt.Errorf("registry: %w", status.ErrNoStatus)}, "RSSMRA80A01H501U",
			status.ErrNoStatus},
		{"wrapped too", status.Static{Err: fmt.Errorf("registry: %w", status.ErrClassNotHeld)},
			"RSSMRA80A01H501U", status.ErrClassNotHeld},
		{"no source", nil, "RSSMRA80A01H501U", status.ErrUnavailable},
		{"down", status.Static{Err: quoting}, "RSSMRA80A01H501U", status.ErrUnavailable},
		{"faulty history", record(with(held, func(v *status.Verbale) { v.Kind = "" })), "RSSMRA80A01H501U",
			status.ErrUnavailable},
		{"born after the day", status.Static{Records: map[codicefiscale.Code]status.Record{
			code(t, "RSSMRA80A01H501U"): {Birth: today + 1}}}, "RSSMRA80A01H501U", status.ErrUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			var who codicefiscale.Code
			if c.code != "" {
				who = code(t, c.code)
			}
			s, err := status.Lookup(t.Context(), c.source, who, today)
			if c.want == nil {
				require.NoError(t, err)
				assert.True(t, s.Complete)
				assert.NotEqual(t, status.StateAbsent, s.In(ic).State)
				return
			}
			require.ErrorIs(t, err, c.want)
			assert.Zero(t, s)
			ends := 0
			for _, end := range []error{status.ErrNoStatus, status.ErrClassNotHeld, status.ErrUnavailable} {
				if errors.Is(err, end) {
					ends++
				}
			}
			assert.Equal(t, 1, ends, "one cause")
			assert.NotContains(t, err.Error(), "RSSMRA", "the text of a driver is not repeated")
		})
	}
}

func TestLookupCause(t *testing.T) {
	who := code(t, "RSSMRA80A01H501U")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := status.Lookup(ctx, status.Static{}, who, today)
	assert.ErrorIs(t, err, status.ErrUnavailable)
	assert.ErrorIs(t, err, context.Canceled)

	bad := with(first("A", ic, 20240510, status.DegreeOverThird, 50),
		func(v *status.Verbale) { v.Outcome.Percent = 70 })
	_, err = status.Lookup(t.Context(), status.Static{Records: map[codicefiscale.Code]status.Record{
		who: {Birth: 19800101, Verbali: []status.Verbale{bad}},
	}}, who, today)
	var field *status.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, status.FieldError{Verbale: "A", Field: "outcome.percent", Err: status.ErrBand}, *field)
	var record *status.RecordError
	require.ErrorAs(t, err, &record, "no outage, but a fault in one record")
	assert.ErrorIs(t, err, status.ErrUnavailable)
	assert.Equal(t, "outcome.percent "+status.ErrBand.Error(), field.LogValue().String())

	_, err = status.Lookup(t.Context(), status.Static{Err: fmt.Errorf("row 7: %w", field)}, who, today)
	assert.ErrorAs(t, err, &record, "also if the source finds it")
	_, err = status.Lookup(t.Context(), status.Static{}, who, 0)
	assert.False(t, errors.As(err, &record), "a wrong day is not a fault in a record")
	assert.ErrorIs(t, err, status.ErrDate)
}
