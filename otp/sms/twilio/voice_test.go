package twilio_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
)

// twiml is what a phone does with a document.
type twiml struct {
	XMLName xml.Name `xml:"Response"`
	Gather  []struct {
		Action    string `xml:"action,attr"`
		NumDigits string `xml:"numDigits,attr"`
		Says      []say  `xml:",any"`
	} `xml:"Gather"`
	Says []say `xml:"Say"`
}

type say struct {
	XMLName  xml.Name
	Language string `xml:"language,attr"`
	Voice    string `xml:"voice,attr"`
	Text     string `xml:",chardata"`
}

func read(t *testing.T, document string) twiml {
	t.Helper()
	var out twiml
	require.NoError(t, xml.Unmarshal([]byte(document), &out))
	return out
}

func voiceMessage(locale string) otp.Message {
	m := otptest.Message()
	m.Channel, m.Locale, m.Text = otp.Voice, locale, otp.Text{}
	return m
}

// dial sends m and returns the form that Twilio receives.
func dial(t *testing.T, c twilio.Config, m otp.Message) url.Values {
	t.Helper()
	var form url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/2010-04-01/Accounts/"+accountSID+"/Calls.json", r.URL.Path)
		assert.NoError(t, r.ParseForm())
		form = r.PostForm
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}`)
	}))
	defer server.Close()
	c.BaseURL = server.URL
	got, err := sender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	assert.Equal(t, otp.Submission{Provider: "twilio", ProviderID: "CA0123456789abcdef0123456789abcdef"}, got)
	return form
}

// press calls the handler as Twilio does after a key.
func press(t *testing.T, c twilio.Config, action string,
	receive func(context.Context, otp.Receipt)) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	sender(t, c).VoiceHandler(receive).ServeHTTP(w,
		callback(authToken, action, url.Values{"CallSid": {"CA1"}, "Digits": {"5"}}))
	return w
}

func TestVoice(t *testing.T) {
	for locale, language := range map[string]string{"it": "it-IT", "en": "en-GB", "de": "de-DE",
		"fr": "fr-FR", "sl": "sl-SI", "xx": "it-IT"} {
		t.Run(locale, func(t *testing.T) {
			m := voiceMessage(locale)
			form := dial(t, config(""), m)
			assert.Equal(t, m.To.Reveal(), form.Get("To"))
			assert.Equal(t, "+390612345678", form.Get("From"))
			assert.Equal(t, "https://otp.example.it/receipts?id="+m.ID, form.Get("StatusCallback"))
			assert.LessOrEqual(t, len(form.Get("Twiml")), 4000, "Twilio's limit for inline TwiML")
			assert.NotContains(t, form.Encode(), "482913", "the code must not be in the request for the call")

			greeting := read(t, form.Get("Twiml"))
			require.Len(t, greeting.Gather, 3)
			for _, g := range greeting.Gather {
				assert.Equal(t, "1", g.NumDigits)
				require.Len(t, g.Says, 1)
				assert.Contains(t, g.Says[0].Text, "INPS")
				assert.Contains(t, g.Says[0].Text, "COMUNE DI ROMA")
				assert.Equal(t, language, g.Says[0].Language)
			}
			require.Len(t, greeting.Says, 1, "without a key it only says goodbye")

			var receipts []otp.Receipt
			action := greeting.Gather[0].Action
			w := press(t, config(""), action, func(_ context.Context, r otp.Receipt) {
				receipts = append(receipts, r)
			})
			require.Equal(t, http.StatusOK, w.Code)
			assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
			require.Len(t, receipts, 1)
			assert.Equal(t, m.ID, receipts[0].MessageID)
			assert.Equal(t, "CA1", receipts[0].ProviderID)
			assert.Equal(t, otp.DeliveryDelivered, receipts[0].Delivery)

			spoken := read(t, w.Body.String())
			require.Len(t, spoken.Gather, 1)
			assert.Equal(t, action, spoken.Gather[0].Action, "any key says it again")
			var digits strings.Builder
			pauses := 0
			for _, s := range spoken.Gather[0].Says {
				if s.XMLName.Local == "Pause" {
					pauses++
					continue
				}
				assert.Equal(t, language, s.Language)
				if len(s.Text) == 1 {
					digits.WriteString(s.Text)
				} else {
					assert.NotContains(t, s.Text, "482913", "as one number it would be read as thousands")
				}
			}
			assert.Equal(t, "47"+"482913"+"482913"+"482913", digits.String())
			assert.GreaterOrEqual(t, pauses, digits.Len(), "one before each digit")
		})
	}
}

// The voice says how much the operator will see, in each language and otherwise than for another extent.
func TestVoiceSaysTheExtent(t *testing.T) {
	said := map[string]bool{}
	for _, locale := range words.Languages() {
		for _, extent := range []otp.Extent{otp.ExtentEverything, otp.ExtentOneEntry, otp.ExtentYesNo} {
			m := voiceMessage(locale)
			m.Extent = extent
			greeting := read(t, dial(t, config(""), m).Get("Twiml"))
			w := press(t, config(""), greeting.Gather[0].Action, nil)
			first := read(t, w.Body.String()).Gather[0].Says[0].Text
			t.Log(extent, first)
			assert.False(t, said[first], first)
			said[first] = true
		}
	}
	assert.Contains(t, said, "L'operatore vedrà solo un sì o un no.")
	assert.Contains(t, said, "L'operatore vedrà una sola voce.")
	assert.Contains(t, said, "L'operatore vedrà tutti i suoi dati.")
}

// The call that proves a number speaks of the page, not of an operator who may hear the code.
func TestVoiceOfAPrivateCode(t *testing.T) {
	for _, locale := range words.Languages() {
		m := voiceMessage(locale)
		public := read(t, press(t, config(""), read(t, dial(t, config(""), m).Get("Twiml")).Gather[0].Action,
			nil).Body.String()).Gather[0].Says
		m.Private = true
		private := read(t, press(t, config(""), read(t, dial(t, config(""), m).Get("Twiml")).Gather[0].Action,
			nil).Body.String()).Gather[0].Says
		if locale == "it" {
			assert.Equal(t, "Scriva il codice solo sulla pagina e non lo dica a nessuno.", private[0].Text)
			assert.Equal(t, "La pagina deve mostrare il numero", private[1].Text)
		}
		for _, s := range private[:2] {
			for _, other := range public[:3] {
				assert.NotEqual(t, other.Text, s.Text, locale)
			}
		}
	}
}

// The voice says who asks, and that a name was only declared.
func TestVoiceSaysWho(t *testing.T) {
	for _, locale := range words.Languages() {
		m := voiceMessage(locale)
		verified := read(t, dial(t, config(""), m).Get("Twiml")).Gather[0].Says[0].Text
		m.Declared = true
		declared := read(t, dial(t, config(""), m).Get("Twiml")).Gather[0].Says[0].Text
		assert.Contains(t, verified, "COMUNE DI ROMA")
		mark := map[string]string{"it": "nome dichiarato da chi chiede", "en": "as declared",
			"de": "nach eigener Angabe", "fr": "nom déclaré par le demandeur",
			"sl": "po navedbi prosilca"}[locale]
		assert.Contains(t, declared, "COMUNE DI ROMA, "+mark)
		assert.NotContains(t, verified, mark)
	}
}

// No text of the voice names health, because others may listen. The rule is the one for templates.
func TestVoiceNamesNoHealth(t *testing.T) {
	refusal := func(text string) string {
		c := otptest.Config(&otptest.Recorder{}, nil)
		c.Templates = map[string]otp.Template{"it": {Text: "{code} {display_name} {organisation} {number}",
			Declared: strings.NewReplacer("{", "", "}", "", "_", " ", ":", "").Replace(text)}}
		_, err := otp.New(c)
		return fmt.Sprint(err)
	}
	require.Contains(t, refusal("visita medica"), "is a word about health")
	for _, locale := range words.Languages() {
		data, err := os.ReadFile(filepath.Join("words", locale+".json"))
		require.NoError(t, err)
		var texts map[string]string
		require.NoError(t, json.Unmarshal(data, &texts))
		for name, text := range texts {
			if r := refusal(text); r != "<nil>" {
				assert.Contains(t, r, "one part holds", "%s: %s", locale, name)
			}
		}
	}
}

// The voice has a language of Twilio's for each language of the texts.
func TestDefaultLanguages(t *testing.T) {
	assert.ElementsMatch(t, words.Languages(), slices.Collect(maps.Keys(twilio.DefaultLanguages())))
}

func TestVoiceNames(t *testing.T) {
	m := voiceMessage("it")
	m.DisplayName, m.Organisation = `A<B`, `"C" & D`
	c := config("")
	c.Voice.Languages = map[string]twilio.Language{"it": {Code: "it-IT", Voice: "Polly.Bianca"}}
	doc := read(t, dial(t, c, m).Get("Twiml"))
	assert.Contains(t, doc.Gather[0].Says[0].Text, `A<B, richiesta da "C" & D.`)
	assert.Equal(t, "Polly.Bianca", doc.Gather[0].Says[0].Voice)
}

func TestVoiceHandlerRefuses(t *testing.T) {
	m := voiceMessage("it")
	now := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	c := config("")
	c.Now = func() time.Time { return now }
	action := read(t, dial(t, c, m).Get("Twiml")).Gather[0].Action
	never := func(context.Context, otp.Receipt) { t.Error("a receipt without a code") }

	c.Now = func() time.Time { return now.Add(m.Life) }
	over := press(t, c, action, never)
	assert.Equal(t, http.StatusOK, over.Code)
	assert.NotContains(t, over.Body.String(), "<Say language=\"it-IT\">4</Say>")
	assert.Contains(t, over.Body.String(), "non è più valido")

	c.Now = func() time.Time { return now }
	for name, change := range map[string]string{"changed": action + "A",
		"empty": "https://otp.example.it/voice?s=", "none": "https://otp.example.it/voice",
		"line break": action + "%0A"} {
		w := press(t, c, change, never)
		assert.Equal(t, http.StatusBadRequest, w.Code, name)
		assert.Equal(t, "address is not ours\n", w.Body.String(), name)
	}
	w := httptest.NewRecorder()
	sender(t, c).VoiceHandler(never).ServeHTTP(w, callback("other token", action, url.Values{}))
	assert.Equal(t, http.StatusForbidden, w.Code)

	w = httptest.NewRecorder()
	sender(t, c).VoiceHandler(never).ServeHTTP(w, callback(authToken, action,
		url.Values{"a": {strings.Repeat("x", 1<<17)}}))
	assert.Equal(t, http.StatusBadRequest, w.Code)

	other := c
	voice := *c.Voice
	voice.Key = sms.NewSecret("another key, which is 32 bytes..")
	other.Voice = &voice
	assert.Equal(t, http.StatusBadRequest, press(t, other, action, never).Code)

	other.Voice = nil
	assert.Equal(t, http.StatusNotFound, press(t, other, action, never).Code)
}

func TestVoiceNeedsDigits(t *testing.T) {
	m := voiceMessage("it")
	m.Code = otp.NewCode("48-29-13")
	_, err := sender(t, config("http://127.0.0.1:1")).Send(t.Context(), m)
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(err))
	m = otptest.Message()
	m.Channel = otp.Voice
	c := config("http://127.0.0.1:1")
	c.Voice = nil
	_, err = sender(t, c).Send(t.Context(), m)
	assert.Equal(t, otp.ClassRejected, otp.ClassOf(err), "voice is not configured")
}
