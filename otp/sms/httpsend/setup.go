package httpsend

import (
	"errors"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/otp/sms"
)

// A Setup is the part of a configuration that the adapters share.
type Setup struct {
	Adapter  string // names the package in an error
	Provider string // empty means Adapter

	BaseURL, Fallback string
	Senders           sms.SenderIDs
	Callback          Callback

	Client  *http.Client
	Timeout time.Duration
}

// Open returns the client and the base address. The error names the first field that is wrong.
func (s Setup) Open() (*Client, string, error) {
	fail := func(what string, err error) (*Client, string, error) {
		return nil, "", errors.New(s.Adapter + ": " + what + err.Error())
	}
	if err := s.Senders.Check(); err != nil {
		return fail("Senders: ", err)
	}
	if err := s.Callback.Check(); err != nil {
		return fail("", err)
	}
	base, err := BaseURL(s.BaseURL, s.Fallback)
	if err != nil {
		return fail("BaseURL ", err)
	}
	provider := s.Provider
	if provider == "" {
		provider = s.Adapter
	}
	client, err := New(provider, s.Client, s.Timeout)
	return client, base, err
}
