package verifier

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// VerifyReceipt checks a receipt that was kept and returns what it says: that the issuer was asked, when, and how it
// answered. The error is one [token.Cause], [token.ErrUnknownKey] also where no keys are at hand. It is not checked what the check
// was about: no receipt says so, but for the operator's own case number.
func (c *Client) VerifyReceipt(text string) (api.Receipt, error) {
	payload, err := token.VerifyJWS(api.ReceiptType, text, c.ring(c.now()).keys, api.MaxReceipt)
	if err == token.ErrNoKeys {
		return api.Receipt{}, token.ErrUnknownKey
	}
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
	// A key of one issuer must not vouch for what another one did.
	if _, err := token.VerifyJWS(api.ReceiptType, text, c.keysOf(r.Issuer), api.MaxReceipt); err != nil {
		return api.Receipt{}, token.ErrIssuer
	}
	return r, nil
}

func (c *Client) keysOf(issuer string) []token.PublicKey {
	var keys []token.PublicKey
	for _, k := range c.ring(c.now()).keys {
		if k.Issuer() == issuer {
			keys = append(keys, k)
		}
	}
	return keys
}

// receiptSlack is how far the time of a receipt and that of its answer may lie apart: both are the issuer's. The answer's
// and the desk's own may differ by [token.Leeway].
const receiptSlack = time.Minute

// receipted says whether the receipt is the issuer's, tells the same as the answer that it came with, and is of now: an
// answer that some cache kept, or somebody plays again, was given to another question. Where the receipt is signed with a
// key that is not known yet, the next try will know it.
func (c *Client) receipted(text string, want api.Receipt, checkedAt time.Time) bool {
	got, err := c.VerifyReceipt(text)
	if err == token.ErrUnknownKey {
		c.missed()
	}
	at := time.Unix(got.IssuedAt, 0)
	if err != nil || at.Sub(checkedAt).Abs() > receiptSlack || c.now().Sub(checkedAt).Abs() > token.Leeway {
		return false
	}
	got.ID, got.IssuedAt = "", 0
	if want.Level == 2 { // both were fixed when the challenge was made
		got.Organisation, got.Case = "", ""
	}
	return got == want
}
