package verifier

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// VerifyReceipt checks a receipt that was kept and returns what it says: that the issuer was asked, when,
// and how it answered. The error is one [token.Cause], [token.ErrUnknownKey] also where no keys are at hand.
// It is not checked what the check was about: no receipt says so, but for the operator's own case number.
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
	if r.IssuerName != issuer { // a key of one issuer must not vouch for what another one did
		return api.Receipt{}, token.ErrIssuer
	}
	return r, nil
}

// openReceipt returns the payload of a receipt and the issuer whose key signed it. Only the issuer that has
// a key of the receipt's identifier verifies a signature.
func (c *Client) openReceipt(text string) (issuer string, payload []byte, err error) {
	keys := c.ring(c.now()).keys
	err = token.ErrUnknownKey
	for _, i := range c.anchors {
		own := slices.DeleteFunc(slices.Clone(keys), func(k token.PublicKey) bool { return k.IssuerName() != i.Name })
		if len(own) == 0 {
			continue
		}
		var cause error
		if payload, cause = token.VerifyJWS(api.ReceiptType, text, own, api.MaxReceipt); cause == nil {
			return i.Name, payload, nil
		}
		if err == token.ErrUnknownKey {
			err = cause
		}
	}
	return "", nil, err
}

// receiptSlack is how far the time of a receipt and that of its answer may lie apart: both are the issuer's.
// The answer's and the desk's own may differ by [token.Leeway].
const receiptSlack = time.Minute

// receipted returns what the receipt says, if it is the issuer's, tells the same as the answer that it came
// with, and is of now; otherwise nil: an answer that some cache kept, or somebody plays again, was given to
// another question. Where the receipt is signed with a key that is not known yet, the next try will know it.
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
	if want.Level == 2 { // both were fixed when the challenge was made
		got.Organisation, got.Case = "", ""
	}
	if got != want {
		return nil
	}
	return &receipt
}
