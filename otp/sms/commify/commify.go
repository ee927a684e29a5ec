// Package commify sends codes through the "API v1.0" of Commify Italia, which five
// Italian brands offer under addresses of their own: Skebby, Aruba SMS, Mobyt,
// Trendoo and SMSend.
//
//	POST {base}/API/v1.0/REST/sms
//
// [New] makes a [Sender] of a [Config]. Delivery is asked for by [Sender.Receipt]:
// the form of the brands' webhook is not public, so there is no ParseReceipts.
//
// The API knows no validity period and no flag to keep text or number out of its
// logs. Our id is the order's id.
package commify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
	"github.com/qr-invalidita/attesta/otp/sms/internal/httpsend"
)

// A Brand is one of the five. It is also the name of the provider in
// [otp.Submission] and [otp.Receipt].
type Brand string

// The brands.
const (
	Skebby  Brand = "skebby"
	Aruba   Brand = "aruba"
	Mobyt   Brand = "mobyt"
	Trendoo Brand = "trendoo"
	SMSend  Brand = "smsend"
)

// What differs between the brands: the address, and the message type of high quality,
// the only one that may carry a name of one's own and is reported on.
var brands = map[Brand]struct{ base, messageType string }{
	Skebby:  {"https://api.skebby.it", "GP"},
	Aruba:   {"https://smspanel.aruba.it", "N"},
	Mobyt:   {"https://app.mobyt.it", "N"},
	Trendoo: {"https://api.trendoo.net", "N"},
	SMSend:  {"https://app.gateway.smsend.it", "N"},
}

// A Config is what the brand gave you and what you want of it.
type Config struct {
	// Brand: required.
	Brand Brand
	// UserKey of the account. Required.
	UserKey string
	// AccessToken of the account, as GET /API/v1.0/REST/token gives it once. Required.
	AccessToken sms.Secret
	// Senders: names and numbers that the account may send under. Required.
	Senders sms.SenderIDs
	// MessageType; empty: the brand's best, GP for Skebby and N for the others.
	MessageType string

	// BaseURL; empty: the brand's.
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
	config Config
	client *httpsend.Client
	base   string
}

// New checks c and makes a Sender of it. The error names the first field that is
// missing or wrong.
func New(c Config) (*Sender, error) {
	brand, known := brands[c.Brand]
	switch {
	case !known:
		return nil, errors.New("commify: Brand is none of skebby, aruba, mobyt, trendoo, smsend")
	case c.UserKey == "":
		return nil, errors.New("commify: UserKey is empty")
	case c.AccessToken.IsZero():
		return nil, errors.New("commify: AccessToken is empty")
	case len(c.Senders) == 0:
		return nil, errors.New("commify: Senders is empty")
	}
	client, base, err := httpsend.Setup{Adapter: "commify", Provider: string(c.Brand), BaseURL: c.BaseURL,
		Fallback: brand.base, Senders: c.Senders, Client: c.Client, Timeout: c.Timeout}.Open()
	if err != nil {
		return nil, err
	}
	c.Senders = slices.Clone(c.Senders)
	if c.MessageType == "" {
		c.MessageType = brand.messageType
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Sender{c, client, base + "/API/v1.0/REST"}, nil
}

// Capabilities: SMS. Receipts is false, since nothing comes by itself; see
// [Sender.Receipt].
func (s *Sender) Capabilities() otp.Capabilities {
	return otp.Capabilities{Channels: []otp.Channel{otp.SMS}, Alphanumeric: s.config.Senders.Names()}
}

// order is the body of POST /sms.
type order struct {
	Type      string   `json:"message_type"`
	Message   string   `json:"message"`
	Recipient []string `json:"recipient"`
	Sender    string   `json:"sender"`
	OrderID   string   `json:"order_id"`
	Encoding  string   `json:"encoding"`
}

// Send sends m once. Every error is a [*otp.SendError].
func (s *Sender) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := s.client.Check(m, otp.SMS); err != nil {
		return otp.Submission{}, err
	}
	from, err := s.config.Senders.For(m.To, s.config.Now())
	if err != nil {
		return otp.Submission{}, s.client.Named(err)
	}
	o := order{s.config.MessageType, m.Text.Reveal(), []string{m.To.Reveal()}, from, m.ID, "gsm"}
	if _, ok := gsm7.Units(o.Message); !ok {
		o.Encoding = "ucs2"
	}
	body, err := json.Marshal(o)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "text", nil)
	}
	req, err := httpsend.JSON(s.base+"/sms", body)
	if err != nil {
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "url", err)
	}
	a, err := s.do(ctx, req)
	if err != nil {
		return otp.Submission{}, err
	}
	return s.read(a, m.ID)
}

func (s *Sender) do(ctx context.Context, req *http.Request) (httpsend.Answer, error) {
	// Not Set: the API's own spelling, which HTTP/1.1 proxies may mind.
	req.Header["user_key"] = []string{s.config.UserKey}
	req.Header["Access_token"] = []string{s.config.AccessToken.Reveal()}
	return s.client.Do(ctx, req)
}

func (s *Sender) read(a httpsend.Answer, id string) (otp.Submission, error) {
	var done struct {
		Result string `json:"result"`
		Order  string `json:"order_id"`
		Sent   *int   `json:"total_sent"`
	}
	readable := httpsend.Decode(a.Body, &done)
	if a.Status != http.StatusCreated {
		if !readable || done.Result == "KO" { // that it failed is known by the status
			done.Result = ""
		}
		return otp.Submission{}, s.refuse(a, done.Result)
	}
	switch {
	case !readable || done.Result == "":
		return otp.Submission{}, s.client.Unreadable(a)
	case done.Result == "OK" && done.Sent != nil && *done.Sent > 0:
		if done.Order != "" && done.Order != id {
			return otp.Submission{}, s.client.Unreadable(a) // of another order
		}
		return otp.Submission{Provider: string(s.config.Brand), ProviderID: id}, nil
	case done.Result == "OK" && done.Sent == nil:
		return otp.Submission{}, s.client.Unreadable(a)
	case done.Result == "OK":
		return otp.Submission{}, s.client.Fail(otp.ClassRejected, "total_sent.0", nil)
	}
	class, known := statusClasses[done.Result]
	if !known {
		return otp.Submission{}, s.client.Unreadable(a)
	}
	return otp.Submission{}, s.client.Fail(class, done.Result, nil)
}

// refuse: 404 says that the user key is unknown.
func (s *Sender) refuse(a httpsend.Answer, code string) error {
	e := s.client.Refuse(a, code, statusClasses)
	if a.Status == http.StatusNotFound && code == "" {
		e.Class = otp.ClassAuth
	}
	return e
}

// Ready reads the account's status, which costs nothing and proves the credentials.
// It does not judge the credit.
func (s *Sender) Ready(ctx context.Context) error {
	_, err := s.get(ctx, "/status")
	return err
}

func (s *Sender) get(ctx context.Context, path string) (httpsend.Answer, error) {
	req, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		return httpsend.Answer{}, s.client.Fail(otp.ClassRejected, "url", nil)
	}
	a, err := s.do(ctx, req)
	if err == nil && a.Status != http.StatusOK {
		err = s.refuse(a, "")
	}
	return a, err
}

// Receipt asks how the message with this id fares; the id is [otp.Message.ID]. A
// message on its way gives [otp.DeliveryAccepted]. The error is a [*otp.SendError];
// it says nothing about the message.
func (s *Sender) Receipt(ctx context.Context, messageID string) (otp.Receipt, error) {
	a, err := s.get(ctx, "/sms/"+url.PathEscape(messageID))
	if err != nil {
		return otp.Receipt{}, err
	}
	receipt, ok := readReceipt(a.Body)
	if !ok {
		return otp.Receipt{}, s.client.Unreadable(a)
	}
	receipt.MessageID, receipt.Provider, receipt.ProviderID = messageID, string(s.config.Brand), messageID
	return receipt, nil
}
