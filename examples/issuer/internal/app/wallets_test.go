package app

import (
	"bytes"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cards"
	"github.com/qr-invalidita/attesta/examples/internal/cards/cardstest"
)

// The issuer's own checking page asks for a card in the app: the phone answers at the service's address, with
// a picture longer than any form, and the operator compares.
func TestWallets(t *testing.T) {
	world := cardstest.New(t)
	a := newApp(t, func(c *Config) {
		c.PublicURL, c.Login, c.Footer = "https://desk.example.it", outside().Login, outside().Footer
		c.Wallets = world.Settings
	})
	desk := visitor{t, a.handler, map[string]string{}}
	assert.Contains(t, desk.load(http.MethodGet, "/q"), `action="/q/card"`)
	page := desk.load(http.MethodPost, "/q/card", "card-benefit", "museums", "phone", "here")
	link := regexp.MustCompile(`href="(haip-vp://[^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, link, page)
	code, back := world.Scan(a.handler, link[1]).Approve(cardstest.Card{
		"picture": "data:image/jpeg;base64,/9j/" + strings.Repeat("AAAA", 30_000) + "/9k="})
	require.Equal(t, http.StatusOK, code)
	path, ours := strings.CutPrefix(back, a.URL())
	assert.True(t, ours, back)
	assert.Contains(t, desk.load(http.MethodGet, path), "È la persona che è qui?")
	tab := regexp.MustCompile(`tab=[A-Z2-7]{8}`).FindString(path)
	assert.Contains(t, desk.load(http.MethodPost, "/q/card/answer?"+tab, "answer", "yes"), "answer-yes")

	for range questionsPerMinute - 1 {
		desk.load(http.MethodPost, "/q/card", "card-benefit", "museums")
	}
	assert.Contains(t, desk.load(http.MethodPost, "/q/card", "card-benefit", "museums"), "rate_limited",
		"or one address would take all questions")
	limited := http.StatusOK
	for range defaultAddressLimit + 1 {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/wallet/request/none", nil))
		limited = w.Code
	}
	assert.Equal(t, http.StatusTooManyRequests, limited)
	metrics := httptest.NewRecorder()
	a.operations().ServeHTTP(metrics, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	assert.Contains(t, metrics.Body.String(), `route="/wallet/"`, "no question in a metric")
}

// visitor is a browser.
type visitor struct {
	t       *testing.T
	handler http.Handler
	cookies map[string]string
}

// load loads a page with its redirects.
func (v visitor) load(method, path string, pairs ...string) string {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookies[c.Name] = c.Value
	}
	if to := w.Header().Get("Location"); to != "" {
		return v.load(http.MethodGet, to)
	}
	return html.UnescapeString(w.Body.String())
}

// Without all settings for wallets the service asks none, and with some it does not start.
func TestWalletsNeedSettings(t *testing.T) {
	a := newApp(t, func(*Config) {})
	desk := visitor{t, a.handler, map[string]string{}}
	assert.NotContains(t, desk.load(http.MethodGet, "/q"), "/q/card")
	assert.NotContains(t, desk.load(http.MethodPost, "/q/card", "card-benefit", "museums"), "haip-vp")

	world := cardstest.New(t)
	for want, change := range map[string]func(*cards.Settings){
		"to ask wallets takes -wallet-key too": func(s *cards.Settings) { s.Key = "" },
		"-wallet-url: want https://, a host": func(s *cards.Settings) {
			s.Address = "http://desk.example.it/x"
		},
		"-wallet-url: want a path below -public-url": func(s *cards.Settings) {
			s.Address = "https://desk.example.it.example/x"
		},
	} {
		c := outside()
		c.PublicURL, c.Wallets = "https://desk.example.it", world.Settings
		require.NoError(t, c.Check())
		change(&c.Wallets)
		err := c.Check()
		assert.True(t, IsSetting(err))
		assert.True(t, strings.HasPrefix(err.Error(), want), err)
	}

	var log bytes.Buffer
	a.Wallets, a.Log = world.Settings, slog.New(slog.NewTextHandler(&log, nil))
	require.NoError(t, a.openWallets(t.Context()))
	assert.Empty(t, log.String())
	a.Redis = "redis://127.0.0.1"
	require.NoError(t, a.openWallets(t.Context()))
	assert.Contains(t, log.String(), "a proxy before several passes /q/card", "several processes")
	a.Wallets.Key = a.Wallets.Anchors
	err := a.openWallets(t.Context())
	assert.True(t, IsSetting(err))
	assert.True(t, strings.HasPrefix(err.Error(), "-wallet-key: "), err)
}
