package httpsend_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/httpsend"
)

// A gateway is a sender for a provider that takes a form and answers {"status": "queued", "id": …}
// or a status of 4xx with {"status": "no_credit"}.
type gateway struct {
	client *httpsend.Client
	base   string
	token  sms.Secret
}

func newGateway(base string, token sms.Secret) (*gateway, error) {
	client, base, err := httpsend.Setup{Adapter: "gateway", BaseURL: base}.Open()
	return &gateway{client, base, token}, err
}

func (g *gateway) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	if err := g.client.Check(m, otp.SMS); err != nil {
		return otp.Submission{}, err
	}
	r, err := httpsend.Form(g.base+"/send", url.Values{"to": {m.To.Reveal()}, "text": {m.Text.Reveal()},
		"reference": {m.ID}})
	if err != nil {
		return otp.Submission{}, g.client.Fail(otp.ClassRejected, "url", err)
	}
	r.Header.Set("Authorization", "Bearer "+g.token.Reveal())
	a, err := g.client.Do(ctx, r)
	if err != nil {
		return otp.Submission{}, err
	}
	var answer struct{ Status, ID string }
	readable := httpsend.Decode(a.Body, &answer)
	switch id := httpsend.ID(answer.ID); {
	case a.Status != http.StatusOK:
		return otp.Submission{}, g.client.Refuse(a, answer.Status,
			map[string]otp.ErrorClass{"no_credit": otp.ClassBalance})
	case readable && answer.Status == "queued" && id != "":
		return otp.Submission{Provider: "gateway", ProviderID: id}, nil
	}
	return otp.Submission{}, g.client.Unreadable(a)
}

// A whole adapter. [otptest.TestSender] tests it.
func Example() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"status":"queued","id":"m-1"}`)
	}))
	defer provider.Close()
	sender, err := newGateway(provider.URL, sms.NewSecret("a token"))
	if err != nil {
		fmt.Println(err)
		return
	}
	submission, err := sender.Send(context.Background(), otptest.Message())
	fmt.Println(submission.ProviderID, err)

	message := otptest.Message()
	message.Life = 0
	_, err = sender.Send(context.Background(), message)
	fmt.Println(err)
	// Output:
	// m-1 <nil>
	// send failed: rejected, gateway life
}

func TestExample(t *testing.T) {
	setup := otptest.HTTPSender(func(base string) otp.Sender {
		sender, err := newGateway(base, sms.NewSecret("a token of the gateway"))
		if err != nil {
			t.Fatal(err)
		}
		return sender
	}, otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 200, Body: `{"status":"queued","id":"m-1"}`},
		Refused: map[string]otptest.HTTPAnswer{"no credit": {Status: 402, Body: `{"status":"no_credit"}`,
			Class: otp.ClassBalance, Code: "no_credit"}},
	})
	setup.Secrets = []string{"a token of the gateway"}
	otptest.TestSender(t, setup)
}
