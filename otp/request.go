package otp

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Channel is a way for a person to have a code.
type Channel string

const (
	// SMS is a text message to a mobile phone.
	SMS Channel = "sms"
	// Voice is a call to a mobile phone or a landline that speaks the code.
	Voice Channel = "voice"
	// List is a printed list of single-use codes.
	List Channel = "list"
)

func (c Channel) known() bool { return c == SMS || c == Voice || c == List }

// AMR returns the method names of RFC 8176 for evidence: otp with sms or tel.
func (c Channel) AMR() []string {
	switch c {
	case SMS:
		return []string{"otp", "sms"}
	case Voice:
		return []string{"otp", "tel"}
	case List:
		return []string{"otp"}
	}
	return nil
}

// Parties are who is involved. Each verb is told anew, by the caller's login and
// by the document in front of the operator, and nothing happens to a challenge
// that was started with others.
type Parties struct {
	// Tenant keeps apart bodies that share a store, at most 64 bytes; may be empty.
	Tenant string
	// Operator who asks.
	Operator Operator
	// Subject is the person asked about: the codice fiscale or any other id that is
	// one and the same for that person, always.
	Subject Secret
}

// An Operator is known from a login.
type Operator struct {
	// IdentityProvider is the name of what logged the operator in, such as the issuer
	// of an ID token (OpenID Connect Core 1.0 section 2); at most 256 bytes, may be empty.
	IdentityProvider string
	// ID within IdentityProvider. Required.
	ID Secret
}

// Terms are what is approved. They are fixed at the start.
type Terms struct {
	// Organisation for which the operator asks, as it stands in the message: letters,
	// spaces, and . ' - with at least two letters; at most [Config.OrganisationMax]
	// characters of GSM-7 after transliteration. Nothing that a phone could take for
	// a link. Digits only if it is not Declared.
	Organisation string
	// Declared: the operator typed the organisation's name, nobody vouches for it.
	// The message says so.
	Declared bool
	// Purpose is the id of an entry in the caller's register, 1 to 64 characters out
	// of A-Z a-z 0-9 . _ : -. It never stands in a message, which is read on lock
	// screens.
	Purpose string
	// Scope is what is to be disclosed, such as "benefit:parking"; at most 128
	// characters of the same set; may be empty.
	Scope string
}

// A Contact is a way to reach the person.
type Contact struct {
	// Channel: required.
	Channel Channel
	// Phone for SMS and Voice. It comes validated (mobile, or landline for Voice).
	Phone Phone
	// VerifiedAt is when it was last shown that the number is the person's. See
	// Policy.AllowUnverified and Policy.MinContactAge.
	VerifiedAt time.Time
	// Codes for List.
	Codes PrintedCodes
}

// A StartRequest asks for a challenge.
type StartRequest struct {
	Parties
	Terms
	// Contacts of the person in the person's order of preference. The first that the
	// policy offers is used.
	Contacts []Contact
	// Channel that the person wants this time; empty: the first of Contacts.
	Channel Channel
	// Locale of the message: a key of [Config.Templates]; empty: "it".
	Locale string
	// IdempotencyKey: a second start for the same person with the same key within
	// 24 hours returns the first challenge and sends nothing. At most 255 bytes;
	// empty: every start is a new one.
	IdempotencyKey string
	// Source is the operator's IP address; the zero Addr: unknown, not limited.
	Source netip.Addr
}

// A ResendRequest asks for the same code again.
type ResendRequest struct {
	Parties
	// ID of the challenge.
	ID string
	// Contacts, looked up anew. The one that was used must be among them, unchanged.
	Contacts []Contact
}

// A VerifyRequest is an answer to a challenge.
type VerifyRequest struct {
	Parties
	// ID of the challenge.
	ID string
	// Code as typed.
	Code Code
	// Terms that the caller believes to be approved; nil: those of the start. Whoever
	// passes nil discloses by [Verification.Terms] and by nothing else.
	Terms *Terms
}

// A Ref names a challenge for [Challenges.Status] and [Challenges.Cancel].
type Ref struct {
	Parties
	ID string
}

func (p Parties) check() bool {
	return len(p.Tenant) <= 64 && len(p.Operator.IdentityProvider) <= 256 && idSize(p.Operator.ID) &&
		idSize(p.Subject)
}

func idSize(s Secret) bool {
	n := len(s.reveal())
	return n > 0 && n <= 256
}

func (t Terms) check(longest int) error {
	if !token(t.Purpose, 1, 64) || !token(t.Scope, 0, 128) {
		return &Refusal{Cause: ErrRequest}
	}
	if !nameAllowed(t.Organisation, t.Declared, longest) {
		return &Refusal{Cause: ErrOrganisation}
	}
	return nil
}

func token(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("._:-", r))
	})
}

// pick returns the first contact with the wanted channel that is offered and
// complete, and the channels of all such contacts.
func pick(contacts []Contact, want Channel, offered []Channel) (found Contact, usable []Channel) {
	for _, c := range contacts {
		complete := c.Channel == List && c.Codes.complete() || c.Channel != List && !c.Phone.IsZero()
		if !complete || !slices.Contains(offered, c.Channel) {
			continue
		}
		if found.Channel == "" && (want == "" || want == c.Channel) {
			found = c
		}
		if !slices.Contains(usable, c.Channel) {
			usable = append(usable, c.Channel)
		}
	}
	return found, usable
}
