package sms

import (
	"fmt"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// A SenderID is what stands on the phone as the sender of a message, and where it
// may be used. That it may is decided by others, so it is data:
//
// In Italy a name (an "alias") must be in the register of AGCOM, alias.agcom.it
// (delibera 12/23/CIR of 3 May 2023). Authorised Italian providers enter it there
// on behalf of a business or a body, which takes up to 7 working days; it has at
// most 11 characters and does not look like a phone number. Names from abroad are
// blocked, and a name that is not registered is replaced or its message dropped
// without a word, which is why [SenderIDs.For] refuses before anything is sent. A
// landline or somebody's mobile as sender does not conform either.
type SenderID struct {
	// Value is a name of 3 to 11 letters, digits, spaces and . - _ & with a letter
	// among them, or a number: in E.164 form, or a short code of 3 to 8 digits.
	Value string
	// Prefix says for which phones, as the beginning of their number: "+39" for
	// Italy. Empty: for all that no other SenderID names.
	Prefix string
	// Registration is the reference of the entry in the country's register. Required
	// for names where [NeedsRegistration] says so.
	Registration string
	// ValidUntil is the end of the registration; zero: none.
	ValidUntil time.Time
}

// SenderIDs are the sender ids of one account. The longest matching Prefix wins.
type SenderIDs []SenderID

// NeedsRegistration reports whether a name may be shown on this phone only if it is
// registered. Known are Italy and the Vatican City, which shares +39; elsewhere the
// provider knows.
func NeedsRegistration(to otp.Phone) bool { return strings.HasPrefix(to.Reveal(), "+39") }

// Check returns an error that names the first entry that cannot be used and why.
func (ids SenderIDs) Check() error {
	seen := map[string]bool{}
	for i, id := range ids {
		switch {
		case !isName(id.Value) && !isNumber(id.Value):
			return fmt.Errorf("sender ids: entry %d: %q is neither a name of 3 to 11 characters nor a number",
				i, id.Value)
		case id.Prefix != "" && (len(id.Prefix) > 16 || !strings.HasPrefix(id.Prefix, "+") ||
			!digits(id.Prefix[1:])):
			return fmt.Errorf("sender ids: entry %d: prefix %q is not + and digits", i, id.Prefix)
		case seen[id.Prefix]:
			return fmt.Errorf("sender ids: entry %d: prefix %q for the second time", i, id.Prefix)
		case strings.HasPrefix(id.Prefix, "+39") && isName(id.Value) && id.Registration == "":
			return fmt.Errorf("sender ids: entry %d: %q has no registration for %s (alias.agcom.it)", i,
				id.Value, id.Prefix)
		}
		seen[id.Prefix] = true
	}
	return nil
}

// For returns the value to send under at a time. It fails with an
// [*otp.SendError] of [otp.ClassSenderID] whose Err tells why: there is none for
// this country, it is not registered, or the registration has ended.
func (ids SenderIDs) For(to otp.Phone, now time.Time) (string, error) {
	var best *SenderID
	for i, id := range ids {
		if strings.HasPrefix(to.Reveal(), id.Prefix) && (best == nil || len(id.Prefix) > len(best.Prefix)) {
			best = &ids[i]
		}
	}
	refuse := func(code, why string) (string, error) {
		return "", &otp.SendError{Class: otp.ClassSenderID, Code: code, Err: fmt.Errorf("sender id: %s", why)}
	}
	switch {
	case best == nil:
		return refuse("none", "none for this country")
	case isName(best.Value) && best.Registration == "" && NeedsRegistration(to):
		return refuse("unregistered", "a name needs a registration in this country")
	case !best.ValidUntil.IsZero() && !now.Before(best.ValidUntil):
		return refuse("ended", "the registration has ended")
	}
	return best.Value, nil
}

// Names reports whether one of the ids is a name.
func (ids SenderIDs) Names() bool {
	for _, id := range ids {
		if isName(id.Value) {
			return true
		}
	}
	return false
}

func isName(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
			letters++
		case r >= '0' && r <= '9', strings.ContainsRune(" .-_&", r):
		default:
			return false
		}
	}
	return letters > 0 && len(s) >= 3 && len(s) <= 11 && s == strings.TrimSpace(s)
}

func isNumber(s string) bool {
	if _, err := otp.ParsePhone(s); err == nil {
		return true
	}
	return len(s) >= 3 && len(s) <= 8 && digits(s)
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
