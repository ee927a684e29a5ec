package region

import (
	"context"
	"net/http"
	"net/url"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// A Gateway sends through the Region's SMS gateway, which takes a form and answers {"id": …}, or 4xx with
// {"error": …}.
type Gateway struct {
	client *httpsend.Client
	base   string
	token  sms.Secret
}

// NewGateway returns a Gateway.
func NewGateway(base string, token sms.Secret) (*Gateway, error) {
	client, base, err := httpsend.Setup{Adapter: "region", BaseURL: base}.Open()
	return &Gateway{client, base, token}, err
}

// Send implements otp.Sender.
func (g *Gateway) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := g.client.Check(m, otp.SMS); err != nil {
		return otp.Submission{}, err
	}
	r, err := httpsend.Form(g.base+"/messages", url.Values{"to": {m.To.Reveal()}, "text": {m.Text.Reveal()},
		"reference": {m.ID}})
	if err != nil {
		return otp.Submission{}, g.client.Fail(otp.ClassRejected, "url", err)
	}
	r.Header.Set("Authorization", "Bearer "+g.token.Reveal())
	a, err := g.client.Do(ctx, r)
	if err != nil {
		return otp.Submission{}, err
	}
	var answer struct{ ID, Error string }
	readable := httpsend.Decode(a.Body, &answer)
	switch id := httpsend.ID(answer.ID); {
	case a.Status != http.StatusOK:
		return otp.Submission{}, g.client.Refuse(a, answer.Error,
			map[string]otp.ErrorClass{"no_credit": otp.ClassBalance, "bad_number": otp.ClassInvalidRecipient})
	case readable && id != "":
		return otp.Submission{Provider: "region", ProviderID: id}, nil
	}
	return otp.Submission{}, g.client.Unreadable(a)
}
