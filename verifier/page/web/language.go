package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
)

type languageKey struct{}

// languageCookie holds the chosen language and nothing else.
const languageCookie = "lang"

var matcher = language.NewMatcher([]language.Tag{
	language.Italian, language.English, language.German, language.French, language.Slovenian,
})

// Language returns the language of a request that passed through [Site.Secure], or Italian.
func Language(r *http.Request) string {
	if lang, ok := r.Context().Value(languageKey{}).(string); ok {
		return lang
	}
	return "it"
}

// speak determines the language: the one in the URL (?lang=de), which it stores in the cookie; otherwise the
// one in the cookie; otherwise the browser's preference.
func (s *Site) speak(w http.ResponseWriter, r *http.Request) *http.Request {
	lang := ""
	if asked := r.URL.Query().Get("lang"); slices.Contains(Languages(), asked) {
		lang = asked
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: lang, Path: "/", MaxAge: int((365 * 24 * time.Hour).Seconds()),
			SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: s.config.HTTPS,
		})
	} else if c, err := r.Cookie(languageCookie); err == nil && slices.Contains(Languages(), c.Value) {
		lang = c.Value
	} else {
		header := r.Header.Get("Accept-Language")
		wanted, _, _ := language.ParseAcceptLanguage(header[:min(len(header), 200)])
		_, i, _ := matcher.Match(wanted...)
		lang = Languages()[i]
	}
	return r.WithContext(context.WithValue(r.Context(), languageKey{}, lang))
}

// months by language, as they occur in a date. German and Slovene put a full stop after the day; Slovene
// uses the genitive; German uses South Tyrol's word for January.
var months = map[string][]string{
	"it": strings.Fields(
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
	"en": strings.Fields(
		"January February March April May June July August September October November December"),
	"de": strings.Fields(
		"Jänner Februar März April Mai Juni Juli August September Oktober November Dezember"),
	"fr": strings.Fields(
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
	"sl": strings.Fields(
		"januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra"),
}
