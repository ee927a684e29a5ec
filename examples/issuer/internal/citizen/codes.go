package citizen

import (
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// NewCodes returns the challenges that prove telephone numbers. It sets the texts, and the policy for
// contacts: a number is new when it is proven. Store, limiter and keys may be those of the second level. The
// records have a tenant of their own, so a wrong code here does not lock the consent there.
func NewCodes(c otp.Config) (*otp.Challenges, error) { return newCodes(c, "contacts.message") }

// NewPresence returns the challenges that prove that a person is at a counter, from the same configuration as
// NewCodes: the person tells the code to the operator. They are messages only.
func NewPresence(c otp.Config) (*otp.Challenges, error) {
	c.Policy.Channels = []otp.Channel{otp.SMS}
	return newCodes(c, "present.message")
}

func newCodes(c otp.Config, message string) (*otp.Challenges, error) {
	c.Templates, c.OrganisationMax = codeTemplates(message), len(codeOrganisation)
	c.Private = true
	c.Policy.AllowUnverified, c.Policy.MinContactAge = true, 0
	c.Policy.BarFor = time.Hour // the person types the code that they read themselves
	// Everybody asks for the same organisation here, so its limit would be one for all people.
	c.Policy.Limits.Organisation = []otp.Rate{}
	return otp.New(c)
}

// CodeTenant separates these records from those of the second level.
const CodeTenant = "attesta.citizen"

// codeOrganisation is the name of the asking body in the messages. No body asks here, only the person.
const codeOrganisation = "area personale"

// codeTemplates returns the texts of the messages.
func codeTemplates(message string) map[string]otp.Template {
	texts, templates := Texts(), make(map[string]otp.Template)
	for _, lang := range web.Languages() {
		text, _ := texts.Say(lang, message)
		templates[lang] = otp.Template{Text: text, Declared: "-"} // nothing is declared here
	}
	return templates
}

// letterLife is the shortest time for which a code in a letter is valid; the longest is twice that.
const letterLife = time.Hour

// letters omits 0, 1, I and O, which are easily confused.
var letters = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")

// letterCode returns the code that proves that a person reads the letters to an address. Its 12 letters hold
// 60 bits, too many to guess, so attempts are not counted.
func (p *Pages) letterCode(person codicefiscale.Code, address string, at time.Time) string {
	hours := at.Truncate(letterLife).UTC().Format(time.RFC3339)
	digest := p.digest("letter", person.Reveal(), strings.ToLower(address), hours)
	code := letters.EncodeToString(digest[:10])[:12]
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// letterCodeIs reports whether the typed code is that of the current hour or of the hour before.
func (p *Pages) letterCodeIs(typed string, person codicefiscale.Code, address string) bool {
	now, ok := p.Now(), false
	for _, at := range []time.Time{now, now.Add(-letterLife)} {
		ok = equal(plainLetters(typed), plainLetters(p.letterCode(person, address, at))) || ok
	}
	return ok
}

// plainLetters removes what people type between letters.
func plainLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -–.\t\r\n\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToUpper(s))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
