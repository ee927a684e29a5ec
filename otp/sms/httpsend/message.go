package httpsend

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/otp"
)

// Check returns an error if the message must not or cannot be sent: it is for another channel,
// or has no text (or, for voice, no code), no phone or no remaining life.
func (c *Client) Check(m otp.Message, channels ...otp.Channel) error {
	switch {
	case !slices.Contains(channels, m.Channel):
		return c.Fail(otp.ClassRejected, "channel", errors.New("channel is not offered"))
	case m.To.IsZero():
		return c.Fail(otp.ClassInvalidRecipient, "phone", errors.New("message has no phone"))
	case m.Channel == otp.Voice && m.Code.IsZero(), m.Channel != otp.Voice && m.Text.IsZero():
		return c.Fail(otp.ClassRejected, "text", errors.New("message has no text"))
	case m.Life <= 0:
		return c.Fail(otp.ClassRejected, "life", errors.New("the code has expired"))
	}
	return nil
}

// Named sets the client's provider in an error of [sms.SenderIDs.For].
func (c *Client) Named(err error) error {
	var e *otp.SendError
	if errors.As(err, &e) {
		e.Provider = c.provider
	}
	return err
}

// Seconds returns life in whole seconds within least and most. It rounds down, so that nothing
// is delivered too late.
func Seconds(life time.Duration, least, most int) int {
	return min(max(int(life/time.Second), least), most)
}

// Form returns a POST of a form.
func Form(address string, values url.Values) (*http.Request, error) {
	return post(address, "application/x-www-form-urlencoded", values.Encode())
}

// JSON returns a POST of a JSON document.
func JSON(address string, document []byte) (*http.Request, error) {
	return post(address, "application/json", string(document))
}

func post(address, kind, body string) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("address is not a URL")
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// BaseURL returns base without a trailing slash, or fallback if base is empty. It must be https, or
// http on this machine, because messages, codes and passwords go there. The error quotes no part of
// it, because a URL may hold a password.
func BaseURL(base, fallback string) (string, error) {
	if base == "" {
		base = fallback
	}
	u, err := url.Parse(base)
	if err != nil || !netaddr.IsSafe(u) || strings.ContainsAny(base, "?#") {
		return "", errors.New("is not an https URL, or http on this machine, with a host and without query")
	}
	return strings.TrimSuffix(base, "/"), nil
}
