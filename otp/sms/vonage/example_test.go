package vonage_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/vonage"
)

func ExampleSender_Send() {
	// Vonage answers 200 to everything.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w,
			`{"message-count":"1","messages":[{"status":"9","error-text":"Quota Exceeded - rejected"}]}`)
	}))
	defer server.Close()
	sender, err := vonage.New(vonage.Config{
		APIKey:    "abcd1234",
		APISecret: sms.NewSecret("from a vault"),
		Senders:   sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "alias.agcom.it 12345"}},
		BaseURL:   server.URL,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = sender.Send(context.Background(), otptest.Message())
	var failed *otp.SendError
	if errors.As(err, &failed) {
		fmt.Println(failed)
	}
	// Output: send failed: balance, vonage 9
}
