package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"golang.org/x/text/language"
)

type languageKey struct{}

// languageCookie returns the name of the cookie that holds the chosen language and nothing else. Over https
// its prefix keeps other hosts of the domain from setting it (RFC 6265bis section 4.1.3.2).
func (s *Site) languageCookie() string {
	if s.config.HTTPS {
		return "__Host-lang"
	}
	return "lang"
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, lang := range Languages() {
		tags = append(tags, language.MustParse(lang))
	}
	return language.NewMatcher(tags)
}()

// Language returns the language of a request that passed through [Site.Secure], or Italian.
func Language(r *http.Request) string {
	if lang, ok := r.Context().Value(languageKey{}).(string); ok {
		return lang
	}
	return "it"
}

// Redrawer is implemented by the data of a page whose other languages must not lose what was typed or shown.
// Redraw returns the path of a form with the id "redraw" on the page: the languages then send that form, and
// [Redraws] reports so. An empty path means that the languages are links.
type Redrawer interface{ Redraw() string }

// Redraws reports whether a form was sent to see the page in another language. Its handler then does nothing
// but render the page with what the form holds.
func Redraws(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("lang") }

// speak determines the language: the one in the URL (?lang=de), which it stores in the cookie; otherwise the
// one in the cookie; otherwise the browser's preference.
func (s *Site) speak(w http.ResponseWriter, r *http.Request) *http.Request {
	lang := ""
	if asked := r.URL.Query().Get("lang"); slices.Contains(Languages(), asked) {
		lang = asked
		http.SetCookie(w, &http.Cookie{
			Name: s.languageCookie(), Value: lang, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: s.config.HTTPS,
		})
	} else if c, err := r.Cookie(s.languageCookie()); err == nil && slices.Contains(Languages(), c.Value) {
		lang = c.Value
	} else {
		header := r.Header.Get("Accept-Language")
		wanted, _, _ := language.ParseAcceptLanguage(header[:min(len(header), 200)])
		_, i, _ := matcher.Match(wanted...)
		lang = Languages()[i]
	}
	return r.WithContext(context.WithValue(r.Context(), languageKey{}, lang))
}
