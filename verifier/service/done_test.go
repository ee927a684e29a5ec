package service_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// Done is called once for each call, with its code and without personal data.
func TestDone(t *testing.T) {
	var mu sync.Mutex
	var calls []service.Call
	w := newWorld(t, func(w *world) {
		w.Config.Done = func(_ context.Context, c service.Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, c)
		}
	})
	took := func() []service.Call {
		mu.Lock()
		defer mu.Unlock()
		got := calls
		calls = nil
		for i := range got {
			assert.Positive(t, got[i].Took)
			got[i].Took = 0
		}
		w.noPersonalData(t, fmt.Sprint(got), nil)
		return got
	}
	ctx, cf, qr := t.Context(), code(t, person), w.paper(t, person)
	first, start, answer := "POST "+api.PathFirstLevel, "POST "+api.PathSecondLevel, "POST "+api.PathAnswers

	w.Client.FirstLevel(ctx, qr, cf, verifier.FirstLevelOptions{})
	w.Client.FirstLevel(ctx, qr, code(t, nobody), verifier.FirstLevelOptions{})
	w.post(t, api.PathFirstLevel, "{}")
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve("benefit:ticket_c03"))
	require.NotNil(t, challenge)
	w.Client.Answer(ctx, qr, cf, reply(challenge, wrong(w)))
	w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode()))
	assert.Equal(t, []service.Call{
		{Route: first, Outcome: "confirmed"},
		{Route: first, Outcome: "not_confirmed", Code: "cf_mismatch", Mismatch: true},
		{Route: first, Code: string(api.MalformedRequest)},
		{Route: start},
		{Route: answer, Code: string(api.WrongCode)},
		{Route: answer, Outcome: "confirmed"},
	}, took())

	w.Registry.Before = func() { panic(person) }
	w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
	panicked := took()
	var part *service.PartError
	require.ErrorAs(t, panicked[0].Err, &part)
	assert.Equal(t, "panic", part.Part)
	panicked[0].Err = nil
	assert.Equal(t, []service.Call{{Route: first, Code: string(api.Internal)}}, panicked)

	w.Registry.Before = nil
	w.Registry.Static.Err = fmt.Errorf("no row for %s: %w", person, io.ErrUnexpectedEOF)
	w.post(t, api.PathFirstLevel, body("qr", qr, "codice_fiscale", person))
	failed := took()
	assert.ErrorIs(t, failed[0].Err, io.ErrUnexpectedEOF)
	assert.ErrorContains(t, failed[0].Err, "service: Source: ")
}
