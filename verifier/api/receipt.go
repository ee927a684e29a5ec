package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"sync"
)

// ReceiptType is the typ of a receipt, and MaxReceipt is its maximum length in bytes.
const (
	ReceiptType = "attesta-receipt+jwt"
	MaxReceipt  = 2048
)

// Receipt is the content of a receipt: the issuer was asked, and how it answered. It names neither the
// person nor a category. token/RECEIPT.md is the normative text.
type Receipt struct {
	IssuerName string  `json:"iss"`
	IssuedAt   int64   `json:"iat"` // seconds since 1970
	ID         string  `json:"jti"` // 22 characters of base64url
	Level      int     `json:"level"`
	Outcome    Outcome `json:"outcome"`
	// Code is the reason of an outcome other than Confirmed.
	Code    Code   `json:"code,omitempty"`
	Benefit string `json:"benefit,omitempty"`
	// Declared reports that the answer rests on [Evidence] that the caller declared: without it, the code
	// would be another one.
	Declared bool `json:"declared,omitempty"`
	// Organisation is the operator's organisation. It is set at the second level only.
	Organisation string `json:"organisation,omitempty"`
	// Case is the operator's case number. Without it, nothing connects the receipt to a case.
	Case string `json:"case,omitempty"`
	// Check is [Question.Digest], and Answer is [AnswerDigest]. Without the check ID of the request, which
	// the caller forgets, they reveal nothing.
	Check  string `json:"chk"`
	Answer string `json:"ans"`
}

// Payload returns the payload of the receipt's JWS, in the form of RFC 8785.
func (r Receipt) Payload() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return canonical(text)
}

// maxTime is the bound of all times of the formats, in seconds since 1970.
const maxTime = 1e11

// maxOrganisation is the maximum length of an organisation's name in a receipt, in bytes.
const maxOrganisation = 200

var errReceipt = errors.New("api: not the payload of a receipt")

// ParseReceipt returns the content of a payload. The payload must be exactly the one that Payload makes of
// the content, with claims as token/RECEIPT.md allows them.
func ParseReceipt(payload []byte) (Receipt, error) {
	var r Receipt
	if json.Unmarshal(payload, &r) != nil {
		return Receipt{}, errReceipt
	}
	again, err := r.Payload()
	if err != nil || !bytes.Equal(again, payload) || !r.allowed() {
		return Receipt{}, errReceipt
	}
	return r, nil
}

func (r Receipt) allowed() bool {
	return match(`^[!#-\[\]-~]+$`, r.IssuerName) && r.IssuedAt >= 1 && r.IssuedAt < maxTime &&
		CheckIDAllowed(r.ID) && CheckIDAllowed(r.Check) && CheckIDAllowed(r.Answer) &&
		(r.Level == 1 && r.Organisation == "" || r.Level == 2) &&
		(r.Outcome == Confirmed) == (r.Code == "") && match(`^[a-z_]{0,32}$`, string(r.Code)) &&
		match(`^[a-z0-9_.]{0,60}$`, r.Benefit) && (!r.Declared || r.Benefit != "") &&
		match(`^([A-Za-z0-9][A-Za-z0-9 ._/-]{0,39})?$`, r.Case) &&
		match(`^[^"\\\x00-\x1f]*$`, r.Organisation) && len(r.Organisation) <= maxOrganisation
}

// expressions are the regular expressions that were used so far.
var expressions sync.Map

func match(expression, s string) bool {
	compiled, ok := expressions.Load(expression)
	if !ok {
		compiled, _ = expressions.LoadOrStore(expression, regexp.MustCompile(expression))
	}
	return compiled.(*regexp.Regexp).MatchString(s)
}
