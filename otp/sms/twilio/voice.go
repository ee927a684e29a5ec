package twilio

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/internal/httpsend"
)

// Voice speaks codes to people who cannot read an SMS, on mobile phones and
// landlines. The call first says who calls and waits for a key, so that no voicemail
// records a code. Then it says the comparison number and the code, digit by digit
// with pauses, three times, and again as often as a key is pressed.
//
// What comes after the key cannot stand in the request for the call: Twilio fetches
// it at URL, where [Sender.VoiceHandler] is mounted. The address that Twilio calls
// holds the code sealed under Key, so nothing is stored here, and neither Twilio's
// log of the request nor that of the address shows the code. Every process that may
// be asked needs the same Key.
type Voice struct {
	// From is the number that calls, in E.164 form, one of the account's or verified
	// with it. Required.
	From string
	// URL of the handler, as Twilio sees it from outside, without query. Required.
	URL string
	// Key for sealing, at least 32 bytes. Required.
	Key sms.Secret
	// Languages by locale; what is missing is as in [DefaultLanguages].
	Languages map[string]Language
}

// A Language is how a locale is spoken.
type Language struct {
	// Code for <Say language>, such as "it-IT".
	Code string
	// Voice for <Say voice>, such as "Polly.Bianca"; empty: the account's choice.
	Voice string
}

// DefaultLanguages returns the five languages. Whether Twilio has a voice for
// Slovene depends on the account: ask for it in Twilio's list of voices, and set it.
func DefaultLanguages() map[string]Language {
	return map[string]Language{"it": {Code: "it-IT"}, "en": {Code: "en-GB"}, "de": {Code: "de-DE"},
		"fr": {Code: "fr-FR"}, "sl": {Code: "sl-SI"}}
}

// The limits of a call in seconds: how long it rings, and how long it lasts.
const (
	ringSeconds = "40"
	callSeconds = "300"
)

type speaker struct {
	voice     Voice
	aead      cipher.AEAD
	languages map[string]Language
}

func newSpeaker(v Voice) (*speaker, error) {
	if _, err := otp.ParsePhone(v.From); err != nil {
		return nil, errors.New("twilio: Voice.From is not a number in E.164 form")
	}
	if _, err := httpsend.BaseURL(v.URL, ""); err != nil {
		return nil, errors.New("twilio: Voice.URL " + err.Error())
	}
	if len(v.Key.Reveal()) < httpsend.MinKey {
		return nil, errors.New("twilio: Voice.Key is shorter than 32 bytes")
	}
	key := sha256.Sum256([]byte("otp/sms/twilio/voice/v1\x00" + v.Key.Reveal()))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	languages := DefaultLanguages()
	for locale, l := range v.Languages {
		if _, ok := scripts[locale]; !ok || l.Code == "" {
			return nil, errors.New("twilio: Voice.Languages has a locale that is not spoken, or without Code")
		}
		languages[locale] = l
	}
	return &speaker{v, aead, languages}, nil
}

// spoken is what the sealed address holds.
type spoken struct {
	ID         string `json:"i"`
	Code       string `json:"c"`
	Comparison string `json:"n"`
	Locale     string `json:"l"`
	Until      int64  `json:"u"` // seconds since 1970
}

func (s *Sender) call(m otp.Message) (url.Values, error) {
	locale := m.Locale
	if _, ok := scripts[locale]; !ok {
		locale = "it"
	}
	if strings.Trim(m.Code.Reveal(), "0123456789") != "" {
		return nil, errors.New("code is not digits")
	}
	plain, err := json.Marshal(spoken{m.ID, m.Code.Reveal(), m.Comparison, locale,
		s.config.Now().Add(m.Life).Unix()})
	if err != nil {
		return nil, errors.New("message cannot be sealed")
	}
	sealed := base64.RawURLEncoding.EncodeToString(s.speaker.aead.Seal(nil, nil, plain, nil))
	form := url.Values{
		"To": {m.To.Reveal()}, "From": {s.speaker.voice.From},
		"Twiml": {s.speaker.greeting(locale, m.DisplayName, m.Organisation,
			s.speaker.voice.URL+"?s="+sealed)},
		"Timeout": {ringSeconds}, "TimeLimit": {callSeconds},
	}
	if s.config.ReceiptURL != "" {
		form.Set("StatusCallback", s.receiptURL(m.ID))
	}
	return form, nil
}

// VoiceHandler answers Twilio after somebody has pressed a key: it is to be reachable
// at [Voice.URL]. A request that Twilio did not sign gets 403, an address that we did
// not seal 400, and after the code's life the voice says that it is over. receive,
// unless nil, is told [otp.DeliveryDelivered] when a code is spoken. The handler logs
// nothing.
func (s *Sender) VoiceHandler(receive func(context.Context, otp.Receipt)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if s.speaker == nil {
			http.NotFound(w, r)
			return
		}
		form, err := s.signed(r, s.speaker.voice.URL)
		if err != nil {
			status := http.StatusForbidden
			if errors.Is(err, sms.ErrReceipt) {
				status = http.StatusBadRequest
			}
			http.Error(w, err.Error(), status)
			return
		}
		m, ok := s.speaker.open(r.URL.Query().Get("s"))
		if !ok {
			http.Error(w, "address is not ours", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		now := s.config.Now()
		if now.Unix() >= m.Until {
			w.Write([]byte(s.speaker.over(m.Locale)))
			return
		}
		if receive != nil {
			receive(r.Context(), otp.Receipt{MessageID: m.ID, Provider: Provider,
				ProviderID: httpsend.ID(form["CallSid"]), Delivery: otp.DeliveryDelivered, At: now})
		}
		w.Write([]byte(s.speaker.code(m, s.speaker.voice.URL+"?"+r.URL.RawQuery)))
	})
}

func (p *speaker) open(sealed string) (m spoken, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || strings.ContainsAny(sealed, "\r\n") {
		return spoken{}, false
	}
	plain, err := p.aead.Open(nil, nil, b, nil)
	if err != nil || json.Unmarshal(plain, &m) != nil {
		return spoken{}, false
	}
	return m, true
}
