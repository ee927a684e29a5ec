package wallet

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const (
	// ReceiptType is the typ of a receipt for a card.
	ReceiptType = "attesta-receipt-2+jwt"
	// Proof is what a receipt of this package was made for.
	Proof      = "openid4vp"
	maxReceipt = 2048
)

// Receipt is the content of a receipt: the body that checked says that it asked for a card, and how it
// decided. It is the body's own statement, not the issuer's, and names neither the person nor the card.
// PRESENTATION.md is the normative text.
type Receipt struct {
	Benefit string `json:"benefit"`
	Case    string `json:"case,omitempty"`
	// Check is the digest of the question: see [Digest].
	Check string   `json:"chk"`
	Code  api.Code `json:"code,omitempty"`
	// Declared reports that the desk compared the holder, which every yes rests on.
	Declared   bool        `json:"declared,omitempty"`
	IssuedAt   int64       `json:"iat"`
	IssuerName string      `json:"iss"` // the body that checked
	ID         string      `json:"jti"`
	Outcome    api.Outcome `json:"outcome"`
	Proof      string      `json:"proof"`
}

// Digest returns the claim chk for a check ID, the presentation as it came, the benefit and what the desk
// has compared: the tie with =yes or =no, or "".
func Digest(checkID, presentation, benefit, compared string) string {
	return check(checkID, digest(presentation), benefit, compared)
}

// check returns the digest for the digest of a presentation.
func check(checkID, presentation, benefit, compared string) string {
	parts := []string{"attesta/check/2", checkID, presentation, benefit, compared}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return b64.EncodeToString(sum[:16])
}

// check returns the claim chk of a question.
func (q *question) check(checkID string, seen status.Tri) string {
	compared := ""
	if q.outcome.report.Holder != nil && seen != status.NotRecorded {
		compared = string(q.tie) + "=" + string(seen)
	}
	return check(checkID, q.outcome.presentation, q.Benefit, compared)
}

// receipt signs what the question came to. Its check ID is forgotten at once: with it, an issuer could find
// out from a receipt which card it was about.
func (rp *RelyingParty) receipt(ctx context.Context, q *question, r Report, seen status.Tri) (string, error) {
	payload, err := json.Marshal(Receipt{Benefit: q.Benefit, Case: q.Case,
		Check: q.check(api.NewCheckID(), seen), Code: r.Code,
		Declared: r.Verdict == api.Confirmed, IssuedAt: rp.config.Now().Unix(),
		IssuerName: rp.config.Receipts.Public().IssuerName(), ID: api.NewCheckID(), Outcome: r.Verdict,
		Proof: Proof})
	if err != nil {
		return "", err
	}
	return rp.config.Receipts.SignJWS(ctx, ReceiptType, payload)
}

var errReceipt = errors.New("wallet: not a receipt for a card")

// VerifyReceipt verifies a stored receipt with keys that the caller trusts, all of the body that checked, and
// returns its content. The error is a [token.Cause] or says that the content is not that of a receipt.
func VerifyReceipt(text string, keys []token.PublicKey) (Receipt, error) {
	payload, err := token.VerifyJWS(ReceiptType, text, keys, maxReceipt)
	if err != nil {
		return Receipt{}, err
	}
	var r Receipt
	if json.Unmarshal(payload, &r) != nil {
		return Receipt{}, errReceipt
	}
	again, err := json.Marshal(r)
	if err != nil || string(again) != string(payload) || r.Proof != Proof || !api.CheckIDAllowed(r.Check) ||
		!api.CheckIDAllowed(r.ID) || !api.CaseNumberAllowed(r.Case) ||
		r.IssuedAt < 1 || r.IssuedAt >= timeLimit ||
		(r.Outcome == api.Confirmed) != (r.Code == "") || r.Declared != (r.Code == "") ||
		!regexp.MustCompile(`^[a-z0-9_.]{1,60}$`).MatchString(r.Benefit) ||
		!regexp.MustCompile(`^[a-z_]{0,32}$`).MatchString(string(r.Code)) {
		return Receipt{}, errReceipt
	}
	for _, k := range keys {
		if k.IssuerName() == r.IssuerName {
			return r, nil
		}
	}
	return Receipt{}, token.ErrIssuer
}
