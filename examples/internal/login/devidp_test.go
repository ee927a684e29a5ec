package login_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

const (
	person      = "RSSMRA80A01H501U"
	apiAudience = "https://qr.example.it"
	deskClient  = "attesta-desk"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// once remembers the IDs in memory.
func once() func(context.Context, string, time.Time) (bool, error) {
	var seen sync.Map
	return func(_ context.Context, id string, _ time.Time) (bool, error) {
		_, used := seen.LoadOrStore(id, true)
		return !used, nil
	}
}

// development starts the development identity provider and returns its issuer.
func development(t *testing.T, now func() time.Time) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	issuer := server.URL + "/dev/idp"
	site, err := web.New(web.Config{Name: "Prova", Pages: []fs.FS{devidp.Pages()},
		Texts: []web.Texts{devidp.Texts()}})
	require.NoError(t, err)
	handler, err := devidp.Provider{Site: site, Issuer: issuer,
		Key: []byte("0123456789abcdef0123456789abcdef"), Once: once(), Now: now,
		Clients: []devidp.Client{
			{ID: "web", Secret: "s3cret & more", Redirects: []string{"https://rp.example.it/auth/callback"}},
			{ID: deskClient, Redirects: []string{"http://127.0.0.1/callback"}, Audience: apiAudience},
		},
		Personas: []demo.Persona{
			{ID: "mario", Given: "Mario", Family: "Rossi", CF: must(codicefiscale.Parse(person)),
				Organisation: "Comune di Roma"},
		},
	}.Handler()
	require.NoError(t, err)
	mux.Handle("/dev/idp/", handler)
	return issuer
}

func relyingParty(issuer string, now func() time.Time) *login.OIDC {
	return &login.OIDC{Provider: &login.Provider{Issuer: issuer, Now: now}, ClientID: "web",
		ClientSecret: "s3cret & more",
		RedirectURL:  "https://rp.example.it/auth/callback", Organisation: devidp.ClaimOrganisation}
}

// pick follows an authorisation request, picks a persona as a user would, and returns the request that the
// redirect makes.
func pick(t *testing.T, address, choice string) *http.Request {
	t.Helper()
	browser := &http.Client{Jar: must(cookiejar.New(nil)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(address + "&" + choice)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusFound, answer.StatusCode)
	return httptest.NewRequest(http.MethodGet, answer.Header.Get("Location"), nil)
}

func TestLogin(t *testing.T) {
	for level := 1; level <= 3; level++ {
		rp := relyingParty(development(t, nil), nil)
		address, pending, err := rp.Begin(t.Context(), level, "spid")
		require.NoError(t, err)
		q := must(url.Parse(address)).Query()
		assert.Regexp(t, `^[A-Za-z0-9]{32,}$`, q.Get("state"))
		assert.Regexp(t, `^[A-Za-z0-9]{32,}$`, q.Get("nonce"))
		assert.Equal(t, "S256", q.Get("code_challenge_method"))

		id, err := rp.Finish(t.Context(), pick(t, address, "persona=mario"), pending)
		require.NoError(t, err)
		assert.Equal(t, person, id.Person.Reveal())
		assert.Equal(t, "Mario Rossi", id.Name)
		assert.Equal(t, level, id.Level)
		assert.Equal(t, "spid", id.Method)
		assert.Equal(t, rp.Provider.Issuer, id.IdentityProvider)
		assert.Equal(t, "Comune di Roma", id.Organisation)
		assert.NotContains(t, id.Subject, person)
		assert.WithinDuration(t, time.Now(), id.At, time.Minute)
	}
}

func TestRefusedByDevelopment(t *testing.T) {
	other := "state=" + "0123456789abcdef0123456789abcdef"
	tests := []struct {
		name   string
		choice string
		change func(q url.Values, p *login.Pending)
		want   error
	}{
		{"cancelled", "cancel=1", nil, login.ErrCancelled},
		{"persona that does not exist", "persona=nobody", nil, login.ErrCancelled},
		{"another state", "persona=mario", func(q url.Values, _ *login.Pending) { q.Set("state", other) },
			login.ErrState},
		{"no state", "persona=mario", func(q url.Values, _ *login.Pending) { q.Del("state") },
			login.ErrState},
		{"no login began", "persona=mario", func(q url.Values, p *login.Pending) {
			*p = login.Pending{}
			q.Set("state", "")
		}, login.ErrState},
		{"began long ago", "persona=mario", func(_ url.Values, p *login.Pending) {
			p.Began = p.Began.Add(-time.Hour)
		}, login.ErrState},
		{"another issuer", "persona=mario", func(q url.Values, _ *login.Pending) {
			q.Set("iss", "https://idp.example.it")
		}, login.ErrIssuer},
		{"two issuers", "persona=mario", func(q url.Values, _ *login.Pending) {
			q.Add("iss", "https://idp.example.it")
		}, login.ErrIssuer},
		{"no issuer", "persona=mario", func(q url.Values, _ *login.Pending) { q.Del("iss") },
			login.ErrIssuer},
		{"another nonce", "persona=mario", func(_ url.Values, p *login.Pending) { p.Nonce += "x" },
			login.ErrNonce},
		{"another verifier", "persona=mario", func(_ url.Values, p *login.Pending) { p.Verifier = p.State },
			login.ErrCode},
		{"no code", "persona=mario", func(q url.Values, _ *login.Pending) { q.Del("code") },
			login.ErrProvider},
		{"code of nobody", "persona=mario", func(q url.Values, _ *login.Pending) { q.Set("code", "AAAA") },
			login.ErrCode},
		{"error of the provider", "persona=mario",
			func(q url.Values, _ *login.Pending) { q.Set("error", "server_error") }, login.ErrProvider},
		{"too low a level", "persona=mario", func(_ url.Values, p *login.Pending) { p.Level = 3 },
			login.ErrLevel},
	}
	issuer := development(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rp := relyingParty(issuer, nil)
			address, pending, err := rp.Begin(t.Context(), 2, "cie")
			require.NoError(t, err)
			r := pick(t, address, tt.choice)
			if tt.change != nil {
				q := r.URL.Query()
				tt.change(q, &pending)
				r.URL.RawQuery = q.Encode()
			}
			id, err := rp.Finish(t.Context(), r, pending)
			assert.ErrorIs(t, err, tt.want)
			assert.Equal(t, login.Identity{}, id)
			assert.NotContains(t, err.Error(), person)
		})
	}
}

func TestCodeIsGoodOnce(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	rp := relyingParty(development(t, clock), clock)
	address, pending, err := rp.Begin(t.Context(), 2, "spid")
	require.NoError(t, err)
	r := pick(t, address, "persona=mario")
	_, err = rp.Finish(t.Context(), r, pending)
	require.NoError(t, err)
	_, err = rp.Finish(t.Context(), r, pending)
	assert.ErrorIs(t, err, login.ErrCode, "used before")

	r = pick(t, address, "persona=mario")
	wrong := pending
	wrong.Verifier = pending.State
	_, err = rp.Finish(t.Context(), r, wrong)
	assert.ErrorIs(t, err, login.ErrCode, "wrong verifier")
	_, err = rp.Finish(t.Context(), r, pending)
	assert.ErrorIs(t, err, login.ErrCode, "a wrong verifier uses it up")

	r = pick(t, address, "persona=mario")
	now = now.Add(61 * time.Second)
	_, err = rp.Finish(t.Context(), r, pending)
	assert.ErrorIs(t, err, login.ErrCode, "after a minute")
}

func TestLoopback(t *testing.T) {
	issuer := development(t, nil)
	browser := func(choice, italian, slovene string) func(string) error {
		return func(address string) error {
			back := pick(t, address, choice).URL
			assert.Equal(t, "127.0.0.1", back.Hostname())
			strange, err := http.NewRequest(http.MethodGet, back.String(), nil)
			require.NoError(t, err)
			strange.Host = "attacker.example"
			refused, err := http.DefaultClient.Do(strange)
			require.NoError(t, err)
			refused.Body.Close()
			assert.Equal(t, http.StatusMisdirectedRequest, refused.StatusCode)
			for _, forged := range []string{"?state=x&code=y", "?error=access_denied"} {
				answer, err := http.Get("http://" + back.Host + back.Path + forged)
				require.NoError(t, err)
				answer.Body.Close()
				assert.Equal(t, http.StatusBadRequest, answer.StatusCode, "somebody else's answer")
			}
			answer, err := http.Get(back.String())
			require.NoError(t, err)
			page, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			answer.Body.Close()
			assert.Equal(t, http.StatusOK, answer.StatusCode)
			assert.True(t, strings.HasPrefix(string(page), "<!doctype html>"), string(page))
			for _, want := range []string{"<title>" + italian + "</title>", "<h1>" + italian + "</h1>",
				`<p lang="sl">` + slovene + ". "} {
				assert.Contains(t, string(page), want)
			}
			return nil
		}
	}
	token, err := login.Loopback(t.Context(), issuer, deskClient, devidp.SecondLevel,
		browser("persona=mario", "Accesso riuscito", "Prijavljeni ste"))
	require.NoError(t, err)
	require.True(t, token.Valid())

	b := &login.Bearer{Provider: &login.Provider{Issuer: issuer}, Audience: apiAudience,
		Scope: devidp.SecondLevel, Organisation: devidp.ClaimOrganisation}
	r := httptest.NewRequest(http.MethodPost, "https://qr.example.it/v1/second-level-challenges", nil)
	token.SetAuthHeader(r)
	operator, err := b.Operator(r)
	require.NoError(t, err)
	assert.Equal(t, service.Operator{IdentityProvider: login.ByPerson, ID: person,
		Organisation: "Comune di Roma"}, operator)

	_, err = login.Loopback(t.Context(), issuer, deskClient, devidp.SecondLevel,
		browser("cancel=1", "Accesso non riuscito", "Niste prijavljeni"))
	assert.ErrorIs(t, err, login.ErrCancelled)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = login.Loopback(ctx, issuer, deskClient, devidp.SecondLevel,
		func(string) error { cancel(); return nil })
	assert.ErrorIs(t, err, context.Canceled)
}

// An answer ends the attempt to which it belongs and no other.
func TestNative(t *testing.T) {
	n := &login.Native{Provider: &login.Provider{Issuer: development(t, nil)}, ClientID: deskClient,
		Scope: devidp.SecondLevel}
	const redirect = "http://127.0.0.1:8090/callback"
	address, mine, err := n.Begin(t.Context(), redirect)
	require.NoError(t, err)
	answer := pick(t, address, "persona=mario").URL.Query()
	_, others, err := n.Begin(t.Context(), redirect)
	require.NoError(t, err)
	for name, a := range map[string]login.Attempt{"none": {}, "another": others} {
		_, err = n.Finish(t.Context(), answer, a)
		assert.ErrorIs(t, err, login.ErrState, name)
	}
	token, err := n.Finish(t.Context(), answer, mine)
	require.NoError(t, err)
	assert.True(t, token.Valid())
	_, err = n.Finish(t.Context(), answer, mine)
	assert.ErrorIs(t, err, login.ErrCode, "a code is good once")

	address, mine, err = n.Begin(t.Context(), redirect)
	require.NoError(t, err)
	_, err = n.Finish(t.Context(), pick(t, address, "cancel=1").URL.Query(), mine)
	assert.ErrorIs(t, err, login.ErrCancelled)
	_, _, err = (&login.Native{Provider: &login.Provider{Issuer: "http://127.0.0.1:1"}}).Begin(t.Context(),
		redirect)
	assert.ErrorIs(t, err, login.ErrUnavailable)
}
