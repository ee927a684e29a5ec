package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/twilio"
)

func ExampleNew() {
	sender, err := twilio.New(twilio.Config{
		Account:    "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		AuthToken:  sms.NewSecret("from a vault"),
		Senders:    sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "alias.agcom.it 12345"}},
		ReceiptURL: "https://otp.example.it/twilio/receipts",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	http.HandleFunc("POST /twilio/receipts", func(w http.ResponseWriter, r *http.Request) {
		receipts, err := sender.ParseReceipts(r)
		if err != nil {
			http.Error(w, "no receipt", http.StatusForbidden)
			return
		}
		_ = receipts // hand each to Challenges.Receive
	})
	fmt.Printf("%+v\n", sender.Capabilities())
	// Output: {Channels:[sms] Life:true Receipts:true Alphanumeric:true}
}

func ExampleSender_Send() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w,
			`{"code":21610,"message":"Attempt to send to unsubscribed recipient +393331234567","status":400}`)
	}))
	defer server.Close()
	sender, err := twilio.New(twilio.Config{
		Account:   "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		AuthToken: sms.NewSecret("from a vault"),
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
		fmt.Println("nothing was sent:", failed.Class.Definite())
	}
	// Output:
	// send failed: not allowed, twilio 21610
	// nothing was sent: true
}
