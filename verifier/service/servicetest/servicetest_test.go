package servicetest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// A new body answers at both levels, over HTTP and in the same process.
func TestNew(t *testing.T) {
	b := servicetest.New(t)
	ctx, cf := t.Context(), servicetest.Code(servicetest.Person)
	paper := b.Paper(t, cf)
	inside := b.Inside(t, service.Caller{Operator: service.Operator{ID: "7"}})
	for _, desk := range []*verifier.Client{b.Client, inside} {
		report := desk.FirstLevel(ctx, paper, cf, verifier.FirstLevelOptions{})
		assert.Equal(t, api.Confirmed, report.Verdict)
		challenge, report := desk.RequestSecondLevel(ctx, paper, cf,
			verifier.SecondLevelRequest{Organisation: "MUSEO", Purpose: "museum", Scope: api.ScopeDetail})
		require.NotNil(t, challenge, "%+v", report.Problem)
		report = desk.Answer(ctx, paper, cf, verifier.SecondLevelAnswer{
			Challenge: challenge.ID, Code: b.LastCode(), Scope: api.ScopeDetail})
		assert.Equal(t, api.Confirmed, report.Verdict)
		b.Clock.Advance(time.Hour)
		b.Client.Now = b.Clock.Now
	}
	assert.Len(t, b.Accesses.Records(), 2)
	assert.Equal(t, 4, b.Registry.Lookups())
	assert.Len(t, b.Messages.Messages(), 2)
}

func TestParts(t *testing.T) {
	b := servicetest.New(t, func(b *servicetest.Body) { b.Phone = "" })
	ctx, cf := t.Context(), servicetest.Code(servicetest.Stranger)
	paper := b.Paper(t, cf)
	_, report := b.Client.RequestSecondLevel(ctx, paper, cf,
		verifier.SecondLevelRequest{Organisation: "MUSEO", Purpose: "museum", Scope: api.ScopeDetail})
	assert.Equal(t, api.NoChannel, report.Problem.Code)
	again := b.Reissue(t, cf)
	assert.Equal(t, api.CodeVoid, b.Client.FirstLevel(ctx, paper, cf, verifier.FirstLevelOptions{}).Code)
	assert.Equal(t, api.Confirmed, b.Client.FirstLevel(ctx, again, cf, verifier.FirstLevelOptions{}).Verdict)
	b.Accesses.Fail = errors.New("disk is full")
	assert.Error(t, b.Accesses.Append(ctx, service.Access{}))
	nobody := servicetest.Code(servicetest.Nobody)
	report = b.Client.FirstLevel(ctx, b.Paper(t, nobody), nobody, verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeNoStatusHere, report.Code)
	assert.NotContains(t, b.Log.String(), servicetest.Stranger)
}
