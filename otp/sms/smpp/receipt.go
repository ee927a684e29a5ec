package smpp

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/qr-invalidita/attesta/otp"
)

// An IDForm relates a message's ID in a receipt to the ID that the centre gave when it took
// the message. The specification does not define this, and centres differ. With the wrong form
// a receipt finds no message, or rarely a wrong one.
type IDForm uint8

// These are the forms.
const (
	// SameID means that they are equal except for leading zeros and the case of letters.
	SameID IDForm = iota
	// HexThenDecimal means hexadecimal at first, decimal in the receipt.
	HexThenDecimal
	// DecimalThenHex means decimal at first, hexadecimal in the receipt.
	DecimalThenHex
)

// submitted returns the form in which the ID of a submit_sm_resp is kept.
func (f IDForm) submitted(id string) string {
	switch f {
	case HexThenDecimal:
		return number(id, 16)
	case DecimalThenHex:
		return number(id, 10)
	}
	return plain(id)
}

// receipted returns the kept form of the ID in a receipt's text.
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

// states are the values of message_state, section 5.2.28, and their words in a receipt's text,
// appendix B. Centres also write longer forms of the words.
var states = []struct {
	value    byte
	word     string // the beginning of the word
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

// A receipt is the content of a deliver_sm about one of our messages.
type receipt struct {
	textID   string // the ID in the text
	optionID string // the ID in receipted_message_id
	delivery otp.Delivery
	code     string
}

// These are the types of a deliver_sm, the bits 5 to 2 of esm_class, section 5.2.12.
const (
	typeMask         = 0x3c
	typeReceipt      = 0x04
	typeIntermediate = 0x20
	headerIndicator  = 0x40 // the text begins with a user data header
)

// parseReceipt reads a receipt and reports whether m is one. It ignores dates, because they
// are given to the minute and in the centre's own time zone.
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
// in any order and case and with missing fields, as centres write it. It does not read what
// follows text:, which is the beginning of the message with the code.
func parseReceiptText(s string) receipt {
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return receipt{} // a receipt has no letters whose length changes
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

// field returns what follows name up to a space. The name is at the beginning or after a
// space.
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

// cleanID returns id if it is valid: 1 to 65 visible characters of ASCII (section 4.4.2 allows
// at most 64).
func cleanID(id string) string {
	if len(id) > 65 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	return id
}

// cleanCode returns a receipt's error code, which is three digits or a few more letters and
// digits. It never returns six digits or more, which may be those of a code.
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
