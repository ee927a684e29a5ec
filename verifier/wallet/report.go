package wallet

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A Report is the answer about a card, as that about a paper: authenticity, verdict and code. The zero Report
// says "cannot tell".
type Report struct {
	verifier.Report
	// Cause is the reason in detail. It is empty if the verdict is a yes.
	Cause Cause `json:"cause,omitempty"`
	// Holder is what the desk compares. It is nil if there is nothing to compare, and after Compare.
	Holder *Holder `json:"-"`
}

// Holder is what ties the card to the person. It is personal data: show it, and keep it nowhere. Neither its
// text nor its JSON has it, so that no log shows the person.
type Holder struct {
	// Picture is a JPEG or PNG file, or nil.
	Picture []byte `json:"-"`
	// Name is the given name and the family name, or "".
	Name string `json:"-"`
}

// Format writes a constant.
func (Holder) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "the holder of a card") }

// outcome is a judged answer.
type outcome struct {
	report       Report
	card         *card  // nil if it was refused
	presentation string // its digest, for the receipt
}

// judge verifies an answer. text is empty if there is a cause already.
func (rp *RelyingParty) judge(ctx context.Context, q *question, text string, cause Cause) *outcome {
	now := rp.config.Now()
	if cause != "" {
		return &outcome{rp.refused(cause, nil, now), nil, digest(text)}
	}
	card, err := read(text, rp.config.Anchors, expected{types: rp.config.Types, claims: q.claims,
		audience: rp.clientID, nonce: q.nonce, asked: q.asked, now: now})
	if err == nil {
		err = rp.lists.check(ctx, card, rp.config.Anchors, now)
	}
	var holder *Holder
	if err == nil {
		holder, err = decide(card, q.tie)
	}
	cause, _ = err.(Cause) // decide never returns nil
	r := rp.refused(cause, card, now)
	r.Holder = holder
	if card != nil {
		card.claims = nil // what of them is needed is the holder
	}
	return &outcome{r, card, digest(text)}
}

// decide says what a valid card shows. The best cause is ErrNotCompared, with what is to be compared.
func decide(c *card, tie benefit.Tie) (*Holder, error) {
	claim, there := c.claims[allowance]
	if !there {
		return nil, ErrNoClaim
	}
	if yes, _ := claim.(bool); !yes {
		return nil, ErrClaimFalse
	}
	holder := &Holder{}
	if tie == benefit.TieName {
		given, family := c.says("given_name"), c.says("family_name")
		if given == "" || family == "" {
			return nil, ErrNoTie
		}
		holder.Name = given + " " + family
		return holder, ErrNotCompared
	}
	if holder.Picture = picture(c.says(pictures...)); holder.Picture == nil {
		return nil, ErrNoTie
	}
	return holder, ErrNotCompared
}

// picture returns the file of a data URL, or nil if it is none of the two that any browser draws.
func picture(address string) []byte {
	for prefix, magic := range map[string]string{"data:image/jpeg;base64,": "\xff\xd8\xff",
		"data:image/png;base64,": "\x89PNG\r\n\x1a\n"} {
		if text, ok := strings.CutPrefix(address, prefix); ok {
			file, err := base64.StdEncoding.DecodeString(text)
			if err == nil && strings.HasPrefix(string(file), magic) {
				return file
			}
		}
	}
	return nil
}

// stages are the checks of a report.
var stages = []string{"card", "status", "claim", "holder"}

// refused returns the report of a cause, or of none. A card is known if its own checks have passed.
func (rp *RelyingParty) refused(cause Cause, c *card, now time.Time) Report {
	r := Report{Cause: cause}
	r.Code, r.Verdict, r.Authenticity = cause.Code(), cause.Code().Outcome(), cause.Authenticity()
	if cause == "" {
		r.Verdict = api.Confirmed
	}
	if c != nil {
		r.Paper = &verifier.Paper{IssuerName: c.issuer, IssuedAt: c.issued, ExpiresAt: c.expires}
	}
	for n, name := range stages {
		check := verifier.Check{Name: name}
		switch {
		case n < cause.stage():
			check.Result, check.AsOf = verifier.Pass, now
		case n == cause.stage():
			check.Code = r.Code
			if r.Verdict == api.NotConfirmed {
				check.Result, check.AsOf = verifier.Fail, now
			}
		}
		r.Checks = append(r.Checks, check)
	}
	return r
}

// final returns the last report of a question, with what the desk has seen and with a receipt.
func (rp *RelyingParty) final(ctx context.Context, q *question, seen status.Tri) (Report, error) {
	r := q.outcome.report
	if r.Cause == ErrNotCompared && seen == status.Yes {
		r = rp.refused("", q.outcome.card, rp.config.Now())
	}
	r.Holder = nil
	if rp.config.Receipts == nil {
		return r, nil
	}
	var err error
	r.Receipt, err = rp.receipt(ctx, q, r, seen)
	return r, err
}
