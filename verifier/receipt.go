package verifier

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// VerifyReceipt verifies a stored receipt and returns its content: when the issuer was asked, and what it
// answered. The error is a [token.Cause]; it is [token.ErrUnknownKey] also if the client has no keys.
//
// A receipt does not name the person or the paper. Only the operator's case number connects it to a case.
func (c *Client) VerifyReceipt(text string) (api.Receipt, error) {
	issuer, payload, err := c.openReceipt(text)
	if err != nil {
		return api.Receipt{}, err
	}
	var r api.Receipt
	if json.Unmarshal(payload, &r) != nil {
		return api.Receipt{}, token.ErrClaims
	}
	again, err := json.Marshal(r)
	if err != nil || !bytes.Equal(again, payload) || r.IssuedAt < 1 || r.Level != 1 && r.Level != 2 {
		return api.Receipt{}, token.ErrClaims
	}
	if r.IssuerName != issuer { // one issuer must not sign receipts of another
		return api.Receipt{}, token.ErrIssuer
	}
	return r, nil
}

// openReceipt returns the payload of a receipt and the issuer whose key signed it.
func (c *Client) openReceipt(text string) (issuer string, payload []byte, err error) {
	keys := c.ring(c.now()).keys
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

// receiptSlack is the maximum difference between the time of a receipt and the time of its answer, which
// come from the same clock. The answer's time and the desk's clock may differ by [token.Leeway].
const receiptSlack = time.Minute

// receipted returns the content of the receipt if it is valid, agrees with want and is recent. Otherwise it
// returns nil: the answer may come from a cache or be a replay of an answer to another question. If the key
// of the receipt is unknown, receipted starts a refresh of the keys, so a later attempt may succeed.
func (c *Client) receipted(text string, want api.Receipt, checkedAt time.Time) *api.Receipt {
	receipt, err := c.VerifyReceipt(text)
	if err == token.ErrUnknownKey {
		c.missed()
	}
	at := time.Unix(receipt.IssuedAt, 0)
	if err != nil || at.Sub(checkedAt).Abs() > receiptSlack || c.now().Sub(checkedAt).Abs() > token.Leeway {
		return nil
	}
	got := receipt
	got.ID, got.IssuedAt = "", 0
	if want.Declared || want.Level == 2 { // only the issuer knows whether the evidence decided
		got.Declared = want.Declared
	}
	if want.Level == 2 { // Organisation and Case were fixed in RequestSecondLevel
		got.Organisation, got.Case = "", ""
	}
	if got != want {
		return nil
	}
	return &receipt
}
