package otp

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Channel is a way for a person to get a code.
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

// AMR returns the method names of RFC 8176 for the evidence: otp, with sms or tel.
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

// Parties are the tenant, the operator and the person. Each method gets them from the caller,
// who knows them from the login and from the document in front of the operator, and compares
// them with those of the start.
type Parties struct {
	// Tenant separates bodies that share a store, in at most 64 bytes; may be empty.
	Tenant string
	// Operator is the operator who asks.
	Operator Operator
	// Subject is the person asked about: the codice fiscale or another identifier that never
	// changes for that person.
	Subject Secret
}

// An Operator is a person known from a login.
type Operator struct {
	// IdentityProvider names the system that logged the operator in, such as the issuer of an ID
	// token (OpenID Connect Core 1.0 section 2), in at most 256 bytes; may be empty.
	IdentityProvider string
	// ID is the operator's identifier within IdentityProvider. Required.
	ID Secret
}

// Terms are what the person approves. They are fixed at the start.
type Terms struct {
	// Organisation is the name, in the message, of the organisation that the operator asks for. It
	// has letters, digits, spaces and . ' - / with at least two letters, and at most
	// [Config.OrganisationMax] characters of GSM-7 after transliteration. It has nothing that a
	// phone could take for a link, and at most three digits if Declared is true. In the message a
	// slash becomes a hyphen.
	Organisation string
	// Declared reports that the operator typed the organisation's name and it is not verified. The
	// message says so.
	Declared bool
	// Purpose is the ID of an entry in the caller's register, 1 to 64 characters out of A-Z a-z
	// 0-9 . _ : -. It never occurs in a message, because messages are read on lock screens.
	Purpose string
	// Scope is what is to be disclosed, such as "benefit:parking": at most 128 characters of the
	// same set; may be empty. The message says one word for its [Terms.Extent].
	Scope string
	// CaseNumber is the operator's own number for the request, which the operator's proof
	// contains: at most 64 visible characters of ASCII, and spaces; may be empty. It never occurs
	// in a message.
	CaseNumber string
	// Evidence is what the operator declares to have seen of the person's papers, in the caller's
	// own form: at most 512 visible characters of ASCII; may be empty. It never occurs in a
	// message.
	Evidence string
}

// A Contact is a way to reach the person.
type Contact struct {
	// Channel is the way. Required.
	Channel Channel
	// Phone is the number for SMS and Voice. The caller has validated it: a mobile number, or also
	// a landline for Voice.
	Phone Phone
	// VerifiedAt is the last time the number was verified to be the person's. See
	// Policy.AllowUnverified and Policy.MinContactAge.
	VerifiedAt time.Time
	// Codes is the list for List.
	Codes PrintedCodes
}

// A StartRequest asks for a challenge.
type StartRequest struct {
	Parties
	Terms
	// Contacts are the person's contacts in the person's order of preference. The first that the
	// policy offers is used.
	Contacts []Contact
	// Channel is the channel that the person wants this time; empty means the first of Contacts.
	Channel Channel
	// Locale is the language of the message, a key of [Config.Templates]; empty means "it".
	Locale string
	// IdempotencyKey identifies the start. A second start for the same person with the same key
	// within 24 hours returns the first challenge and sends nothing. At most 255 bytes; empty
	// means that every start makes a new challenge.
	IdempotencyKey string
	// Source is the operator's IP address; the zero Addr means unknown and not limited.
	Source netip.Addr
}

// A ResendRequest asks for the same code again.
type ResendRequest struct {
	Parties
	// ID of the challenge.
	ID string
	// Contacts are the person's contacts, looked up again. The contact that was used must be among
	// them, unchanged.
	Contacts []Contact
}

// A VerifyRequest is an answer to a challenge.
type VerifyRequest struct {
	Parties
	// ID of the challenge.
	ID string
	// Code is the code as typed.
	Code Code
	// Terms are what the caller believes to be approved; nil means those of the start. A caller
	// that passes nil must disclose by [Verification.Terms] alone.
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
	if !token(t.Purpose, 1, 64) || !token(t.Scope, 0, 128) || !visible(t.CaseNumber, 64) ||
		!visible(t.Evidence, 512) || strings.Contains(t.Evidence, " ") {
		return &Refusal{Cause: ErrRequest}
	}
	if err := checkName(t.Organisation, t.Declared, longest); err != nil {
		return &Refusal{Cause: ErrOrganisation, Err: err}
	}
	return nil
}

// visible reports whether s has at most that many characters, all of them visible ASCII or spaces.
func visible(s string, most int) bool {
	return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func token(s string, least, most int) bool {
	return len(s) >= least && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("._:-", r))
	})
}

// pick returns the first contact that is complete, on an offered channel and, if want is not
// empty, on channel want. usable lists the channels of all complete contacts on offered
// channels.
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
