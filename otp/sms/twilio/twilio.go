// Package twilio sends codes through Twilio: by SMS (Programmable Messaging), or by a call
// that speaks the code, for people who cannot read an SMS or have a landline.
//
//	POST https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Messages.json
//	POST https://api.twilio.com/2010-04-01/Accounts/{AccountSid}/Calls.json
//
// [New] makes a [Sender] from a [Config]. For receipts set [Config.ReceiptURL] and call
// [Sender.ParseReceipts] in the handler there. For calls set [Config.Voice].
//
// The Sender asks Twilio to keep neither the text (ContentRetention=discard) nor the whole
// number (AddressRetention=obfuscate) of an SMS. Calls have no such flags, but the request for
// a call does not contain the code (see [Voice]). The account must be entitled to both flags;
// until it is, set [Config.KeepContent].
//
// A POST to Twilio is not idempotent. After an ambiguous error the message may have been sent.
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
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// providerName is the name of this adapter in [otp.Submission] and [otp.Receipt].
const providerName = "twilio"

// A Config holds Twilio's data and the Sender's settings.
type Config struct {
	// Account is the Account SID: AC and 32 hexadecimal digits. Required.
	Account string
	// AuthToken is the account's token. Required: Twilio signs receipts with it, and it
	// authenticates calls if APIKey is empty.
	AuthToken sms.Secret
	// APIKey is the SID of an API key, SK and 32 hexadecimal digits, and APISecret its secret. If
	// set, they authenticate calls, so that they can be revoked separately. Empty means AuthToken.
	APIKey    string
	APISecret sms.Secret

	// Senders are the account's names and numbers for SMS. Required if MessagingService is empty.
	Senders sms.SenderIDs
	// MessagingService is the SID of a Messaging Service, MG and 32 hexadecimal digits. If Senders
	// is set too, the sender must be in the service's pool. Otherwise Twilio chooses the sender,
	// and nothing is checked about it here.
	MessagingService string

	// ReceiptURL is the URL, as Twilio sees it from outside and without query, to which Twilio
	// reports delivery. Its host name has no underscores. Empty means no receipts.
	ReceiptURL string
	// Voice configures calls; nil means SMS only.
	Voice *Voice
	// KeepContent keeps text and number of an SMS in Twilio's logs.
	KeepContent bool

	// BaseURL is the API's address; empty means https://api.twilio.com.
	BaseURL string
	// Client makes the calls; nil means a new one. Its cookies, redirects and Timeout are not
	// used.
	Client *http.Client
	// Timeout limits a call; 0 means 10 seconds.
	Timeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// A Sender sends through one account. It is safe for concurrent use.
type Sender struct {
	config  Config
	client  *httpsend.Client
	base    string
	speaker *speaker // nil means no voice
}

var (
	accountSID = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	keySID     = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	serviceSID = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
)

// New returns a Sender with the configuration c. The error names the first field that is
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
		return nil, errors.New("twilio: APIKey and APISecret must be set together")
	case c.MessagingService != "" && !serviceSID.MatchString(c.MessagingService):
		return nil, errors.New("twilio: MessagingService is not MG and 32 hexadecimal digits")
	case len(c.Senders) == 0 && c.MessagingService == "":
		return nil, errors.New("twilio: Senders and MessagingService are both empty")
	}
	client, base, err := httpsend.Setup{Adapter: providerName, BaseURL: c.BaseURL,
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

// Capabilities returns SMS, and Voice if it is configured, with a validity.
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
		// The validity is 1 to 36,000 s, and above 5 is advised (Message resource). A shorter
		// remaining life is extended to 6 s instead of being refused.
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
	return otp.Submission{Provider: providerName, ProviderID: created.SID}, nil
}

func (s *Sender) authenticate(req *http.Request) {
	if s.config.APIKey != "" {
		req.SetBasicAuth(s.config.APIKey, s.config.APISecret.Reveal())
	} else {
		req.SetBasicAuth(s.config.Account, s.config.AuthToken.Reveal())
	}
}

// Ready reads the account's balance, which costs nothing and proves the credentials. It does
// not check the balance itself, because an account may be billed later.
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
