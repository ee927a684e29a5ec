package smpp_test

import (
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

func Example() {
	simulated := &centre{} // leave out Dial to reach a real one
	s, err := smpp.New(smpp.Config{
		Dial: simulated.dial, Plain: true,
		Address:  "smsc.example:2775",
		SystemID: "inps",
		Password: sms.NewSecret("wachtwrd"),
		Senders:  sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "alias.agcom.it 12345"}},
		Receipts: func(ctx context.Context, r otp.Receipt) error { return nil }, // to Challenges.Receive
	})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	sent, err := s.Send(context.Background(), otptest.Message())
	if err != nil {
		panic(err)
	}
	fmt.Println(sent.Provider, sent.ProviderID)
	// Output: smpp m1
}
