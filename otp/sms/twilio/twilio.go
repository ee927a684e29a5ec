// Package twilio sends codes through Twilio: an SMS by Programmable Messaging, and
// a call that speaks the code for people who cannot read an SMS or have a landline.
//
//	POST https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Messages.json
//	POST https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Calls.json
//
// [New] makes a [Sender] of a [Config]. Receipts need [Config.ReceiptURL], where a
// handler of the caller's calls [Sender.ParseReceipts]. Voice needs [Config.Voice].
//
// Twilio is asked to keep neither the text (ContentRetention=discard) nor the whole
// number (AddressRetention=obfuscate) of an SMS; for calls it has no such flags, but
// the code is not in the request for the call (see [Voice]). The account must be
// entitled to both flags; while it is not, set [Config.KeepContent].
//
// A POST to Twilio is not idempotent. After an error of class ambiguous the message
// may have gone out.
package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/internal/httpsend"
)

// Provider is the name of this adapter in [otp.Submission] and [otp.Receipt].
const Provider = "twilio"

// A Config is what Twilio gave you and what you want of it.
type Config struct {
	// Account is the Account SID: AC and 32 hexadecimal digits. Required.
	Account string
	// AuthToken of the account. Required: Twilio signs receipts with it, and calls
	// are authenticated by it unless APIKey is set.
	AuthToken sms.Secret
	// APIKey is the SID of an API key, SK and 32 hexadecimal digits, with its
	// APISecret: calls are then authenticated by them, so that they can be revoked
	// alone. Empty: by AuthToken.
	APIKey    string
	APISecret sms.Secret

	// Senders of SMS: names and numbers that the account owns. Required unless
	// MessagingService is set.
	Senders sms.SenderIDs
	// MessagingService is the SID of a Messaging Service, MG and 32 hexadecimal
	// digits. With Senders set too, the sender must be in its pool; without, Twilio
	// chooses the sender, and nothing is checked about it here.
	MessagingService string

	// ReceiptURL is where Twilio reports delivery, as Twilio sees it from outside,
	// without query; a host name without underscores. Empty: no receipts.
	ReceiptURL string
	// Voice; nil: only SMS.
	Voice *Voice
	// KeepContent leaves text and number of an SMS in Twilio's logs.
	KeepContent bool

	// BaseURL; empty: https://api.twilio.com.
	BaseURL string
	// Client for the calls; nil: one of its own. Its cookies, redirects and Timeout
	// are not used.
	Client *http.Client
	// Timeout of a call; 0: 10 seconds.
	Timeout time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// A Sender sends through one account. It is safe for concurrent use.
type Sender struct {
	config  Config
	client  *httpsend.Client
	base    string
	speaker *speaker // nil: no voice
}

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	keySID     = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	serviceSID = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

// New checks c and makes a Sender of it. The error names the first field that is
// missing or wrong.
func New(c Config) (*Sender, error) {
	switch {
	case !accountSID.MatchString(c.Account):
		return nil, errors.New("twilio: Account is not AC and 32 hexadecimal digits")
	case c.AuthToken.IsZero():
		return nil, errors.New("twilio: AuthToken is empty")
	case c.APIKey != "" && !keySID.MatchString(c.APIKey):
		return nil, errors.New("twilio: APIKey is not SK and 32 hexadecimal digits")
	case (c.APIKey == "") != c.APISecret.IsZero():
		return nil, errors.New("twilio: APIKey and APISecret belong together")
	case c.MessagingService != "" && !serviceSID.MatchString(c.MessagingService):
		return nil, errors.New("twilio: MessagingService is not MG and 32 hexadecimal digits")
	case len(c.Senders) == 0 && c.MessagingService == "":
		return nil, errors.New("twilio: neither Senders nor MessagingService")
	}
	client, base, err := httpsend.Setup{Adapter: Provider, BaseURL: c.BaseURL,
		Fallback: "https://api.twilio.com", Senders: c.Senders,
		Client: c.Client, Timeout: c.Timeout}.Open()
	if err != nil {
		return nil, err
	}
	c.Senders = slices.Clone(c.Senders)
	if c.ReceiptURL != "" {
		if _, err := httpsend.BaseURL(c.ReceiptURL, ""); err != nil {
			return nil, errors.New("twilio: ReceiptURL " + err.Error())
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Sender{config: c, client: client, base: base + "/2010-04-01/Accounts/" + c.Account}
	if c.Voice != nil {
		if s.speaker, err = newSpeaker(*c.Voice); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Capabilities: SMS, and voice if it is configured; both know how long the code is
// valid.
func (s *Sender) Capabilities() otp.Capabilities {
	c := otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Receipts: s.config.ReceiptURL != "",
		Alphanumeric: s.config.Senders.Names()}
	if s.speaker != nil {
		c.Channels = append(c.Channels, otp.Voice)
	}
	return c
}

// Send sends m once. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := s.client.Check(m, s.Capabilities().Channels...); err != nil {
		return otp.Submission{}, err
	}
	if m.Channel == otp.Voice {
		form, err := s.call(m)
		if err != nil {
			return otp.Submission{}, s.client.Fail(otp.ClassRejected, "voice", err)
		}
		return s.post(ctx, "/Calls.json", form)
	}
	form, err := s.message(m)
	if err != nil {
		return otp.Submission{}, s.client.Named(err)
	}
	return s.post(ctx, "/Messages.json", form)
}

func (s *Sender) message(m otp.Message) (url.Values, error) {
	form := url.Values{
		"To":   {m.To.Reveal()},
		"Body": {m.Text.Reveal()},
		// 1 to 36,000 s, above 5 advised (Message resource); a shorter rest of life is
		// stretched rather than refused.
		"ValidityPeriod": {strconv.Itoa(httpsend.Seconds(m.Life, 6, 36000))},
		"SmartEncoded":   {"true"},
	}
	if !s.config.KeepContent {
		form.Set("ContentRetention", "discard")
		form.Set("AddressRetention", "obfuscate")
	}
	if len(s.config.Senders) > 0 {
		from, err := s.config.Senders.For(m.To, s.config.Now())
		if err != nil {
			return nil, err
		}
		form.Set("From", from)
	}
	if s.config.MessagingService != "" {
		form.Set("MessagingServiceSid", s.config.MessagingService)
	}
	if s.config.ReceiptURL != "" {
		form.Set("StatusCallback", s.receiptURL(m.ID))
	}
	return form, nil
}

func (s *Sender) post(ctx context.Context, path string, form url.Values) (otp.Submission, error) {
	req, err := httpsend.Form(s.base+path, form)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "url", err)
	}
	s.authenticate(req)
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return otp.Submission{}, err
	}
	if a.Status != http.StatusCreated {
		var problem struct {
			Code int `json:"code"`
		}
		if !httpsend.Decode(a.Body, &problem) {
			problem.Code = 0
		}
		return otp.Submission{}, s.client.Refuse(a, code(problem.Code), sendClasses)
	}
	var created struct {
		SID       string          `json:"sid"`
		Status    string          `json:"status"`
		ErrorCode json.RawMessage `json:"error_code"` // integer or null; calls have none
	}
	if !httpsend.Decode(a.Body, &created) || httpsend.ID(created.SID) == "" {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	switch string(created.ErrorCode) {
	case "", "null", "0":
	default:
		number := 0
		if json.Unmarshal(created.ErrorCode, &number) != nil {
			return otp.Submission{}, s.client.Unreadable(a)
		}
		return otp.Submission{}, s.client.Fail(deliveryClass(code(number)), code(number), nil)
	}
	return otp.Submission{Provider: Provider, ProviderID: created.SID}, nil
}

func (s *Sender) authenticate(req *http.Request) {
	if s.config.APIKey != "" {
		req.SetBasicAuth(s.config.APIKey, s.config.APISecret.Reveal())
	} else {
		req.SetBasicAuth(s.config.Account, s.config.AuthToken.Reveal())
	}
}

// Ready reads the account's balance, which costs nothing and proves the
// credentials. It does not judge the balance: an account may be billed afterwards.
func (s *Sender) Ready(ctx context.Context) error {
	req, err := http.NewRequest(http.MethodGet, s.base+"/Balance.json", nil)
	if err != nil {
		return s.client.Fail(otp.ClassRejected, "url", nil)
	}
	s.authenticate(req)
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return s.client.Refuse(a, "", nil)
	}
	return nil
}
