package login_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/login"
)

// A fresh login counts only if the provider says that the person proved who they are since it began.
func TestFreshLogin(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		authTime    any
		fresh       error // of a login that was to be fresh
		proved      bool  // in a login that was not
		plainFailed error
	}{
		"now":              {authTime: now.Unix(), proved: true},
		"an hour ago":      {authTime: now.Add(-time.Hour).Unix(), fresh: login.ErrProved},
		"a minute ago":     {authTime: now.Add(-time.Minute).Unix(), fresh: login.ErrProved},
		"in an hour":       {authTime: now.Add(time.Hour).Unix(), fresh: login.ErrProved},
		"never said":       {fresh: login.ErrProved},
		"zero":             {authTime: 0, fresh: login.ErrProved},
		"not a number":     {authTime: "now", fresh: login.ErrToken, plainFailed: login.ErrToken},
		"negative numbers": {authTime: -1, fresh: login.ErrProved},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHostile(t)
			h.claims = func(c map[string]any) {
				if test.authTime != nil {
					c["auth_time"] = test.authTime
				}
			}
			rp := relyingParty(h.issuer, nil)
			finish := func(address string, p login.Pending, err error) (login.Identity, error) {
				require.NoError(t, err)
				h.nonce = p.Nonce
				q := must(url.Parse(address)).Query()
				assert.Equal(t, p.Fresh, q.Get("prompt") == "login" && q.Get("max_age") == "0")
				return rp.Finish(t.Context(), httptest.NewRequest(http.MethodGet,
					"/auth/callback?code=x&state="+p.State, nil), p)
			}
			id, err := finish(rp.BeginFresh(t.Context(), 2, "spid"))
			require.ErrorIs(t, err, test.fresh)
			assert.Equal(t, test.fresh == nil, !id.Proved.IsZero())
			id, err = finish(rp.Begin(t.Context(), 2, "spid"))
			require.ErrorIs(t, err, test.plainFailed)
			assert.Equal(t, test.proved, !id.Proved.IsZero())
		})
	}
}

func TestFreshLoginOfDevelopment(t *testing.T) {
	rp := relyingParty(development(t, nil), nil)
	address, pending, err := rp.BeginFresh(t.Context(), 2, "spid")
	require.NoError(t, err)
	id, err := rp.Finish(t.Context(), pick(t, address, "persona=mario"), pending)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), id.Proved, time.Minute)

	for change, want := range map[string]error{"prompt=none": login.ErrProvider,
		"max_age=x": login.ErrProvider, "max_age=-1": login.ErrProvider, "max_age=0": nil} {
		address, pending, err := rp.Begin(t.Context(), 2, "spid")
		require.NoError(t, err)
		_, err = rp.Finish(t.Context(), pick(t, address+"&"+change, "persona=mario"), pending)
		assert.ErrorIs(t, err, want, change)
	}
}
