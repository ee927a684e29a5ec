package api

import "strings"

// maxCaseNumber is the maximum length of a case number in characters.
const maxCaseNumber = 40

// CaseNumberAllowed reports whether s may be the case number of a receipt. A case number has at most 40
// letters, digits, spaces and . _ / -, and begins with a letter or a digit. Because receipts are stored, it
// must not look like a codice fiscale, a phone number or an e-mail address, with or without separators. The
// empty string is allowed and means that there is no case number.
func CaseNumberAllowed(s string) bool {
	return s == "" || len(s) <= maxCaseNumber && match(`^[A-Za-z0-9][A-Za-z0-9 ._/-]*$`, s) && !isPersonal(s)
}

// PurposeAllowed reports whether s may be the purpose of a challenge: 1 to 64 characters of A-Z a-z 0-9
// . _ : -. The access log keeps it readable beside the person's pseudonym, so it must not contain what
// [CaseNumberAllowed] refuses, nor nine digits in a row, with or without separators. It does not check that
// the caller has such a purpose.
func PurposeAllowed(s string) bool {
	return match(`^[A-Za-z0-9._:-]{1,64}$`, s) && !isPersonal(s) && !match(`[0-9]{9}`, bare(s))
}

// bare returns s in upper case, without separators.
func bare(s string) string {
	r := strings.NewReplacer(" ", "", ".", "", "_", "", "/", "", "-", "", ":", "")
	return strings.ToUpper(r.Replace(s))
}

// isPersonal reports whether s has the shape of a codice fiscale or of an Italian phone number, or has one in
// it. A landline number beside other text has nine digits or more: a protocol number has seven or more (DPR
// 445/2000, art. 57), and a date has eight.
func isPersonal(s string) bool {
	const (
		digit       = `[0-9LMNPQRSTUV]` // or the letter that takes its place in an omocodia
		final       = `[A-Z]{6}` + digit + `{2}[A-Z]` + digit + `{2}[A-Z]` + digit + `{3}[A-Z]`
		provisional = `^[0-9]{11}$`
		phone       = `^((00)?39)?(3[0-9]{8,9}|0[0-9]{5,10})$` // mobile and landline
		sep         = `[ ._/:-]*`
		mobile      = `(^|[^0-9])((00)?39` + sep + `)?3(` + sep + `[0-9]){8,9}([^0-9]|$)`
		landline    = `(^|[^0-9])((00)?39)?0[1-9][0-9]{7,9}([^0-9]|$)`
	)
	b := bare(s)
	return match(final, b) || match(provisional, b) || match(phone, b) || match(mobile, s) ||
		match(landline, b)
}
