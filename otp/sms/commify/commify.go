// Package commify sends codes through the "API v1.0" of Commify Italia, which five Italian
// brands offer under their own addresses: Skebby, Aruba SMS, Mobyt, Trendoo and SMSend.
//
//	POST {base}/API/v1.0/REST/sms
//
// [New] makes a [Sender] from a [Config]. [Sender.Receipt] asks for the delivery. There is no
// ParseReceipts, because the form of the brands' webhook is not public.
//
// The API has no validity period and no flag that keeps text or number out of its logs. Our ID
// is the order's ID.
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
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// A Brand is one of the five brands. It is also the provider's name in [otp.Submission] and
// [otp.Receipt].
type Brand string

// These are the brands.
const (
	Skebby  Brand = "skebby"
	Aruba   Brand = "aruba"
	Mobyt   Brand = "mobyt"
	Trendoo Brand = "trendoo"
	SMSend  Brand = "smsend"
)

// brands holds the differences between the brands: the address, and the message type of high
// quality, the only type with a chosen sender name and with delivery reports.
var brands = map[Brand]struct{ base, messageType string }{
	Skebby:  {"https://api.skebby.it", "GP"},
	Aruba:   {"https://smspanel.aruba.it", "N"},
	Mobyt:   {"https://app.mobyt.it", "N"},
	Trendoo: {"https://api.trendoo.net", "N"},
	SMSend:  {"https://app.gateway.smsend.it", "N"},
}

// A Config holds the brand's data and the Sender's settings.
type Config struct {
	// Brand is the brand. Required.
	Brand Brand
	// UserKey is the account's user key. Required.
	UserKey string
	// AccessToken is the account's token; GET /API/v1.0/REST/token returns it once. Required.
	AccessToken sms.Secret
	// Senders are the names and numbers that the account may send under. Required.
	Senders sms.SenderIDs
	// MessageType is the type of message; empty means the brand's best, GP for Skebby and N for
	// the others.
	MessageType string

	// BaseURL is the API's address; empty means the brand's.
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
	config Config
	client *httpsend.Client
	base   string
}

// New returns a Sender with the configuration c. The error names the first field that is
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

// Capabilities returns SMS. Receipts is false, because the API reports nothing without being
// asked; see [Sender.Receipt].
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
	// Do not use Set: this is the API's own spelling, which an HTTP/1.1 proxy may distinguish.
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
		if !readable || done.Result == "KO" { // the status already shows the failure
			done.Result = ""
		}
		return otp.Submission{}, s.refuse(a, done.Result)
	}
	switch {
	case !readable || done.Result == "":
		return otp.Submission{}, s.client.Unreadable(a)
	case done.Result == "OK" && done.Sent != nil && *done.Sent > 0:
		if done.Order != "" && done.Order != id {
			return otp.Submission{}, s.client.Unreadable(a) // it is another order's
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

// refuse returns the error for an answer. 404 means that the user key is unknown.
func (s *Sender) refuse(a httpsend.Answer, code string) error {
	e := s.client.Refuse(a, code, statusClasses)
	if a.Status == http.StatusNotFound && code == "" {
		e.Class = otp.ClassAuth
	}
	return e
}

// Ready reads the account's status, which costs nothing and proves the credentials. It does
// not check the credit.
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

// Receipt asks for the delivery of the message with this [otp.Message.ID]. For a message in
// transit it returns [otp.DeliveryAccepted]. The error is a [*otp.SendError] and says nothing
// about the message.
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
