package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// The registry records wrong codes at the next right check. Their limits survive a restart.
func TestWrongCodes(t *testing.T) {
	var config Config
	a := newApp(t, func(c *Config) { config = *c })
	issuer, err := a.keys.Signer(t.Context())
	require.NoError(t, err)
	mario, other := demo.Personas()[0].CF, demo.Personas()[1].CF
	paper, _, err := issuer.Issue(t.Context(), mario)
	require.NoError(t, err)
	desk := service.Caller{Operator: service.Operator{ID: "desk"}}
	for range 7 {
		a.client(service.Caller{}).FirstLevel(t.Context(), paper, other, verifier.FirstLevelOptions{})
	}
	acts, err := a.registry.Acts(t.Context(), mario)
	require.NoError(t, err)
	assert.Empty(t, acts)
	require.NoError(t, a.Close())

	a, err = Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Close()) })
	check := func(c service.Caller) verifier.Report {
		return a.client(c).FirstLevel(t.Context(), paper, mario, verifier.FirstLevelOptions{})
	}
	assert.Equal(t, api.LimitDocument, check(service.Caller{}).Problem.Limit)
	assert.Equal(t, api.Confirmed, check(desk).Verdict)
	assert.Equal(t, api.Confirmed, check(desk).Verdict)
	acts, err = a.registry.Acts(t.Context(), mario)
	require.NoError(t, err)
	require.Len(t, acts, 1)
	assert.Equal(t, citizen.ActWrongCodes, acts[0].What)
	assert.Equal(t, 5, acts[0].Count)
	acts, err = a.registry.Acts(t.Context(), other)
	require.NoError(t, err)
	assert.Empty(t, acts)
}
