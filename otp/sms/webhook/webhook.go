// Package webhook sends codes through any gateway that speaks the protocol below: a body's
// own, or an adapter in front of a provider that has no package here.
//
// # The request
//
// The request is a POST of a JSON object:
//
//	{"id": "…", "channel": "sms", "to": "+39…", "text": "…", "sender": "INPS",
//	 "locale": "it", "expires_at": "2026-01-15T09:10:00Z"}
//
// For the channel "voice" it also has "code" and "comparison", to be spoken digit by digit, and
// "extent", which says how much the operator will see: "everything", "one_entry" or "yes_no"; or
// "private", true for a code that the person types and tells to nobody. The gateway reads it only
// after the person has pressed a key, so that no voicemail records it.
// The headers are those of Standard Webhooks 1.0.0: webhook-id (the object's id with a colon
// in place of its dot), webhook-timestamp (seconds since 1970) and webhook-signature, which is
// "v1," and base64 of HMAC-SHA-256 over "webhook-id.webhook-timestamp.body". In addition,
// Idempotency-Key is the object's id. If a gateway has seen the id before, it gives the same
// answer and sends nothing. It does not deliver after expires_at.
//
// # The answer
//
// The answer is 2xx with {"code": "ok", "id": "the gateway's id"}, or any status with {"code":
// …}. The code is one of invalid_phone_number, rate_limited, unsupported_request,
// authentication_failed, delivery_rejected, no_credit, sender_not_permitted, unavailable
// (nothing was sent) and timeout (unknown). rate_limited may come with the header Retry-After
// in seconds. Without such a code the status decides.
//
// # The receipt
//
// The receipt is a POST to the caller's address, signed in the same way under a different key:
//
//	{"message_id": "our id", "id": "the gateway's id", "status": "delivered",
//	 "code": "", "at": "2026-01-15T09:00:07Z"}
//
// status is accepted, delivered, failed, expired or unknown. failed comes with a code of the
// list above. [Sender.ParseReceipts] reads the receipt.
package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// A Config describes the gateway.
type Config struct {
	// Name is the gateway's name in [otp.Submission] and [otp.Receipt], 1 to 32 letters, digits
	// and . _ -; empty means "webhook".
	Name string
	// URL is the gateway's https URL, or an http URL on the same machine. Required.
	URL string
	// Key signs requests: at least 32 bytes, or "whsec_" and base64 of as many. Required.
	Key sms.Secret
	// ReceiptKey verifies receipts. It has the form of Key and must differ from it, because
	// otherwise a request could be sent back as a receipt. Empty means no receipts.
	ReceiptKey sms.Secret
	// Channels are the gateway's channels, SMS and Voice; nil means SMS.
	Channels []otp.Channel
	// Senders are the allowed names and numbers to send under. Empty means that the gateway
	// decides and nothing is checked here.
	Senders sms.SenderIDs

	// Client makes the calls, for example with a client certificate; nil means a new one. Its
	// cookies, redirects and Timeout are not used.
	Client *http.Client
	// Timeout limits a call; 0 means 10 seconds.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Sender sends through one gateway. It is safe for concurrent use.
type Sender struct {
	config          Config
	client          *httpsend.Client
	key, receiptKey sms.Secret // decoded
}

// New returns a Sender with the configuration c. The error names the first field that is
// missing or wrong.
func New(c Config) (*Sender, error) {
	if c.Name == "" {
		c.Name = "webhook"
	}
	if httpsend.Code(c.Name) == "" {
		return nil, errors.New("webhook: Name is not 1 to 32 letters, digits and . _ -")
	}
	u, err := url.Parse(c.URL)
	if err != nil || !netaddr.IsSafe(u) {
		return nil, errors.New("webhook: URL is not an https URL, or http on this machine, with a host")
	}
	s := &Sender{}
	if s.key, err = key(c.Key); err != nil {
		return nil, errors.New("webhook: Key " + err.Error())
	}
	if !c.ReceiptKey.IsZero() {
		if s.receiptKey, err = key(c.ReceiptKey); err != nil {
			return nil, errors.New("webhook: ReceiptKey " + err.Error())
		}
		if s.key.Reveal() == s.receiptKey.Reveal() {
			return nil, errors.New("webhook: ReceiptKey equals Key")
		}
	}
	if c.Channels = slices.Clone(c.Channels); c.Channels == nil {
		c.Channels = []otp.Channel{otp.SMS}
	}
	for _, ch := range c.Channels {
		if ch != otp.SMS && ch != otp.Voice {
			return nil, errors.New("webhook: Channels contains a channel other than sms and voice")
		}
	}
	if err := c.Senders.Check(); err != nil {
		return nil, errors.New("webhook: Senders: " + err.Error())
	}
	c.Senders = slices.Clone(c.Senders)
	if s.client, err = httpsend.New(c.Name, c.Client, c.Timeout); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s.config = c
	return s, nil
}

// Capabilities returns the configured channels, with a validity.
func (s *Sender) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: slices.Clone(s.config.Channels), Life: true,
		Receipts: !s.receiptKey.IsZero(), Alphanumeric: s.config.Senders.Names()}
}

// request is the body of the request.
type request struct {
	ID         string    `json:"id"`
	Channel    string    `json:"channel"`
	To         string    `json:"to"`
	Text       string    `json:"text,omitempty"`
	Code       string    `json:"code,omitempty"`
	Comparison string    `json:"comparison,omitempty"`
	Extent     string    `json:"extent,omitempty"`
	Private    bool      `json:"private,omitempty"`
	Sender     string    `json:"sender,omitempty"`
	Locale     string    `json:"locale"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// classes maps the gateway's codes to classes.
var classes = map[string]otp.ErrorClass{
	"invalid_phone_number":  otp.ClassInvalidRecipient,
	"rate_limited":          otp.ClassThrottled,
	"unsupported_request":   otp.ClassRejected,
	"authentication_failed": otp.ClassAuth,
	"delivery_rejected":     otp.ClassNotAllowed,
	"no_credit":             otp.ClassBalance,
	"sender_not_permitted":  otp.ClassSenderID,
	"unavailable":           otp.ClassUnavailable,
	"timeout":               otp.ClassAmbiguous,
}

// Send sends m once. If a kept connection turns out to be closed, net/http repeats the
// request, and the gateway recognises it by the id. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := s.client.Check(m, s.config.Channels...); err != nil {
		return otp.Submission{}, err
	}
	now := s.config.Now()
	out := request{ID: m.ID, Channel: string(m.Channel), To: m.To.Reveal(), Text: m.Text.Reveal(),
		Locale: m.Locale, ExpiresAt: now.Add(m.Life).UTC().Truncate(time.Second)}
	if m.Channel == otp.Voice {
		out.Code, out.Comparison, out.Private = m.Code.Reveal(), m.Comparison, m.Private
		if !m.Private {
			out.Extent = m.Extent.String()
		}
	}
	if len(s.config.Senders) > 0 {
		from, err := s.config.Senders.For(m.To, now)
		if err != nil {
			return otp.Submission{}, s.client.Named(err)
		}
		out.Sender = from
	}
	body, err := json.Marshal(out)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "text", nil)
	}
	req, err := httpsend.JSON(s.config.URL, body)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "url", err)
	}
	// The dot separates the parts of the signed text, so it cannot occur in the id.
	sign(req.Header, s.key, strings.ReplaceAll(m.ID, ".", ":"), now, body)
	req.Header.Set("Idempotency-Key", m.ID)
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return otp.Submission{}, err
	}
	return s.read(a)
}

func (s *Sender) read(a httpsend.Answer) (otp.Submission, error) {
	var done struct {
		Code string `json:"code"`
		ID   string `json:"id"`
	}
	readable := httpsend.Decode(a.Body, &done)
	if !readable {
		done.Code = ""
	}
	if _, refused := classes[done.Code]; refused || a.Status < 200 || a.Status > 299 {
		if done.Code == "ok" {
			done.Code = ""
		}
		return otp.Submission{}, s.client.Refuse(a, done.Code, classes)
	}
	if done.ID = httpsend.ID(done.ID); done.Code != "ok" || done.ID == "" {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	return otp.Submission{Provider: s.config.Name, ProviderID: done.ID}, nil
}
