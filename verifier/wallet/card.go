package wallet

import (
	"crypto/ecdsa"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Leeway is how far a clock of the issuer or of the phone may be ahead.
const Leeway = 5 * time.Minute

// shortLived is the validity up to which a card needs no status (ARF, VCR_01).
const shortLived = 24 * time.Hour

// expected is what a presentation must be an answer to.
type expected struct {
	types    []string // values of vct
	claims   []string // names of claims that may be disclosed
	audience string
	nonce    string
	asked    time.Time // when the question was asked
	now      time.Time
}

// card is what a presentation says. Its status was not looked at.
type card struct {
	claims     object
	issuer     string // iss, or the subject of the leaf
	issued     time.Time
	expires    time.Time
	anchor     *Anchor
	list       string // the address of the status list, or ""
	index      int64
	statusless bool // short-lived
}

// read verifies everything about a presentation but the status. The error is a [Cause], and no card comes
// with it.
func read(text string, anchors []Anchor, want expected) (*card, error) {
	p, err := split(text)
	if err != nil {
		return nil, err
	}
	header, err := issuerHeader(p.issuer.header)
	if err != nil {
		return nil, err
	}
	leaf, anchor, err := chain(header, anchors, want.now)
	if err != nil {
		return nil, err
	}
	if !p.issuer.signedBy(leaf.PublicKey.(*ecdsa.PublicKey)) { // chain has looked at the type
		return nil, ErrSignature
	}
	payload, ok := parseObject(p.issuer.payload)
	if !ok {
		return nil, ErrClaims
	}
	c := &card{anchor: anchor, issuer: payload.text("iss")}
	holder, err := c.fixed(payload, want)
	if err != nil {
		return nil, err
	}
	if !named(leaf, c.issuer) {
		return nil, ErrIssuer
	}
	if !anchor.vouches(leaf, c.issuer) {
		return nil, ErrUnknownAnchor
	}
	if c.issuer == "" {
		c.issuer = leaf.Subject.String()
	}
	if err := c.disclose(p.disclosures, payload, want.claims); err != nil {
		return nil, err
	}
	if err := c.inTime(want.now); err != nil {
		return nil, err
	}
	if err := bound(p, holder, want); err != nil {
		return nil, err
	}
	return c, nil
}

// issuerHeader reads the header of the issuer's JWT. Members without a meaning for us are ignored, as RFC
// 7515 says; with crit they are not.
func issuerHeader(text []byte) (object, error) {
	header, ok := parseObject(text)
	if _, critical := header["crit"]; !ok || critical || header.text("typ") != "dc+sd-jwt" ||
		header["x5c"] == nil {
		return nil, ErrHeader
	}
	if header.text("alg") != "ES256" {
		return nil, ErrAlgorithm
	}
	return header, nil
}

// fixed reads the claims that are never disclosed apart, and returns the holder's key.
func (c *card) fixed(payload object, want expected) (*ecdsa.PublicKey, error) {
	confirmation, _ := payload["cnf"].(object)
	holder, ok := publicKey(confirmation["jwk"])
	start, ok1 := payload.seconds("nbf")
	end, ok2 := payload.seconds("exp")
	_, hasIssuer := payload["iss"]
	if !ok || !ok1 || !ok2 || end == 0 || start >= end || hasIssuer && c.issuer == "" ||
		payload.text("vct") == "" || !c.status(payload) {
		return nil, ErrClaims
	}
	if sum, there := payload["_sd_alg"]; there && sum != "sha-256" {
		return nil, ErrHash
	}
	if !slices.Contains(want.types, payload.text("vct")) {
		return nil, ErrType
	}
	c.issued, c.expires = time.Unix(start, 0), time.Unix(end, 0)
	c.statusless = c.list == "" && start > 0 && c.expires.Sub(c.issued) <= shortLived
	return holder, nil
}

// status reads the reference to a status list. It returns false if there is one that is not in its form.
func (c *card) status(payload object) bool {
	v, there := payload["status"]
	if !there || v == nil { // null means short-lived in the Italian profile
		return true
	}
	status, ok := v.(object)
	if _, there = status["status_list"]; ok && !there {
		return true // another method, such as the assertions of Italy's earlier issuer
	}
	reference, _ := status["status_list"].(object)
	number, _ := reference["idx"].(json.Number)
	index, err := strconv.ParseInt(string(number), 10, 64)
	c.list, c.index = reference.text("uri"), index
	return err == nil && index >= 0 && c.list != ""
}

// disclose puts the disclosed claims in the place of their digests.
func (c *card) disclose(texts []string, payload object, asked []string) error {
	all, err := readDisclosures(texts)
	if err != nil {
		return err
	}
	if c.claims, err = all.resolve(payload); err != nil {
		return err
	}
	for _, d := range all.list {
		if !slices.Contains(asked, d.name) {
			return ErrNotAsked
		}
	}
	return nil
}

// inTime compares the times of the card with the clock.
func (c *card) inTime(now time.Time) error {
	issued, ok := c.claims.seconds("iat")
	if !ok {
		return ErrClaims
	}
	if c.issued.After(now.Add(Leeway)) || time.Unix(issued, 0).After(now.Add(Leeway)) {
		return ErrNotYetValid
	}
	if !now.Before(c.expires) {
		return ErrExpired
	}
	// the second is in the earlier issuer's cards
	for _, name := range []string{"date_of_expiry", "expiry_date"} {
		if _, there := c.claims[name]; !there {
			continue
		}
		day, err := time.Parse(time.DateOnly, c.claims.text(name))
		if err != nil {
			return ErrClaims
		}
		if now.After(day.Add(36 * time.Hour)) { // the day is over everywhere, 12 hours after its end in UTC
			return ErrExpired
		}
	}
	return nil
}

// bound verifies that the holder of the card made the presentation for this question (RFC 9901, section 7.3).
func bound(p presentation, key *ecdsa.PublicKey, want expected) error {
	header, ok := parseObject(p.holder.header)
	if _, critical := header["crit"]; !ok || critical || header.text("typ") != "kb+jwt" ||
		header.text("alg") != "ES256" {
		return ErrHolderHeader
	}
	if !p.holder.signedBy(key) {
		return ErrHolderSignature
	}
	claims, ok := parseObject(p.holder.payload)
	made, ok2 := claims.seconds("iat")
	if !ok || !ok2 || made == 0 || claims.text("aud") == "" || claims.text("nonce") == "" ||
		claims.text("sd_hash") == "" {
		return ErrHolderClaims
	}
	at := time.Unix(made, 0)
	switch {
	case claims.text("aud") != want.audience:
		return ErrAudience
	case claims.text("nonce") != want.nonce:
		return ErrNonce
	case claims.text("sd_hash") != p.digest:
		return ErrDigest
	case at.Before(want.asked.Add(-Leeway)) || at.After(want.now.Add(Leeway)):
		return ErrHolderTime
	}
	return nil
}

// says returns the text of a claim under the first of its names that is there: the earlier issuer in Italy
// has other names.
func (c *card) says(names ...string) string {
	for _, name := range names {
		if s := strings.TrimSpace(c.claims.text(name)); s != "" {
			return s
		}
	}
	return ""
}
