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

// languageCookie keeps the choice; it says nothing about who chose.
const languageCookie = "lang"

var matcher = language.NewMatcher([]language.Tag{
	language.Italian, language.English, language.German, language.French, language.Slovenian,
})

// Language returns the language of a request that came through [Site.Secure], else Italian.
func Language(r *http.Request) string {
	if lang, ok := r.Context().Value(languageKey{}).(string); ok {
		return lang
	}
	return "it"
}

// speak finds the language: what the address asks for (?lang=de), which is remembered, else what was
// remembered, else what the browser prefers.
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

// months by language, as they stand in a date: German and Slovene put a point behind the day, Slovene has
// the genitive, German the word of South Tyrol for January.
var months = map[string][]string{
	"it": strings.Fields(
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
	),
	"en": strings.Fields(
		"January February March April May June July August September October November December",
	),
	"de": strings.Fields("Jänner Februar März April Mai Juni Juli August September Oktober November Dezember"),
	"fr": strings.Fields(
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	),
	"sl": strings.Fields(
		"januarja februarja marca aprila maja junija julija avgusta septembra oktobra novembra decembra",
	),
}
