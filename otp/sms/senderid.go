package sms

import (
	"fmt"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

// A SenderID is the sender that a phone shows for a message, and the countries where it may be
// used. The rules are set by others and change, so they are data.
//
// In Italy a name (an "alias") must be in AGCOM's register, alias.agcom.it (delibera 12/23/CIR
// of 3 May 2023). Authorised Italian providers register it for a business or a body, which
// takes up to 7 working days. It has at most 11 characters and does not look like a phone
// number. Names from abroad are blocked. A name that is not registered is replaced, or its
// message is dropped without notice; therefore [SenderIDs.For] refuses before anything is
// sent. A landline number or another person's mobile number is not allowed as sender either.
type SenderID struct {
	// Value is a name of 3 to 11 letters, digits, spaces and . - _ & with at least one letter, or
	// a number: in E.164 form, or a short code of 3 to 8 digits.
	Value string
	// Prefix is the beginning of the phone numbers that this sender is for, such as "+39" for
	// Italy. Empty means all numbers that no other SenderID matches.
	Prefix string
	// Registration is the reference of the entry in the country's register. Required for names that are
	// shown on phones of Italy and of the Vatican City (+39). For other countries ask the provider.
	Registration string
	// ValidUntil is the end of the registration; zero means that it does not end.
	ValidUntil time.Time
}

// SenderIDs are the sender IDs of one account. The longest matching Prefix wins.
type SenderIDs []SenderID

// needsRegistration reports whether a name must be registered to be shown on this phone.
func needsRegistration(to otp.Phone) bool { return strings.HasPrefix(to.Reveal(), "+39") }

// Check returns an error that names the first unusable entry and the reason.
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
			return fmt.Errorf("sender ids: entry %d: prefix %q occurs twice", i, id.Prefix)
		case strings.HasPrefix(id.Prefix, "+39") && isName(id.Value) && id.Registration == "":
			return fmt.Errorf("sender ids: entry %d: %q has no registration for %s (alias.agcom.it)", i,
				id.Value, id.Prefix)
		}
		seen[id.Prefix] = true
	}
	return nil
}

// For returns the value to send under at time now. If the country has no sender, or the name
// is not registered, or its registration has ended, the error is an [*otp.SendError] of
// [otp.ClassSenderID] whose Err gives the reason.
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
	case isName(best.Value) && best.Registration == "" && needsRegistration(to):
		return refuse("unregistered", "a name needs a registration in this country")
	case !best.ValidUntil.IsZero() && !now.Before(best.ValidUntil):
		return refuse("ended", "the registration has ended")
	}
	return best.Value, nil
}

// Names reports whether one of the sender IDs is a name.
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
