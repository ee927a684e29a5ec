package wallet

import (
	"slices"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Cause is the one reason why a presentation decides nothing. It is both an error and a stable code, the
// values below are the complete set, and their order is that of the checks: the first one that applies is
// returned. PRESENTATION.md is the normative text. A Cause reveals nothing about the person.
type Cause string

// The causes of a presentation that is not in the form of the profile.
const (
	// ErrSize: longer than [MaxPresentation].
	ErrSize Cause = "size"
	// ErrShape: not an issuer's JWT, disclosures and a JWT of the holder in compact serialisation, or a part
	// is not the canonical base64url of its bytes.
	ErrShape Cause = "shape"
	// ErrUnbound: the JWT of the holder is missing.
	ErrUnbound Cause = "unbound"
	// ErrHeader: the issuer's header is not JSON, has a name twice, another typ, a crit, or no x5c.
	ErrHeader Cause = "header"
	// ErrAlgorithm: the issuer's alg is not ES256.
	ErrAlgorithm Cause = "algorithm"
)

// The causes of a certificate chain that does not lead to a trust anchor. None means that the card is false.
const (
	// ErrCertificate: x5c is not one to four certificates, contains a trust anchor, or its leaf is
	// self-signed, an authority, without a P-256 key, or not for signatures.
	ErrCertificate Cause = "certificate"
	// ErrCertificateTime: a certificate of x5c is not valid now.
	ErrCertificateTime Cause = "certificate_time"
	// ErrUnknownAnchor: no trust anchor vouches for the chain, or for the issuer.
	ErrUnknownAnchor Cause = "unknown_anchor"
	// ErrCertificateUse: the leaf's extended key usage is not that of the trust anchor.
	ErrCertificateUse Cause = "certificate_use"
)

// The causes of what the issuer signed.
const (
	// ErrSignature: the leaf's key did not sign the issuer's JWT.
	ErrSignature Cause = "signature"
	// ErrClaims: the payload is not JSON, has a name twice, or lacks a claim of the profile.
	ErrClaims Cause = "claims"
	// ErrHash: _sd_alg is not sha-256.
	ErrHash Cause = "hash"
	// ErrType: vct is not one of those asked for.
	ErrType Cause = "type"
	// ErrIssuer: iss is not a name of the leaf.
	ErrIssuer Cause = "issuer"
)

// The causes of the disclosures.
const (
	// ErrDisclosure: not a JSON array of a salt, a name and a value (or a salt and a value), or the name is
	// not one that may be disclosed.
	ErrDisclosure Cause = "disclosure"
	// ErrDuplicate: a disclosure or a digest occurs twice, or a disclosure has the name of a claim that is
	// there already.
	ErrDuplicate Cause = "duplicate"
	// ErrUnreferenced: the digest of a disclosure is not in what the issuer signed.
	ErrUnreferenced Cause = "unreferenced"
	// ErrNotAsked: a claim was disclosed that was not asked for.
	ErrNotAsked Cause = "not_asked"
)

// The causes of the card's times.
const (
	// ErrNotYetValid: authentic, but nbf or iat is more than [Leeway] in the future.
	ErrNotYetValid Cause = "not_yet_valid"
	// ErrExpired: authentic, but exp has passed, or the day date_of_expiry.
	ErrExpired Cause = "expired"
)

// The causes of the holder's JWT.
const (
	// ErrHolderHeader: its header has another typ or alg, or a crit.
	ErrHolderHeader Cause = "holder_header"
	// ErrHolderSignature: the key that the issuer bound the card to did not sign it.
	ErrHolderSignature Cause = "holder_signature"
	// ErrHolderClaims: its payload is not JSON, has a name twice, or lacks a claim.
	ErrHolderClaims Cause = "holder_claims"
	// ErrAudience: it is for another relying party.
	ErrAudience Cause = "audience"
	// ErrNonce: it answers another question.
	ErrNonce Cause = "nonce"
	// ErrDigest: it is about another presentation.
	ErrDigest Cause = "sd_hash"
	// ErrHolderTime: it was made before the question or more than [Leeway] in the future.
	ErrHolderTime Cause = "holder_time"
)

// The causes of the card's status. The card is authentic.
const (
	// ErrNoStatus: the card has no status list and is valid for more than 24 hours from its nbf.
	ErrNoStatus Cause = "no_status"
	// ErrStatusUnavailable: the status list did not come.
	ErrStatusUnavailable Cause = "status_unavailable"
	// ErrStatusSize: the list is longer than [MaxList], or [MaxStatuses] once inflated.
	ErrStatusSize Cause = "status_size"
	// ErrStatusList: what came is not a status list of this address, or has no entry for the card.
	ErrStatusList Cause = "status_list"
	// ErrStatusIssuer: the list is not signed under the trust anchor of the card.
	ErrStatusIssuer Cause = "status_issuer"
	// ErrStatusExpired: the list has expired or is not yet valid.
	ErrStatusExpired Cause = "status_expired"
	// ErrRevoked: the issuer has revoked the card.
	ErrRevoked Cause = "revoked"
	// ErrSuspended: the status is neither valid nor revoked.
	ErrSuspended Cause = "suspended"
)

// The reasons why a card that is valid does not suffice. None of them is a no.
const (
	// ErrNoClaim: the card does not disclose the claim that decides.
	ErrNoClaim Cause = "no_claim"
	// ErrClaimFalse: the claim that decides is not true.
	ErrClaimFalse Cause = "claim_false"
	// ErrNoTie: the card does not disclose what ties it to the person.
	ErrNoTie Cause = "no_tie"
	// ErrNotCompared: the desk has not yet compared the card with the person, or they differ.
	ErrNotCompared Cause = "not_compared"
)

// The causes of an answer without a presentation. Only ErrDeclined and ErrAnswer end a question.
const (
	// ErrEncryption: the answer is not encrypted to the key of the question, as the request demands.
	ErrEncryption Cause = "encryption"
	// ErrState: the answer does not have the state of the request.
	ErrState Cause = "state"
	// ErrDeclined: the wallet sent an error: the person declined, or has no such card.
	ErrDeclined Cause = "declined"
	// ErrAnswer: the answer is encrypted to us, but does not hold exactly one presentation.
	ErrAnswer Cause = "answer"
)

// Error returns a short English text for developers.
func (c Cause) Error() string { return "wallet: presentation refused: " + string(c) }

// Causes returns all causes in the order of the constants, which is that of the checks.
func Causes() []Cause {
	return []Cause{ErrSize, ErrShape, ErrUnbound, ErrHeader, ErrAlgorithm, ErrCertificate, ErrCertificateTime,
		ErrUnknownAnchor, ErrCertificateUse, ErrSignature, ErrClaims, ErrHash, ErrType, ErrIssuer,
		ErrDisclosure, ErrDuplicate, ErrUnreferenced, ErrNotAsked, ErrNotYetValid, ErrExpired,
		ErrHolderHeader, ErrHolderSignature, ErrHolderClaims, ErrAudience, ErrNonce, ErrDigest, ErrHolderTime,
		ErrNoStatus, ErrStatusUnavailable, ErrStatusSize, ErrStatusList, ErrStatusIssuer, ErrStatusExpired,
		ErrRevoked, ErrSuspended, ErrNoClaim, ErrClaimFalse, ErrNoTie, ErrNotCompared, ErrEncryption,
		ErrState, ErrDeclined, ErrAnswer}
}

// Code returns the code of a report with the cause. Only a card that is false, expired, not yet valid or
// revoked is "not confirmed"; everything else is "cannot tell", as are a claim that is false or absent.
func (c Cause) Code() api.Code {
	switch c {
	case ErrSignature, ErrDuplicate, ErrUnreferenced, ErrHolderSignature:
		return api.CodeSignature
	case ErrIssuer:
		return api.CodeWrongIssuer
	case ErrNotYetValid:
		return api.CodeNotYetValid
	case ErrExpired:
		return api.CodeExpired
	case ErrRevoked:
		return api.CodeVoid
	case ErrCertificate, ErrCertificateTime, ErrUnknownAnchor, ErrCertificateUse:
		return api.CodeUnknownKey
	case ErrStatusUnavailable, ErrStatusSize, ErrStatusList, ErrStatusIssuer, ErrStatusExpired:
		return api.CodeUnavailable
	case ErrNoStatus, ErrSuspended:
		return api.CodeUndecided
	case ErrNoClaim, ErrClaimFalse:
		return api.CodeNoStatusHere
	case ErrNoTie, ErrNotCompared:
		return api.CodeNeedsEvidence
	case ErrDeclined:
		return api.CodeNotApproved
	case "":
		return ""
	}
	return api.CodeNotOurs
}

// Authenticity says what a refusal with the cause leaves known about the card.
func (c Cause) Authenticity() verifier.Authenticity {
	switch c {
	case ErrSignature, ErrIssuer, ErrDuplicate, ErrUnreferenced, ErrHolderSignature:
		return verifier.NotAuthentic
	case ErrNotYetValid, ErrExpired:
		return verifier.Authentic
	}
	if c.stage() > 0 {
		return verifier.Authentic
	}
	return verifier.AuthenticityUnknown
}

// stage returns how many checks of a report have passed before the cause: those of the card, of its status,
// of the claim and of the holder.
func (c Cause) stage() int {
	if c == "" {
		return len(stages)
	}
	order := Causes()
	at := slices.Index(order, c)
	for passed, first := range []Cause{ErrNoStatus, ErrNoClaim, ErrNoTie, ErrEncryption} {
		if at < slices.Index(order, first) {
			return passed
		}
	}
	return 0
}
