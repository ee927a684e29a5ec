package infobip_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/infobip"
)

func ExampleSender_Send() {
	// A 200 can hide a rejected message.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w,
			`{"messages":[{"messageId":"a.1","status":{"groupId":5,"groupName":"REJECTED","id":11,`+
				`"name":"REJECTED_SOURCE"}}]}`)
	}))
	defer server.Close()
	sender, err := infobip.New(infobip.Config{
		BaseURL: server.URL, // https://xxxxx.api.infobip.com
		APIKey:  sms.NewSecret("from a vault"),
		Senders: sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "alias.agcom.it 12345"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = sender.Send(context.Background(), otptest.Message())
	fmt.Println(err)
	// Output: send failed: sender id, infobip 11
}
