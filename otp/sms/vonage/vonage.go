// Package vonage sends codes through Vonage's SMS API.
//
//	POST https://rest.nexmo.com/sms/json
//
// [New] makes a [Sender] from a [Config]. For receipts set [Config.ReceiptURL] and call
// [Sender.ParseReceipts] in the handler there.
//
// Vonage answers 200 to failures too; the status of each part decides. It has no flag that
// keeps text or number out of its logs; agree that in the contract ("auto-redact"). A POST is
// not idempotent.
package vonage

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// providerName is the name of this adapter in [otp.Submission] and [otp.Receipt].
const providerName = "vonage"

// A Config holds Vonage's data and the Sender's settings.
type Config struct {
	// APIKey is the account's key, 8 letters and digits. Required.
	APIKey string
	// APISecret is the account's secret. Required.
	APISecret sms.Secret
	// Senders are the names and numbers that the account may send under. Required. Vonage drops
	// spaces in names.
	Senders sms.SenderIDs

	// ReceiptURL is the URL, as Vonage sees it from outside and without query, to which Vonage
	// reports delivery. Each message gets its own address under it. Empty means no receipts.
	ReceiptURL string
	// ReceiptKey authenticates the receipt addresses; at least 32 bytes. Required with ReceiptURL.
	ReceiptKey sms.Secret
	// SignatureSecret is the account's secret for signed webhooks. If it is set, receipts need a
	// valid signature too; otherwise the address alone authenticates them.
	SignatureSecret sms.Secret
	// SignatureMethod is the account's method: [SHA256] or [SHA512]. Required with
	// SignatureSecret. MD5 and SHA-1, which Vonage offers too, are not accepted.
	SignatureMethod Method

	// BaseURL is the API's address; empty means https://rest.nexmo.com.
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
	config   Config
	callback httpsend.Callback
	client   *httpsend.Client
	base     string
}

var apiKey = regexp.MustCompile(`^[0-9a-zA-Z]{8}$`)

// New returns a Sender with the configuration c. The error names the first field that is
// missing or wrong.
func New(c Config) (*Sender, error) {
	s := &Sender{config: c, callback: httpsend.Callback{URL: c.ReceiptURL, Key: c.ReceiptKey}}
	switch {
	case !apiKey.MatchString(c.APIKey):
		return nil, errors.New("vonage: APIKey is not 8 letters and digits")
	case c.APISecret.IsZero():
		return nil, errors.New("vonage: APISecret is empty")
	case len(c.Senders) == 0:
		return nil, errors.New("vonage: Senders is empty")
	case !c.SignatureSecret.IsZero() && c.SignatureMethod != SHA256 && c.SignatureMethod != SHA512:
		return nil, errors.New("vonage: SignatureMethod is neither sha256 nor sha512")
	}
	var err error
	s.client, s.base, err = httpsend.Setup{Adapter: providerName, BaseURL: c.BaseURL,
		Fallback: "https://rest.nexmo.com", Senders: c.Senders,
		Callback: s.callback, Client: c.Client, Timeout: c.Timeout}.Open()
	if err != nil {
		return nil, err
	}
	s.config.Senders = slices.Clone(c.Senders)
	if s.config.Now == nil {
		s.config.Now = time.Now
	}
	return s, nil
}

// Capabilities returns SMS with a validity.
func (s *Sender) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Life: true, Receipts: s.config.ReceiptURL != "",
		Alphanumeric: s.config.Senders.Names()}
}

// Send sends m once. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := s.client.Check(m, otp.SMS); err != nil {
		return otp.Submission{}, err
	}
	form, err := s.form(m)
	if err != nil {
		return otp.Submission{}, s.client.Named(err)
	}
	req, err := httpsend.Form(s.base+"/sms/json", form)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "url", err)
	}
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return otp.Submission{}, err
	}
	if a.Status != http.StatusOK {
		return otp.Submission{}, s.client.Refuse(a, "", nil)
	}
	return s.read(a)
}

func (s *Sender) form(m otp.Message) (url.Values, error) {
	from, err := s.config.Senders.For(m.To, s.config.Now())
	if err != nil {
		return nil, err
	}
	form := url.Values{
		"api_key": {s.config.APIKey}, "api_secret": {s.config.APISecret.Reveal()},
		"from": {strings.TrimPrefix(from, "+")},
		// The number is 7 to 15 digits without +: with it Vonage takes another number.
		"to":   {strings.TrimPrefix(m.To.Reveal(), "+")},
		"text": {m.Text.Reveal()}, "type": {"text"},
		// The ttl is 20,000 to 604,800,000 ms.
		"ttl":               {strconv.Itoa(1000 * httpsend.Seconds(m.Life, 20, 604800))},
		"client-ref":        {m.ID}, // up to 40 characters
		"status-report-req": {strconv.FormatBool(s.config.ReceiptURL != "")},
	}
	if _, ok := gsm7.Units(m.Text.Reveal()); !ok {
		form.Set("type", "unicode")
	}
	if s.config.ReceiptURL != "" {
		form.Set("callback", s.callback.For(providerName, m.ID))
	}
	return form, nil
}

// read returns a submission only if every part was taken.
func (s *Sender) read(a httpsend.Answer) (otp.Submission, error) {
	var sent struct {
		Messages []struct {
			Status string `json:"status"`
			ID     string `json:"message-id"`
		} `json:"messages"`
	}
	if !httpsend.Decode(a.Body, &sent) || len(sent.Messages) == 0 {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	for i, part := range sent.Messages {
		if part.Status == "0" {
			continue
		}
		class, known := sendClasses[part.Status]
		if n, err := strconv.Atoi(part.Status); err != nil || n < 1 {
			return otp.Submission{}, s.client.Unreadable(a)
		} else if !known {
			class = otp.ClassRejected
		}
		if i > 0 {
			class = otp.ClassAmbiguous // a part was taken
		}
		return otp.Submission{}, s.client.Fail(class, part.Status, nil)
	}
	id := httpsend.ID(sent.Messages[0].ID)
	if id == "" {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	return otp.Submission{Provider: providerName, ProviderID: id}, nil
}

// Ready reads the account's balance, which costs nothing and proves the credentials. It does
// not check the balance itself.
func (s *Sender) Ready(ctx context.Context) error {
	req, err := http.NewRequest(http.MethodGet, s.base+"/account/get-balance", nil)
	if err != nil {
		return s.client.Fail(otp.ClassRejected, "url", nil)
	}
	req.SetBasicAuth(s.config.APIKey, s.config.APISecret.Reveal())
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return s.client.Refuse(a, "", nil)
	}
	return nil
}
