package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
)

func TestOutcome(t *testing.T) {
	assert.Equal(t, api.CannotTell, *new(api.Outcome), "what was left out is neither a yes nor a no")
	for outcome, text := range map[api.Outcome]string{
		api.CannotTell: "cannot_tell", api.Confirmed: "confirmed", api.NotConfirmed: "not_confirmed",
	} {
		assert.Equal(t, text, outcome.String())
		encoded, err := json.Marshal(outcome)
		require.NoError(t, err)
		assert.Equal(t, `"`+text+`"`, string(encoded))
		var again api.Outcome
		require.NoError(t, json.Unmarshal(encoded, &again))
		assert.Equal(t, outcome, again)
	}
	for _, text := range []string{`""`, `"yes"`, `"Confirmed"`, `1`, `true`} {
		var o api.Outcome
		assert.Error(t, json.Unmarshal([]byte(text), &o), text)
		assert.Equal(t, api.CannotTell, o, text)
	}
	assert.Equal(t, "7", api.Outcome(7).String())
}

func TestCodes(t *testing.T) {
	seen := map[api.Code]bool{}
	for _, c := range api.Codes() {
		assert.False(t, seen[c], c)
		seen[c] = true
	}
	assert.Len(t, seen, 29)
	for _, c := range []api.Code{api.CodeUndecided, api.CodeReplaced, api.CodeNoStatusHere, "invented"} {
		assert.Equal(t, api.CannotTell, c.Outcome(), c)
	}
	for _, c := range []api.Code{
		api.CodeUnavailable, api.CodeKeysStale, api.CodeUnreadable, api.CodeRateLimited, "invented",
	} {
		assert.False(t, c.FromIssuer(), c)
	}
}

// Each problem has one code, and only two of the codes are a no.
func TestProblemsStandForCodes(t *testing.T) {
	for _, p := range api.ProblemCodes() {
		assert.Contains(t, api.Codes(), p.Code(), p)
		no := p == api.NoMatch || p == api.PaperVoid
		assert.Equal(t, no, p.Code().Outcome() == api.NotConfirmed, p)
	}
	assert.Equal(t, api.CodeUnavailable, api.ProblemCode("invented").Code())
}

// A fault of the caller is named as such: trying again later does not help.
func TestFaultsOfTheCaller(t *testing.T) {
	for problem, code := range map[api.ProblemCode]api.Code{
		api.MalformedRequest:      api.CodeUsage, // such as a scope that is missing
		api.MalformedCaseNumber:   api.CodeUsage,
		api.UnknownBenefit:        api.CodeUsage, // such as a mistyped id
		api.OrganisationRefused:   api.CodeUsage,
		api.IdempotencyConflict:   api.CodeUsage,
		api.NoIdempotencyKey:      api.CodeUsage,
		api.TooLarge:              api.CodeUsage,
		api.UnsupportedMediaType:  api.CodeUsage,
		api.MethodNotAllowed:      api.CodeUsage,
		api.MalformedCF:           api.CodeMalformedCF,
		api.WrongCode:             api.CodeNotApproved,
		api.MalformedCode:         api.CodeNotApproved,
		api.NoAttempts:            api.CodeNotApproved,
		api.ChallengeExpired:      api.CodeNotApproved,
		api.OperatorBarred:        api.CodeNotApproved,
		api.BlockedAfterFailures:  api.CodeNotApproved,
		api.SecondLevelNotOffered: api.CodeNeedsSecondLevel,
		api.Unauthenticated:       api.CodeNeedsSecondLevel,
		api.NoChannel:             api.CodeNeedsSecondLevel,
		api.NotFound:              api.CodeUnavailable, // the address in the trust anchor is wrong
	} {
		assert.Equal(t, code, problem.Code(), problem)
	}
}
