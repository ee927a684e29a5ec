package smpp

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/qr-invalidita/attesta/otp"
)

// An IDForm says how a message's id in a receipt follows from the one that the centre
// gave when it took the message. The specification does not say, so that centres
// differ; the wrong form finds no message, or in rare cases the wrong one.
type IDForm uint8

// The forms.
const (
	// SameID: they are equal but for leading zeros and the case of letters.
	SameID IDForm = iota
	// HexThenDecimal: hexadecimal first, decimal in the receipt.
	HexThenDecimal
	// DecimalThenHex: decimal first, hexadecimal in the receipt.
	DecimalThenHex
)

// submitted returns the form in which the id of a submit_sm_resp is kept.
func (f IDForm) submitted(id string) string {
	switch f {
	case HexThenDecimal:
		return number(id, 16)
	case DecimalThenHex:
		return number(id, 10)
	}
	return plain(id)
}

// receipted returns the kept form of the id in a receipt's text.
func (f IDForm) receipted(id string) string {
	switch f {
	case HexThenDecimal:
		return number(id, 10)
	case DecimalThenHex:
		return number(id, 16)
	}
	return plain(id)
}

func number(id string, base int) string {
	n, err := strconv.ParseUint(id, base, 64)
	if err != nil {
		return plain(id)
	}
	return strconv.FormatUint(n, 10)
}

func plain(id string) string {
	short := strings.TrimLeft(strings.ToLower(id), "0")
	if short == "" && id != "" {
		return "0"
	}
	return short
}

// states are the values of message_state, section 5.2.28, and the words for them in a
// receipt's text, appendix B, of which centres also write longer forms.
var states = []struct {
	value    byte
	word     string // what the word begins with
	delivery otp.Delivery
}{
	{1, "ENROUTE", otp.DeliveryAccepted},
	{2, "DELIV", otp.DeliveryDelivered},
	{3, "EXPIR", otp.DeliveryExpired},
	{4, "DELET", otp.DeliveryFailed},
	{5, "UNDEL", otp.DeliveryFailed},
	{6, "ACCEP", otp.DeliveryAccepted},
	{7, "UNKNO", otp.DeliveryUnknown},
	{8, "REJEC", otp.DeliveryFailed},
}

// A receipt is what a deliver_sm tells about a message of ours.
type receipt struct {
	textID   string // of the text
	optionID string // of receipted_message_id
	delivery otp.Delivery
	code     string
}

// The types of a deliver_sm, the bits 5 to 2 of esm_class, section 5.2.12.
const (
	typeMask         = 0x3c
	typeReceipt      = 0x04
	typeIntermediate = 0x20
	headerIndicator  = 0x40 // the text begins with a user data header
)

// parseReceipt reads a receipt and reports whether m is one. Dates are left out: they
// are told to the minute and in a time zone of the centre's own.
func parseReceipt(m message) (r receipt, ok bool) {
	id := string(bytes.TrimRight(m.option(tagReceiptedMessageID), "\x00"))
	kind := m.esmClass & typeMask
	if kind != typeReceipt && kind != typeIntermediate && id == "" {
		return receipt{}, false
	}
	text := m.text
	if len(text) == 0 {
		text = m.option(tagMessagePayload)
	}
	if m.esmClass&headerIndicator != 0 && len(text) > 0 {
		text = text[min(1+int(text[0]), len(text)):]
	}
	if m.dataCoding == codingUCS2 {
		text = narrow(text)
	}
	r = parseReceiptText(string(text))
	r.optionID = cleanID(id)
	if state := m.option(tagMessageState); len(state) == 1 {
		for _, s := range states {
			if s.value == state[0] {
				r.delivery = s.delivery
			}
		}
	}
	return r, (r.textID != "" || r.optionID != "") && r.delivery != otp.DeliveryNone
}

// parseReceiptText reads the form of appendix B,
//
//	id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…
//
// in any order and case and with fields missing, as centres have it. What follows text:
// is the beginning of the message, with the code, and is not looked at.
func parseReceiptText(s string) receipt {
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return receipt{} // letters that change their length are not of a receipt
	}
	if i := strings.Index(lower, "text:"); i >= 0 {
		s, lower = s[:i], lower[:i]
	}
	var r receipt
	r.textID = cleanID(field(s, lower, "id:"))
	r.code = cleanCode(field(s, lower, "err:"))
	word := strings.ToUpper(field(s, lower, "stat:"))
	for _, st := range states {
		if strings.HasPrefix(word, st.word) {
			r.delivery = st.delivery
		}
	}
	return r
}

// field returns what follows name up to a space. The name stands at the beginning or
// after a space.
func field(s, lower, name string) string {
	for at := 0; ; {
		i := strings.Index(lower[at:], name)
		if i < 0 {
			return ""
		}
		at += i
		if at == 0 || lower[at-1] == ' ' {
			value, _, _ := strings.Cut(s[at+len(name):], " ")
			return value
		}
		at++
	}
}

// cleanID returns id if it can be one: 1 to 65 visible characters of ASCII (section
// 4.4.2 has at most 64).
func cleanID(id string) string {
	if len(id) > 65 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

// cleanCode returns an error code of a receipt, which is three digits, or a few more
// letters and digits. Never six digits or more, which may be those of a code.
func cleanCode(code string) string {
	if len(code) > 5 || strings.Trim(code, "0") == "" ||
		strings.ContainsFunc(code, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
		}) {
		return ""
	}
	return code
}

// narrow turns UCS-2 into UTF-8.
func narrow(b []byte) []byte {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
