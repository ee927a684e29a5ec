package router_test

import (
	"context"
	"fmt"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms/router"
)

// The first of two providers does not answer today.
func Example() {
	first := &otptest.Recorder{Fail: []error{&otp.SendError{Class: otp.ClassUnavailable,
		Provider: "infobip"}}}
	second := &otptest.Recorder{}
	r, err := router.New(router.Config{
		Providers: []router.Provider{{Name: "infobip", Sender: first}, {Name: "skebby", Sender: second}},
		Events:    func(e router.Event) { fmt.Println(e.Kind, e.Provider, e.Class) },
	})
	if err != nil {
		panic(err)
	}
	if _, err := r.Send(context.Background(), otptest.Message()); err != nil {
		panic(err)
	}
	fmt.Println(len(first.Messages()), len(second.Messages()))
	// Output:
	// attempt_failed infobip unavailable
	// 0 1
}
