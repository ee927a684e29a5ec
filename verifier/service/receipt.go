package service

import (
	"context"
	"encoding/json"
	"time"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// asked is a question and the part of its receipt that is known before the answer.
type asked struct {
	checkID string
	receipt api.Receipt
}

// ask returns what is asked about the paper in the text. The receipt has what is known so far; ask adds the
// digest of the question.
func ask(id, qr string, cf codicefiscale.Code, about string, e api.Evidence,
	receipt api.Receipt) *asked {
	jws, _ := token.FromQRText(qr) // empty if there is no token in the text
	q := api.Question{CheckID: id, Token: jws, CodiceFiscale: cf.Reveal(), About: about, Evidence: e}
	receipt.Check = q.Digest()
	return &asked{id, receipt}
}

// answered adds the outcome, which follows from the code, and the receipt.
func (v *Service) answered(ctx context.Context, result api.Result, a *asked) (api.Result, *fault) {
	result.Outcome = api.Confirmed
	if result.Code != "" {
		result.Outcome = result.Code.Outcome()
	}
	now := v.cfg.Now()
	result.CheckedAt = now.UTC().Truncate(time.Second)
	r := a.receipt
	r.IssuedAt, r.Outcome, r.Code, r.Benefit = now.Unix(), result.Outcome, result.Code, result.Benefit
	var err error
	if result.Receipt, err = v.sign(ctx, a.checkID, result, r); err != nil {
		return api.Result{}, v.unsigned(err)
	}
	return result, nil
}

// refused returns the fault. If it is a no, it gets a receipt.
func (v *Service) refused(ctx context.Context, f *fault, a *asked) *fault {
	code := f.Code.Code()
	if code.Outcome() != api.NotConfirmed {
		return f
	}
	f.Instance = instancePrefix + newID() // the receipt covers it
	r := a.receipt
	r.ID, r.IssuedAt, r.Outcome, r.Code = newID(), v.cfg.Now().Unix(), api.NotConfirmed, code
	var err error
	if f.Receipt, err = v.sign(ctx, a.checkID, f.Problem, r); err != nil {
		return v.unsigned(err)
	}
	return f
}

// sign signs the receipt of an answer.
func (v *Service) sign(ctx context.Context, checkID string, answer any, r api.Receipt) (string, error) {
	text, err := json.Marshal(answer)
	if err != nil {
		return "", err
	}
	r.IssuerName = v.name
	if r.Answer, err = api.AnswerDigest(checkID, text); err != nil {
		return "", err
	}
	payload, err := r.Payload()
	if err != nil {
		return "", err
	}
	return v.signReceipt(ctx, payload)
}

// unsigned returns the fault of a receipt that could not be signed.
func (v *Service) unsigned(err error) *fault {
	if v.cfg.ReceiptKey != nil {
		return unavailable("ReceiptKey", err)
	}
	return unavailable("Signer", err)
}

// signReceipt signs with the key for receipts, or else with that of the documents.
func (v *Service) signReceipt(ctx context.Context, payload []byte) (string, error) {
	if v.cfg.ReceiptKey != nil {
		key, err := v.cfg.ReceiptKey(ctx)
		if err != nil {
			return "", err
		}
		return key.SignJWS(ctx, api.ReceiptType, payload)
	}
	signer, err := v.signer(ctx)
	if err != nil {
		return "", err
	}
	return signer.SignJWS(ctx, api.ReceiptType, payload)
}
