package service

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// maxDeclared is the maximum length of a declared name in characters.
const maxDeclared = 24

// reservedNames are parts that no declared name may contain: authorities and courts, whose name alone makes
// people obey, and words of instructions. People are told to tell their code to somebody, so a name such as
// "Lo dica al telefono" would turn the issuer's own message into fraud. A body of this list gets its name
// from the login or from the register.
var reservedNames = []string{
	"INPS", "INAIL", "previdenza sociale", "Agenzia delle Entrate", "Agenzia Entrate", "Equitalia",
	"minister", "ministrstvo", "Presidenza del Consiglio", "Governo italiano", "Garante privacy",
	"tribunal", "Corte d'Appello", "Corte Appello", "Corte d'Assise", "Corte dei Conti", "Corte Conti",
	"Corte Costituzionale", "Cassazione", "Consiglio di Stato", "Avvocatura dello Stato", "Procura",
	"Giudice di pace", "Landesgericht", "Oberlandesgericht", "Staatsanwalt", "sodišče",
	"polizia", "Polizei", "policija", "Police nationale", "carabinier", "questur", "Quästur",
	"prefettura",
	"Guardia di Finanza", "Guardia Finanza", "Finanzwache",
	"telefon", "téléphone", "cellulare", "numero verde", "codice", "password", "whatsapp", "lo dica",
	"la dica", "anruf",
}

// minPart is the length in bytes from which a declared name must not contain a folded name. With a shorter
// one, such as a body's initials, it must only not be equal.
const minPart = 4

// reserve returns what no declared name may be: the reserved names, and those of the issuer.
func (c Config) reserve(issuer string) []string {
	host, _, _ := strings.Cut(strings.TrimPrefix(issuer, "https://"), "/")
	names := append([]string{host}, append(slices.Clone(c.Reserved), reservedNames...)...)
	if c.OTP != nil {
		names = append(names, c.OTP.DisplayName())
	}
	var folded []string
	for _, name := range names {
		if f := strings.Join(fold(name), ""); f != "" {
			folded = append(folded, f)
		}
	}
	return folded
}

// declaredAllowed reports whether an operator may declare the name. Package otp refuses links and more than
// three digits.
func (v *Service) declaredAllowed(name string) bool {
	if utf8.RuneCountInString(name) > maxDeclared || strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" .'’-", r)
	}) {
		return false
	}
	words := fold(name)
	return !slices.ContainsFunc(v.reserved, func(part string) bool { return names(words, part) })
}

// names reports whether the words have the part: in one of them, or from the beginning of one, without the
// spaces. So "I N P S" has INPS, and "Civico di Cesena" does not have "codice".
func names(words []string, part string) bool {
	if len(part) < minPart {
		return strings.Join(words, "") == part
	}
	for i, w := range words {
		if strings.Contains(w, part) || strings.HasPrefix(strings.Join(words[i:], ""), part) {
			return true
		}
	}
	return false
}

// Organisation returns the name of the operator's organisation: the one of the login, or the one that
// Config.Register has for its code. The name is empty if neither knows it; the operator then declares one.
// The issuer's own pages show it before they ask. An error is one of Config.Register.
func (v *Service) Organisation(ctx context.Context, o Operator) (string, error) {
	if o.Organisation != "" || o.OrganisationCode == "" || v.cfg.Register == nil {
		return o.Organisation, nil
	}
	return v.cfg.Register(ctx, o.OrganisationCode)
}

// named returns the operator with the name of the organisation.
func (v *Service) named(ctx context.Context, o Operator) (Operator, *fault) {
	name, err := v.Organisation(ctx, o)
	if err != nil {
		return Operator{}, unavailable("Register", err)
	}
	o.Organisation = name
	return o, nil
}

// organisation returns the name in the message to the person, and whether the operator declared it.
func (v *Service) organisation(by Caller, q api.ChallengeRequest) (name string, declared bool, f *fault) {
	switch {
	case by.Operator.Organisation != "":
		return by.Operator.Organisation, false, nil
	case !v.declaredAllowed(q.Organisation):
		return "", true, refuse(api.OrganisationRefused)
	}
	return q.Organisation, true, nil
}
