package verifier

import (
	"context"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// VerifyReceipt verifies a stored receipt (token/RECEIPT.md) and returns its content: when the issuer was
// asked, and what it answered. The error is a [token.Cause]; it is [token.ErrUnknownKey] also if the client
// has no keys.
//
// A receipt does not name the person or the paper. Only the operator's case number connects it to a case.
func (c *Client) VerifyReceipt(ctx context.Context, text string) (api.Receipt, error) {
	issuer, payload, err := c.openReceipt(ctx, text)
	if err != nil {
		return api.Receipt{}, err
	}
	r, err := api.ParseReceipt(payload)
	if err != nil {
		return api.Receipt{}, token.ErrClaims
	}
	if r.IssuerName != issuer { // one issuer must not sign receipts of another
		return api.Receipt{}, token.ErrIssuer
	}
	return r, nil
}

// openReceipt returns the payload of a receipt and the issuer whose key signed it.
func (c *Client) openReceipt(ctx context.Context, text string) (issuer string, payload []byte, err error) {
	keys := c.ring(ctx, c.now()).keys
	err = token.ErrUnknownKey
	for _, a := range c.anchors {
		foreign := func(k token.PublicKey) bool { return k.IssuerName() != a.Name }
		own := slices.DeleteFunc(slices.Clone(keys), foreign)
		if len(own) == 0 {
			continue
		}
		var cause error
		if payload, cause = token.VerifyJWS(api.ReceiptType, text, own, api.MaxReceipt); cause == nil {
			return a.Name, payload, nil
		}
		if err == token.ErrUnknownKey {
			err = cause
		}
	}
	return "", nil, err
}

// question is what the receipt of an answer must be about.
type question struct {
	api.Question
	level int
	// caseNumber is that of the request.
	caseNumber string
}

// receipted returns the content of the receipt if it is valid and agrees with the question and the answer,
// which is the text of a result or a problem. Otherwise the answer may be kept from another question,
// replayed or changed on the way, and the error is a [*CallError]. The issuer's clock and the desk's may
// differ by [token.Leeway]. If the key of the receipt is unknown, receipted starts a refresh of the keys, so
// a later attempt may succeed.
func (c *Client) receipted(ctx context.Context, text string, q question, answer []byte,
	want api.Receipt) (*api.Receipt, error) {
	receipt, err := c.VerifyReceipt(ctx, text)
	if err == token.ErrUnknownKey {
		c.missed()
	}
	if err != nil {
		return nil, &CallError{Reason: ErrReceipt, Cause: err}
	}
	want.Level, want.Case, want.Check = q.level, q.caseNumber, q.Digest()
	if want.Answer, err = api.AnswerDigest(q.CheckID, answer); err != nil {
		return nil, &CallError{Reason: ErrFormat, Cause: err}
	}
	want.Declared = receipt.Declared && len(q.Evidence) > 0 // the issuer knows whether the evidence decided
	// The rest is the issuer's to set.
	want.ID, want.IssuedAt, want.Organisation = receipt.ID, receipt.IssuedAt, receipt.Organisation
	if receipt != want {
		return nil, &CallError{Reason: ErrReceipt}
	}
	// The answer is to this question, so it is new: if the times differ, a clock is wrong.
	if ahead := c.now().Sub(time.Unix(receipt.IssuedAt, 0)); ahead.Abs() > token.Leeway {
		return nil, &CallError{Reason: ErrClock, Ahead: ahead.Round(time.Second)}
	}
	return &receipt, nil
}
