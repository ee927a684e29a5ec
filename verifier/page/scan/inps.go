package scan

import (
	"regexp"
	"strings"
)

// An INPSKind says which QR of INPS, the national social security institute, a text is by its address.
type INPSKind string

const (
	// INPSCard is the address on the back of the European Disability Card, and the claim link_qr_code of the
	// card in a wallet: a path /sdc/ with 12 hexadecimal digits, as in the tests of the app IO.
	INPSCard INPSKind = "card"
	// INPSDocument is another address of INPS, as on verbali since 2019 and on the attestation of a status
	// since 2020. INPS has not published the form of these.
	INPSDocument INPSKind = "document"
	// INPSTest is an address of a test system of INPS, such as www.wmo.inps.it. It checks no document.
	INPSTest INPSKind = "test"
)

// INPS is a QR of INPS. Its answers are at INPS: no program of this module opens the address.
type INPS struct {
	Kind INPSKind
	// Link is the address as it was read. It is empty if the kind is INPSTest. Show it, but do not store it:
	// on a card it stands for one person.
	Link string
}

var (
	// inpsHost has no user, no port and no final dot, so every reader of URLs finds the same host. Test
	// systems are those with more than one label below inps.it.
	inpsHost = regexp.MustCompile(`^https://((?:[a-z0-9-]+\.)*)inps\.it` +
		`(/(?:[a-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9a-f]{2})*)?$`)
	inpsCard = regexp.MustCompile(`^/sdc/[0-9a-f]{12}/?$`)
)

// maxINPS is the maximum length of an address of INPS in bytes. The card's has 36.
const maxINPS = 512

// ReadINPS returns the QR of INPS that a text is, without what scanners add at both ends. It returns false
// for every text but a URL with the scheme https and the host inps.it or one below it, in ASCII. That does
// not show that the paper around the QR is INPS's: everybody can print an address.
func ReadINPS(text string) (INPS, bool) {
	text = strings.Trim(text, "\r\n\t \x1d\u00a0\u200b\ufeff")
	if len(text) > maxINPS || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return INPS{}, false
	}
	found := inpsHost.FindStringSubmatch(strings.ToLower(text))
	switch {
	case found == nil:
		return INPS{}, false
	case strings.Count(found[1], ".") > 1:
		return INPS{Kind: INPSTest}, true
	case inpsCard.MatchString(found[2]):
		return INPS{INPSCard, text}, true
	}
	return INPS{INPSDocument, text}, true
}
