package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// The settings of the provider in the test. The service is reached behind voiceURL, as by a proxy.
const (
	voiceURL     = "https://qr.example.it/voice/twilio"
	voiceAccount = "AC00000000000000000000000000000000"
)

// carrier is a provider of calls by Twilio's contract. It keeps the requests for calls.
type carrier struct {
	service string // where voiceURL is
	mu      sync.Mutex
	calls   []url.Values
}

func (c *carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	account, secret, _ := r.BasicAuth()
	if r.ParseForm() != nil || account != voiceAccount || secret != masked {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/Accounts/"+voiceAccount+"/Calls.json") {
		c.mu.Lock()
		c.calls = append(c.calls, r.PostForm)
		c.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"sid":"CA0123456789abcdef0123456789abcdef","status":"queued"}`)
}

var (
	actionPattern = regexp.MustCompile(`<Gather[^>]* action="([^"]*)"`)
	sayPattern    = regexp.MustCompile(`<Say[^>]*>([^<]*)</Say>`)
)

// heard returns what a person hears: sentences, and numbers that are spoken digit by digit.
func heard(script string) (sentences, numbers []string) {
	digits := ""
	for _, said := range append(sayPattern.FindAllStringSubmatch(script, -1), []string{"", ""}) {
		if text := html.UnescapeString(said[1]); len(text) == 1 && text[0] >= '0' && text[0] <= '9' {
			digits += text
			continue
		} else if text != "" {
			sentences = append(sentences, text)
		}
		if digits != "" {
			numbers = append(numbers, digits)
		}
		digits = ""
	}
	return sentences, numbers
}

// press presses a key during the last of the calls, whose number must be count. The request for what follows
// is signed with key.
func (c *carrier) press(t *testing.T, count int, key string) (call url.Values, status int, script string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Len(t, c.calls, count)
	call = c.calls[count-1]
	_, numbers := heard(call.Get("Twiml"))
	assert.Empty(t, numbers, "nothing is spoken before the key, so no voicemail records it")
	action := html.UnescapeString(actionPattern.FindStringSubmatch(call.Get("Twiml"))[1])
	require.True(t, strings.HasPrefix(action, voiceURL+"?"), action)
	mac := hmac.New(sha1.New, []byte(key))
	io.WriteString(mac, action+"CallSidCA1"+"Digits5")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		c.service+strings.TrimPrefix(action, "https://qr.example.it"),
		strings.NewReader("CallSid=CA1&Digits=5"))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return call, answer.StatusCode, string(text)
}

// A landline is proven by a call and gets the code of a consent by a call; both speak only after a key.
func TestConsentByVoice(t *testing.T) {
	c := &carrier{}
	provider := httptest.NewServer(c)
	defer provider.Close()
	settings := only(t, smsFile(t, "TWILIO_BASE_URL="+provider.URL, "TWILIO_VOICE_FROM=+390612345678",
		"TWILIO_VOICE_URL="+voiceURL, "TWILIO_VOICE_KEY="+masked), "twilio")
	data := t.TempDir()
	c.service = start(t, "-data", data, "-sms", "twilio", "-config", settings)
	mario := newBrowser(t, c.service)
	mario.login(t, "mario", "/area")
	paper := mario.paper(t)

	fields := func(page string) (list []string) {
		for _, field := range hidden.FindAllStringSubmatch(page, -1) {
			list = append(list, field[1], html.UnescapeString(field[2]))
		}
		return list
	}
	page := mario.post(t, "/area/contacts/phone", append(fields(mario.get(t, "/area/contacts"))[:2],
		"number", "06 5905 5085")...)
	assert.Contains(t, page, "Risponda e prema un tasto")
	_, status, _ := c.press(t, 1, "another key")
	assert.Equal(t, http.StatusForbidden, status)
	_, status, script := c.press(t, 1, masked)
	require.Equal(t, http.StatusOK, status, script)
	sentences, numbers := heard(script)
	assert.Contains(t, sentences, "Scriva il codice solo sulla pagina e non lo dica a nessuno.")
	require.Len(t, numbers, 4, "the comparison, and the code three times")
	mario.post(t, "/area/contacts/phone/code", append(fields(page), "code", numbers[1])...)
	assert.Contains(t, mario.get(t, "/area/contacts"), "Un telefono fisso serve solo quando")
	must(t, "registry", "end-wait", "-cf", "RSSMRA80A01H501U", "-case", "2026/7", "-data", data)

	desk := operatorsDesk(t, c.service)
	cf, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(t, err)
	challenge, report := desk.RequestSecondLevel(t.Context(), paper, cf, verifier.SecondLevelRequest{
		Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: api.ScopeDetail, Key: "one"})
	require.NotNil(t, challenge, "%s %+v", report.Code, report.Problem)
	assert.Equal(t, "voice", challenge.Channel)
	call, status, script := c.press(t, 2, masked)
	require.Equal(t, http.StatusOK, status, script)
	assert.Equal(t, "+390659055085", call.Get("To"))
	sentences, _ = heard(call.Get("Twiml"))
	assert.Contains(t, sentences[0], "MUSEO CIVICO, nome dichiarato da chi chiede")
	sentences, numbers = heard(script)
	assert.Contains(t, sentences, "L'operatore vedrà tutti i suoi dati.")
	require.Len(t, numbers, 4)
	assert.Equal(t, challenge.Comparison, numbers[0])
	assert.NotContains(t, call.Encode(), numbers[1], "the provider keeps the request for the call")

	report = desk.Answer(t.Context(), paper, cf, verifier.SecondLevelAnswer{Challenge: challenge.ID,
		Code: numbers[1], Scope: api.ScopeDetail})
	assert.Equal(t, api.Confirmed, report.Verdict, "%s %+v", report.Code, report.Problem)
	assert.NotEmpty(t, report.Disclosed.Details)
}

// A gateway of the webhook protocol makes calls only if its settings say so.
func TestWebhookVoice(t *testing.T) {
	i := slices.IndexFunc(smsProviders(), func(p smsProvider) bool { return p.name == "webhook" })
	for value, want := range map[string][]otp.Channel{"": {otp.SMS}, "true": {otp.SMS, otp.Voice}} {
		sender, err := smsProviders()[i].open(settings{"WEBHOOK_URL": "https://gateway.example/sms",
			"WEBHOOK_KEY": masked, "WEBHOOK_VOICE": value}, transport{})
		require.NoError(t, err)
		assert.Equal(t, want, sender.(otp.CapableSender).Capabilities().Channels)
	}
}
