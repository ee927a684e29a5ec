package otp_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
)

// exampleChallenges returns challenges whose time and messages the example controls, and a request.
func exampleChallenges() (*otp.Challenges, *otptest.Clock, *otptest.Recorder, otp.StartRequest) {
	clock, messages := &otptest.Clock{}, &otptest.Recorder{}
	challenges, err := otp.New(otptest.Config(messages, clock))
	if err != nil {
		panic(err) // a fixed configuration
	}
	phone, err := otp.ParsePhone("+393510000067")
	if err != nil {
		panic(err)
	}
	return challenges, clock, messages, otp.StartRequest{
		Parties: otp.Parties{Operator: otp.Operator{ID: otp.NewSecret("anna")},
			Subject: otp.NewSecret("RSSMRA80A01H501U")},
		Terms:    otp.Terms{Organisation: "MUSEO CIVICO", Purpose: "museum", Scope: "benefit:museums"},
		Contacts: []otp.Contact{{Channel: otp.SMS, Phone: phone, VerifiedAt: clock.Now().AddDate(-1, 0, 0)}},
	}
}

// If the answer to a start is lost, the operator's program repeats it with the same key: no second message.
func ExampleChallenges_Start() {
	challenges, _, messages, request := exampleChallenges()
	request.IdempotencyKey = "ticket 17"
	for range 2 {
		challenge, err := challenges.Start(context.Background(), request)
		fmt.Println(challenge.State, challenge.Delivery, "repeated:", challenge.Repeated, err)
	}
	fmt.Println(len(messages.Messages()), "message")
	// Output:
	// pending accepted repeated: false <nil>
	// pending accepted repeated: true <nil>
	// 1 message
}

// A message that does not arrive is sent again, with the same code, but not at once.
func ExampleChallenges_Resend() {
	challenges, clock, messages, request := exampleChallenges()
	ctx := context.Background()
	challenge, err := challenges.Start(ctx, request)
	if err != nil {
		fmt.Println(err)
		return
	}
	again := otp.ResendRequest{Parties: request.Parties, ID: challenge.ID, Contacts: request.Contacts}
	for range 2 {
		_, err := challenges.Resend(ctx, again)
		var refusal *otp.Refusal
		if errors.As(err, &refusal) {
			fmt.Println(refusal.Cause, "- wait", refusal.RetryAfter)
			clock.Advance(refusal.RetryAfter)
		}
	}
	sent := messages.Messages()
	fmt.Println(len(sent), "messages, one code:", sent[0].Code.Reveal() == sent[1].Code.Reveal())
	// Output:
	// too soon to send again - wait 30s
	// 2 messages, one code: true
}

// A right code is accepted once.
func ExampleChallenges_Verify() {
	challenges, _, messages, request := exampleChallenges()
	ctx := context.Background()
	challenge, err := challenges.Start(ctx, request)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := otp.VerifyRequest{Parties: request.Parties, ID: challenge.ID,
		Code: otp.NewCode(messages.Last().Code.Reveal())} // as the person says it
	for range 2 {
		verification, err := challenges.Verify(ctx, answer)
		if err != nil {
			fmt.Println("disclose nothing:", err)
			continue
		}
		fmt.Println("disclose", verification.Terms.Scope)
	}
	// Output:
	// disclose benefit:museums
	// disclose nothing: code was used already
}

// A person who says "it was not me" ends everything that is pending.
func ExampleChallenges_CancelAll() {
	challenges, _, _, request := exampleChallenges()
	ctx := context.Background()
	challenge, err := challenges.Start(ctx, request)
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := challenges.CancelAll(ctx, "", request.Subject)
	fmt.Println(n, err)
	challenge, err = challenges.Status(ctx, otp.Ref{Parties: request.Parties, ID: challenge.ID})
	fmt.Println(challenge.State, err)
	// Output:
	// 1 <nil>
	// revoked <nil>
}

// After too many wrong codes the person waits. Staff who have identified the person lift it.
func ExampleChallenges_ClearFailures() {
	challenges, clock, _, request := exampleChallenges()
	ctx := context.Background()
	challenge, err := challenges.Start(ctx, request)
	for range 5 {
		_, err = challenges.Verify(ctx, otp.VerifyRequest{Parties: request.Parties, ID: challenge.ID,
			Code: otp.NewCode("000000")})
		clock.Advance(time.Second)
	}
	fmt.Println(err)
	fmt.Println(challenges.ClearFailures(ctx, "", request.Subject))
	_, err = challenges.Start(ctx, request)
	fmt.Println(err)
	// Output:
	// wrong code
	// <nil>
	// <nil>
}

// A phone number prints masked.
func ExampleParsePhone() {
	phone, err := otp.ParsePhone("+393510000067")
	fmt.Println(phone, phone.Mask(), err)
	_, err = otp.ParsePhone("351 0000067")
	fmt.Println(err)
	// Output:
	// [phone] +39 ••• ••• ••67 <nil>
	// phone number is not in E.164 form
}

// A sender that fails says whether the message may have been sent.
func ExampleClassOf() {
	for _, err := range []error{
		&otp.SendError{Class: otp.ClassBalance, Provider: "gateway", Code: "no_credit"},
		errors.New("connection reset"), // after the request was written
	} {
		class := otp.ClassOf(err)
		fmt.Println(class, "- certain that nothing was sent:", class.Definite())
	}
	// Output:
	// balance - certain that nothing was sent: true
	// ambiguous - certain that nothing was sent: false
}
