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
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// Voice speaks codes to people who cannot read an SMS, on mobile phones and landlines. The
// call first says who calls and waits for a key, so that no voicemail records a code. Then it
// says how much the operator will see, the comparison number and the code, digit by digit with
// pauses, three times, and again each time a key is pressed.
//
// The request for the call does not contain what follows the key: Twilio fetches it at URL,
// where the caller mounts [Sender.VoiceHandler]. The address that Twilio calls holds the code
// sealed under Key. So nothing is stored here, and neither Twilio's log of the request nor
// that of the address shows the code. All processes behind URL need the same Key.
type Voice struct {
	// From is the calling number in E.164 form, which the account owns or has verified. Required.
	From string
	// URL is the handler's URL, as Twilio sees it from outside and without query. Required.
	URL string
	// Key seals the address, at least 32 bytes. Required.
	Key sms.Secret
	// Languages are the languages by locale. Missing ones are those of [DefaultLanguages].
	Languages map[string]Language
}

// A Language says how Twilio speaks a locale.
type Language struct {
	// Code is the value of <Say language>, such as "it-IT".
	Code string
	// Voice is the value of <Say voice>, such as "Polly.Bianca"; empty means the account's
	// default.
	Voice string
}

// DefaultLanguages returns the five languages. Whether Twilio has a voice for Slovene depends
// on the account: look it up in Twilio's list of voices and set it.
func DefaultLanguages() map[string]Language {
	return map[string]Language{"it": {Code: "it-IT"}, "en": {Code: "en-GB"}, "de": {Code: "de-DE"},
		"fr": {Code: "fr-FR"}, "sl": {Code: "sl-SI"}}
}

// These are the limits of a call in seconds: how long it rings and how long it lasts.
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
		if _, ok := scripts()[locale]; !ok || l.Code == "" {
			return nil, errors.New("twilio: Voice.Languages has an unknown locale or an empty Code")
		}
		languages[locale] = l
	}
	return &speaker{v, aead, languages}, nil
}

// spoken is the content of the sealed address.
type spoken struct {
	ID         string     `json:"i"`
	Code       string     `json:"c"`
	Comparison string     `json:"n"`
	Extent     otp.Extent `json:"e"`
	Private    bool       `json:"p,omitempty"`
	Locale     string     `json:"l"`
	Until      int64      `json:"u"` // seconds since 1970
}

func (s *Sender) call(m otp.Message) (url.Values, error) {
	locale := m.Locale
	if _, ok := scripts()[locale]; !ok {
		locale = "it"
	}
	if strings.Trim(m.Code.Reveal(), "0123456789") != "" {
		return nil, errors.New("code is not digits")
	}
	plain, err := json.Marshal(spoken{m.ID, m.Code.Reveal(), m.Comparison, m.Extent, m.Private, locale,
		s.config.Now().Add(m.Life).Unix()})
	if err != nil {
		return nil, errors.New("message cannot be sealed")
	}
	sealed := base64.RawURLEncoding.EncodeToString(s.speaker.aead.Seal(nil, nil, plain, nil))
	form := url.Values{
		"To": {m.To.Reveal()}, "From": {s.speaker.voice.From},
		"Twiml":   {s.speaker.greeting(locale, m, s.speaker.voice.URL+"?s="+sealed)},
		"Timeout": {ringSeconds}, "TimeLimit": {callSeconds},
	}
	if s.config.ReceiptURL != "" {
		form.Set("StatusCallback", s.receiptURL(m.ID))
	}
	return form, nil
}

// VoiceHandler returns the handler that Twilio calls after a key was pressed. Mount it at
// [Voice.URL]. If Twilio did not sign the request, it answers 403; if the address was not
// sealed under [Voice.Key], 400. After the code has expired, the voice says so. If receive is
// not nil, it gets [otp.DeliveryDelivered] when a code is spoken. The handler logs nothing.
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
			receive(r.Context(), otp.Receipt{MessageID: m.ID, Provider: providerName,
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
