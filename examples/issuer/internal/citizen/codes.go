package citizen

import (
	"crypto/subtle"
	"encoding/base32"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

// NewCodes returns the challenges that prove telephone numbers. Of the configuration the texts and what the policy says about
// contacts are set here: a number is new when it is proven. It may share store, limiter and keys with those of the second
// level, since the records are kept apart: who mistypes here does not lock the consent there.
func NewCodes(c otp.Config) (*otp.Challenges, error) {
	c.Templates = codeTemplates()
	c.Policy.Channels = []otp.Channel{otp.SMS}
	c.Policy.AllowUnverified, c.Policy.MinContactAge = true, 0
	return otp.New(c)
}

// CodeTenant keeps these records apart from those of the second level.
const CodeTenant = "attesta.citizen"

// codeOrganisation stands in the place of a body that asks: here nobody does but the person.
const codeOrganisation = "area personale"

// codeTemplates are the texts of the messages. Other than those of the second level they say that nobody is to be told.
func codeTemplates() map[string]otp.Template {
	texts := map[string]string{
		"it": "{code} codice {display_name} per confermare questo numero ({organisation}, rif. {number}). Lo scriva solo sulla pagina. Non lo dica a nessuno.",
		"en": "{code} {display_name} code to confirm this number ({organisation}, ref. {number}). Type it on the page only. Tell it to nobody.",
		"de": "{code} {display_name}-Code, um diese Nummer zu bestätigen ({organisation}, Nr. {number}). Nur auf der Seite eingeben. Niemandem sagen.",
		"fr": "{code} code {display_name} pour confirmer ce numéro ({organisation}, réf. {number}). À écrire seulement sur la page. Ne le dites à personne.",
		"sl": "{code} koda {display_name} za potrditev te številke ({organisation}, št. {number}). Vpišite jo samo na strani. Ne povejte je nikomur.",
	}
	templates := make(map[string]otp.Template)
	for lang, text := range texts {
		templates[lang] = otp.Template{Text: text, Declared: "-"} // nothing is declared here
	}
	return templates
}

// letterLife is how long a code in a letter is good, at least; at most twice that.
const letterLife = time.Hour

// letters has no 0, 1, I and O, which are easily taken for one another.
var letters = base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")

// letterCode proves that somebody reads the letters to an address: 12 letters, 60 bits, so many that trying is in vain and nothing
// needs to be counted.
func (p *Pages) letterCode(person codicefiscale.Code, address string, at time.Time) string {
	hours := at.Truncate(letterLife).UTC().Format(time.RFC3339)
	code := letters.EncodeToString(p.digest("letter", person.Reveal(), strings.ToLower(address), hours)[:10])[:12]
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

// letterCodeIs reports whether what was typed is the code of now or of the hour before.
func (p *Pages) letterCodeIs(typed string, person codicefiscale.Code, address string) bool {
	now, ok := p.Now(), false
	for _, at := range []time.Time{now, now.Add(-letterLife)} {
		ok = equal(plainLetters(typed), plainLetters(p.letterCode(person, address, at))) || ok
	}
	return ok
}

// plainLetters drops what people put between letters.
func plainLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -–.\t\r\n\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToUpper(s))
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
