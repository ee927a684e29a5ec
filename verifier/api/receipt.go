package api

import (
	"regexp"
	"strings"
)

// ReceiptType is the typ of a receipt, and MaxReceipt its greatest length in bytes.
const (
	ReceiptType = "attesta-receipt+jwt"
	MaxReceipt  = 2048
)

// Receipt is what a receipt says: that a check was made, and how it ended. It names neither the person nor a
// category. Its JSON, with the members in this order and as encoding/json writes them, is the payload of the
// JWS.
type Receipt struct {
	IssuerName string  `json:"iss"`
	IssuedAt   int64   `json:"iat"` // seconds since 1970
	ID         string  `json:"jti"` // 22 characters of base64url
	Level      int     `json:"level"`
	Outcome    Outcome `json:"outcome"`
	Benefit    string  `json:"benefit,omitempty"`
	// Organisation is that of the operator; only at the second level.
	Organisation string `json:"organisation,omitempty"`
	// Case is the operator's own number. Without it a receipt proves only that a check was made.
	Case string `json:"case,omitempty"`
}

// MaxCaseNumber is the longest case number, in characters.
const MaxCaseNumber = 40

// CaseNumberAllowed says whether a text may be the case number of a receipt, which is kept and shown around:
// up to 40 letters, digits, spaces and . _ / -, and nothing that has the shape of a codice fiscale, a phone
// number or an e-mail address, separators left out. Empty text is allowed: there is no case number.
func CaseNumberAllowed(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > MaxCaseNumber || !match(`^[A-Za-z0-9][A-Za-z0-9 ._/-]*$`, s) {
		return false
	}
	bare := strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "_", "", "/", "", "-", "").Replace(s))
	switch {
	case match(`[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]`, bare): // a final codice fiscale
		return false
	case match(`^[0-9]{11}$`, bare): // a provisional one
		return false
	case match(`^((00)?39)?(3[0-9]{8,9}|0[0-9]{5,10})$`, bare): // Italian mobile and landline numbers
		return false
	}
	return true
}

func match(expression, s string) bool { return regexp.MustCompile(expression).MatchString(s) }
