// Package infobip sends codes through Infobip's SMS API, version 3.
//
//	POST https://{base}.api.infobip.com/sms/3/messages
//
// [New] makes a [Sender] from a [Config]. For receipts set [Config.ReceiptURL], call
// [Sender.ParseReceipts] in the handler there and answer 200.
//
// Messages carry our ID, and Infobip refuses an ID that it already knows. Here that refusal
// counts as sent, so the same message is never sent twice.
//
// By default Infobip lets 6 identical messages an hour through to one number, and a resent
// code is identical. Ask for more in the contract. Infobip has no flag that keeps text or
// number out of its logs; agree that in the contract too.
package infobip

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// providerName is the name of this adapter in [otp.Submission] and [otp.Receipt].
const providerName = "infobip"

// A Config holds Infobip's data and the Sender's settings.
type Config struct {
	// BaseURL is the account's own address, such as https://xxxxx.api.infobip.com.
	// Required.
	BaseURL string
	// APIKey is a key with the scope sms:message:send. Required.
	APIKey sms.Secret
	// Senders are the names and numbers that the account may send under. Required.
	Senders sms.SenderIDs

	// ReceiptURL is the URL, as Infobip sees it from outside and without query, to which Infobip
	// reports delivery. Each message gets its own address under it, because Infobip's receipts
	// have no signature. Empty means no receipts.
	ReceiptURL string
	// ReceiptKey authenticates the receipt addresses; at least 32 bytes. Required with ReceiptURL.
	ReceiptKey sms.Secret

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

// New returns a Sender with the configuration c. The error names the first field that is
// missing or wrong.
func New(c Config) (*Sender, error) {
	s := &Sender{config: c, callback: httpsend.Callback{URL: c.ReceiptURL, Key: c.ReceiptKey}}
	switch {
	case c.BaseURL == "":
		return nil, errors.New("infobip: BaseURL is empty")
	case c.APIKey.IsZero():
		return nil, errors.New("infobip: APIKey is empty")
	case len(c.Senders) == 0:
		return nil, errors.New("infobip: Senders is empty")
	}
	var err error
	s.client, s.base, err = httpsend.Setup{Adapter: providerName, BaseURL: c.BaseURL, Senders: c.Senders,
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

// request is the body of POST /sms/3/messages.
type request struct {
	Messages []message `json:"messages"`
}

type message struct {
	Sender       string        `json:"sender"`
	Destinations []destination `json:"destinations"`
	Content      content       `json:"content"`
	Options      options       `json:"options"`
	Webhooks     *webhooks     `json:"webhooks,omitempty"`
}

type destination struct {
	To        string `json:"to"`
	MessageID string `json:"messageId"`
}

type content struct {
	Text string `json:"text"`
}

type options struct {
	ValidityPeriod validity `json:"validityPeriod"`
}

type validity struct {
	Amount   int    `json:"amount"`
	TimeUnit string `json:"timeUnit"`
}

type webhooks struct {
	Delivery delivery `json:"delivery"`
}

type delivery struct {
	URL string `json:"url"`
}

// A status is that of a message, in answers and receipts. A missing member is nil.
type status struct {
	Group *int `json:"groupId"`
	ID    *int `json:"id"`
}

// Send sends m once. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := s.client.Check(m, otp.SMS); err != nil {
		return otp.Submission{}, err
	}
	body, err := s.body(m)
	if err != nil {
		return otp.Submission{}, s.client.Named(err)
	}
	req, err := httpsend.JSON(s.base+"/sms/3/messages", body)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "url", err)
	}
	s.authenticate(req)
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return otp.Submission{}, err
	}
	if a.Status != http.StatusOK {
		return otp.Submission{}, s.refuse(a)
	}
	return s.read(a, m.ID)
}

func (s *Sender) authenticate(req *http.Request) {
	req.Header.Set("Authorization", "App "+s.config.APIKey.Reveal())
}

func (s *Sender) body(m otp.Message) ([]byte, error) {
	from, err := s.config.Senders.For(m.To, s.config.Now())
	if err != nil {
		return nil, err
	}
	out := message{
		Sender:       strings.TrimPrefix(from, "+"),
		Destinations: []destination{{To: strings.TrimPrefix(m.To.Reveal(), "+"), MessageID: m.ID}},
		Content:      content{m.Text.Reveal()},
		// Infobip cuts it at 48 hours.
		Options: options{validity{httpsend.Seconds(m.Life, 1, 172800), "SECONDS"}},
	}
	if s.config.ReceiptURL != "" {
		out.Webhooks = &webhooks{delivery{s.callback.For(providerName, m.ID)}}
	}
	return json.Marshal(request{[]message{out}})
}

// refuse reads {"errorCode":"E401",…}.
func (s *Sender) refuse(a httpsend.Answer) error {
	var problem struct {
		Code string `json:"errorCode"`
	}
	if !httpsend.Decode(a.Body, &problem) {
		problem.Code = ""
	}
	return s.client.Refuse(a, problem.Code, errorCodes)
}

// read examines the one message, because a 200 can hide its rejection.
func (s *Sender) read(a httpsend.Answer, id string) (otp.Submission, error) {
	var sent struct {
		Messages []struct {
			ID     string `json:"messageId"`
			Status status `json:"status"`
		} `json:"messages"`
	}
	if !httpsend.Decode(a.Body, &sent) || len(sent.Messages) != 1 {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	m := sent.Messages[0]
	if m.Status.Group == nil || m.Status.ID == nil {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	code := strconv.Itoa(*m.Status.ID)
	switch *m.Status.Group {
	case groupAccepted, groupPending, groupDelivered:
		if m.ID = httpsend.ID(m.ID); m.ID == "" {
			return otp.Submission{}, s.client.Unreadable(a)
		}
		return otp.Submission{Provider: providerName, ProviderID: m.ID}, nil
	case groupUndeliverable, groupExpired, groupRejected:
		if code == duplicate {
			return otp.Submission{Provider: providerName, ProviderID: id}, nil
		}
		return otp.Submission{}, s.client.Fail(statusClass(code), code, nil)
	}
	return otp.Submission{}, s.client.Unreadable(a)
}

// Ready reads the account's balance, which costs nothing and proves the credentials. Without
// the scope account-management:manage the key cannot read it, and Ready returns an error. It
// does not check the balance itself.
func (s *Sender) Ready(ctx context.Context) error {
	req, err := http.NewRequest(http.MethodGet, s.base+"/account/1/balance", nil)
	if err != nil {
		return s.client.Fail(otp.ClassRejected, "url", nil)
	}
	s.authenticate(req)
	a, err := s.client.Do(ctx, req)
	if err != nil {
		return err
	}
	if a.Status != http.StatusOK {
		return s.refuse(a)
	}
	return nil
}
