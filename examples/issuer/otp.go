package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/otp"
)

const otpUsage = `Usage: issuer otp clear -cf CF -as NAME -reason TEXT [flags]
       issuer otp cancel -cf CF -as NAME -reason TEXT [flags]
       issuer otp reports -as NAME -reason TEXT [flags]
       issuer otp demo

  clear    forgets the person's wrong codes and lifts what follows from them: waits, locks, and the bars of
           operators, those too that the person set by "it was not me". First identify the person
  cancel   ends the person's requests that still wait for a code
  reports  lists the operators of whom somebody said "it was not me": when, whether still barred, when they
           had asked, login, operator, organisation, purpose, challenge. It names no person
  demo     plays the consent of the second level in memory: an operator asks, the citizen's telephone
           receives an SMS, and the operator types the code that the citizen tells them. Nothing is sent or
           stored, and the clock is moved on instead of waiting

The person sees that their codes were cleared or their requests ended. "-cf -" asks for the code.
` + staffUsage

func otpCommand(ctx context.Context, args []string, s cli.Streams) int {
	var f otpFlags
	fs := cli.Flags("otp", otpUsage, s)
	f.place.add(fs)
	f.redis.add(fs, "clear, cancel: ")
	f.personFlag.add(fs)
	f.staff.add(fs, "clear, cancel, reports: ")
	rest, code, ok := cli.Parse(fs, args, s)
	switch {
	case !ok:
		return code
	case len(rest) == 1 && (rest[0] == "clear" || rest[0] == "cancel"):
		return f.change(ctx, rest[0], s)
	case len(rest) == 1 && rest[0] == "reports":
		return f.reports(ctx, s)
	case len(rest) != 1 || rest[0] != "demo":
		return cli.Fail(s, cli.Usage, "otp wants clear, cancel, reports or demo (-h explains)")
	}
	if err := playOTP(ctx, s.Out); err != nil {
		return cli.Fail(s, cli.Failure, "otp demo: %v", err)
	}
	return cli.OK
}

// phone is the citizen's telephone: it prints each message and keeps the code.
type phone struct {
	otp.Console
	code otp.Code
}

func (p *phone) Send(ctx context.Context, m otp.Message) (otp.Submission, error) {
	p.code = m.Code
	return p.Console.Send(ctx, m)
}

// play is one run of the demonstration.
type play struct {
	w          io.Writer
	challenges *otp.Challenges
	phone      *phone
	now        time.Time
	parties    otp.Parties
	contact    otp.Contact
}

func playOTP(ctx context.Context, w io.Writer) error {
	p, err := newPlay(w)
	if err != nil {
		return err
	}
	p.say(
		"The operator of a museum asks whether a visitor may enter free, and for nothing more. The " +
			"citizen's telephone:")
	challenge, err := p.challenges.Start(ctx, otp.StartRequest{
		Parties: p.parties,
		Terms: otp.Terms{Organisation: "MUSEO CIVICO", Declared: true, Purpose: "museum-entry",
			Scope: "benefit:museum"},
		Contacts: []otp.Contact{p.contact},
	})
	if err != nil {
		return err
	}
	p.say("The operator's screen shows no code, only: sent to %s, number to compare %s, good until %s.",
		challenge.MaskedPhone, challenge.Comparison, challenge.ExpiresAt.Format("15:04"))

	for by, why := range []string{"guesses", "mishears"} {
		p.say("The operator %s:", why)
		if err := p.answer(ctx, challenge.ID, wrong(p.phone.code, by+1)); err != nil {
			return err
		}
	}

	wait := challenge.ResendAt.Sub(p.now)
	p.now = p.now.Add(wait)
	p.say("The citizen deleted the message. %d seconds later it comes once more, with the same code:",
		int(wait.Seconds()))
	if _, err := p.challenges.Resend(ctx, otp.ResendRequest{Parties: p.parties, ID: challenge.ID,
		Contacts: []otp.Contact{p.contact}}); err != nil {
		return err
	}

	p.say("The citizen reads it out:")
	spoken := p.phone.code.Reveal()
	if err := p.answer(ctx, challenge.ID, spoken[:3]+" "+spoken[3:]); err != nil {
		return err
	}
	p.say("Somebody types the same code again:")
	return p.answer(ctx, challenge.ID, spoken)
}

func newPlay(w io.Writer) (*play, error) {
	p := &play{w: w, phone: &phone{Console: otp.Console{W: w, ShowCode: true}}, now: time.Now()}
	clock := func() time.Time { return p.now }
	pepper, err := newPepper()
	if err != nil {
		return nil, err
	}
	recordKey, err := newPepper()
	if err != nil {
		return nil, err
	}
	p.challenges, err = otp.New(otp.Config{
		Keys:        otp.Keyring{Current: "demo", Peppers: map[string]otp.Pepper{"demo": pepper}},
		RecordKey:   recordKey,
		DisplayName: "ENTE DEMO",
		Sender:      p.phone,
		Store:       &otp.MemoryStore{Clock: clock},
		Limiter:     &otp.MemoryLimiter{Clock: clock},
	})
	if err != nil {
		return nil, err
	}
	number, err := otp.ParsePhone("+393510000067")
	if err != nil {
		return nil, err
	}
	p.contact = otp.Contact{Channel: otp.SMS, Phone: number, VerifiedAt: p.now.AddDate(-1, 0, 0)}
	p.parties = otp.Parties{
		Operator: otp.Operator{IdentityProvider: "https://login.example", ID: otp.NewSecret("operator")},
		Subject:  otp.NewSecret("RSSMRA80A01H501U"),
	}
	return p, nil
}

func newPepper() (otp.Pepper, error) {
	key := make([]byte, otp.MinPepper)
	rand.Read(key) // never fails since Go 1.24
	return otp.NewPepper(key)
}

func (p *play) say(format string, args ...any) { fmt.Fprintf(p.w, "\n"+format+"\n", args...) }

// answer submits a code and reports the result. It returns an error only for what must not happen here.
func (p *play) answer(ctx context.Context, id, typed string) error {
	v, err := p.challenges.Verify(ctx, otp.VerifyRequest{Parties: p.parties, ID: id,
		Code: otp.NewCode(typed)})
	var refusal *otp.Refusal
	switch {
	case err == nil:
		fmt.Fprintf(p.w, "  %s  right: now the access is recorded, then %q is answered, and nothing else\n",
			typed, v.Terms.Scope)
	case errors.Is(err, otp.ErrWrongCode) && errors.As(err, &refusal):
		fmt.Fprintf(p.w, "  %s  wrong, %d attempts left\n", typed, refusal.AttemptsLeft)
	case errors.Is(err, otp.ErrAlreadyUsed):
		fmt.Fprintf(p.w, "  %s  refused: %v\n", typed, err)
	default:
		return err
	}
	return nil
}

// wrong returns another code of the same length, with each digit moved on by 1 to 9.
func wrong(c otp.Code, by int) string {
	return strings.Map(func(digit rune) rune { return '0' + (digit-'0'+rune(by))%10 }, c.Reveal())
}
