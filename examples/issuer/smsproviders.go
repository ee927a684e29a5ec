package main

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/commify"
	"github.com/qr-invalidita/attesta/otp/sms/infobip"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
	"github.com/qr-invalidita/attesta/otp/sms/vonage"
	"github.com/qr-invalidita/attesta/otp/sms/webhook"
)

// smsProvider lists the settings of an adapter and makes the adapter from them.
type smsProvider struct {
	name   string
	plain  []string // settings that may be shown
	secret []string // settings that must not be shown
	open   func(s settings, via transport) (otp.Sender, error)
}

// The sender's name and its entry in the Italian register, common to all providers.
const (
	smsSender       = "SMS_SENDER"
	smsRegistration = "SMS_SENDER_REGISTRATION"
)

func smsProviders() []smsProvider {
	return []smsProvider{
		{
			name: "twilio",
			plain: []string{"TWILIO_ACCOUNT", "TWILIO_API_KEY", "TWILIO_MESSAGING_SERVICE",
				"TWILIO_RECEIPT_URL", "TWILIO_BASE_URL", "TWILIO_VOICE_FROM", "TWILIO_VOICE_URL"},
			secret: []string{"TWILIO_AUTH_TOKEN", "TWILIO_API_SECRET", "TWILIO_VOICE_KEY"},
			open: func(s settings, via transport) (otp.Sender, error) {
				var voice *twilio.Voice
				if s["TWILIO_VOICE_FROM"] != "" {
					voice = &twilio.Voice{From: s["TWILIO_VOICE_FROM"], URL: s["TWILIO_VOICE_URL"],
						Key: s.secret("TWILIO_VOICE_KEY")}
				}
				return asSender(twilio.New(twilio.Config{
					Voice:   voice,
					Account: s["TWILIO_ACCOUNT"], AuthToken: s.secret("TWILIO_AUTH_TOKEN"),
					APIKey: s["TWILIO_API_KEY"], APISecret: s.secret("TWILIO_API_SECRET"),
					Senders: s.senders(), MessagingService: s["TWILIO_MESSAGING_SERVICE"],
					ReceiptURL: s["TWILIO_RECEIPT_URL"], BaseURL: s["TWILIO_BASE_URL"], Client: via.client(),
				}))
			},
		},
		{
			name: "vonage",
			plain: []string{"VONAGE_API_KEY", "VONAGE_RECEIPT_URL", "VONAGE_SIGNATURE_METHOD",
				"VONAGE_BASE_URL"},
			secret: []string{"VONAGE_API_SECRET", "VONAGE_RECEIPT_KEY", "VONAGE_SIGNATURE_SECRET"},
			open: func(s settings, via transport) (otp.Sender, error) {
				return asSender(vonage.New(vonage.Config{
					APIKey: s["VONAGE_API_KEY"], APISecret: s.secret("VONAGE_API_SECRET"),
					Senders:    s.senders(),
					ReceiptURL: s["VONAGE_RECEIPT_URL"], ReceiptKey: s.secret("VONAGE_RECEIPT_KEY"),
					SignatureSecret: s.secret("VONAGE_SIGNATURE_SECRET"),
					SignatureMethod: vonage.Method(s["VONAGE_SIGNATURE_METHOD"]),
					BaseURL:         s["VONAGE_BASE_URL"], Client: via.client(),
				}))
			},
		},
		{
			name:   "infobip",
			plain:  []string{"INFOBIP_BASE_URL", "INFOBIP_RECEIPT_URL"},
			secret: []string{"INFOBIP_API_KEY", "INFOBIP_RECEIPT_KEY"},
			open: func(s settings, via transport) (otp.Sender, error) {
				return asSender(infobip.New(infobip.Config{
					BaseURL: s["INFOBIP_BASE_URL"], APIKey: s.secret("INFOBIP_API_KEY"), Senders: s.senders(),
					ReceiptURL: s["INFOBIP_RECEIPT_URL"], ReceiptKey: s.secret("INFOBIP_RECEIPT_KEY"),
					Client: via.client(),
				}))
			},
		},
		{
			name:   "commify",
			plain:  []string{"COMMIFY_BRAND", "COMMIFY_USER_KEY", "COMMIFY_MESSAGE_TYPE", "COMMIFY_BASE_URL"},
			secret: []string{"COMMIFY_ACCESS_TOKEN"},
			open: func(s settings, via transport) (otp.Sender, error) {
				return asSender(commify.New(commify.Config{
					Brand: commify.Brand(s["COMMIFY_BRAND"]), UserKey: s["COMMIFY_USER_KEY"],
					AccessToken: s.secret("COMMIFY_ACCESS_TOKEN"), Senders: s.senders(),
					MessageType: s["COMMIFY_MESSAGE_TYPE"], BaseURL: s["COMMIFY_BASE_URL"],
					Client: via.client(),
				}))
			},
		},
		{
			name:   "webhook",
			plain:  []string{"WEBHOOK_NAME", "WEBHOOK_URL", "WEBHOOK_VOICE"},
			secret: []string{"WEBHOOK_KEY", "WEBHOOK_RECEIPT_KEY"},
			open: func(s settings, via transport) (otp.Sender, error) {
				channels := []otp.Channel{otp.SMS}
				if s["WEBHOOK_VOICE"] == "true" {
					channels = append(channels, otp.Voice)
				}
				return asSender(webhook.New(webhook.Config{
					Channels: channels,
					Name:     s["WEBHOOK_NAME"], URL: s["WEBHOOK_URL"], Key: s.secret("WEBHOOK_KEY"),
					ReceiptKey: s.secret("WEBHOOK_RECEIPT_KEY"), Senders: s.senders(), Client: via.client(),
				}))
			},
		},
		{
			name: "smpp",
			plain: []string{"SMPP_ADDRESS", "SMPP_PLAIN", "SMPP_SYSTEM_ID", "SMPP_SYSTEM_TYPE",
				"SMPP_SERVICE_TYPE"},
			secret: []string{"SMPP_PASSWORD"},
			open: func(s settings, via transport) (otp.Sender, error) {
				return asSender(smpp.New(smpp.Config{
					Address: s["SMPP_ADDRESS"], Plain: s["SMPP_PLAIN"] == "true" || via.show != nil,
					SystemID: s["SMPP_SYSTEM_ID"], Password: s.secret("SMPP_PASSWORD"),
					SystemType: s["SMPP_SYSTEM_TYPE"], ServiceType: s["SMPP_SERVICE_TYPE"],
					Senders: s.senders(), Dial: via.dial(),
				}))
			},
		},
	}
}

// transport sends a request, or only shows it.
type transport struct{ show *showing }

func (t transport) client() *http.Client {
	if t.show == nil {
		return nil // the adapter uses its own client
	}
	return &http.Client{Transport: t.show}
}

func (t transport) dial() func(context.Context, string) (net.Conn, error) {
	if t.show == nil {
		return nil
	}
	return t.show.dial
}

// asSender returns an untyped nil if the adapter is nil.
func asSender[S otp.Sender](sender S, err error) (otp.Sender, error) {
	if err != nil {
		return nil, err
	}
	return sender, nil
}

func (s settings) secret(name string) sms.Secret { return sms.NewSecret(s[name]) }

func (s settings) senders() sms.SenderIDs {
	if s[smsSender] == "" {
		return nil
	}
	return sms.SenderIDs{{Value: s[smsSender], Registration: s[smsRegistration]}}
}

func (p smsProvider) settings() []string {
	return slices.Concat([]string{smsSender, smsRegistration}, p.plain, p.secret)
}

// secrets returns the values that must not be shown.
func (p smsProvider) secrets(s settings) []string {
	var values []string
	for _, name := range p.secret {
		if s[name] != "" {
			values = append(values, s[name])
		}
	}
	return values
}

func findSMSProvider(name string) (smsProvider, bool) {
	for _, p := range smsProviders() {
		if p.name == name {
			return p, true
		}
	}
	return smsProvider{}, false
}

func smsProviderNames() []string {
	var names []string
	for _, p := range smsProviders() {
		names = append(names, p.name)
	}
	return names
}

func smsSettingsHelp() string {
	var b strings.Builder
	for _, p := range smsProviders() {
		b.WriteString("  " + p.name + "\n      " + strings.Join(p.settings(), "\n      ") + "\n")
	}
	return b.String()
}
