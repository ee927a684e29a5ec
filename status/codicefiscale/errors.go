package codicefiscale

// An Error names the rule that an input broke or, for [ErrMarshal], the rule that a caller broke.
// It never contains the input or a part of it. The constants are the complete set; compare with
// [errors.Is] or ==.
type Error string

// Error returns a sentence for developers. Its wording may change.
func (e Error) Error() string { return string(e) }

// The rules of [Parse], [ParseProvisional], [ParseAny] and [ParseSubject].
const (
	// ErrPrefix: the subject of an identity provider has a prefix other than TINIT-.
	ErrPrefix Error = "subject has a prefix other than TINIT-"
	// ErrAlphabet: a character is not an ASCII letter or digit.
	ErrAlphabet Error = "codice fiscale has a character that is not an ASCII letter or digit"
	// ErrLength: the code does not have 16 characters, or 11 if it is provisional.
	ErrLength Error = "codice fiscale has the wrong length"
	// ErrShape: there is a letter in the place of a digit or a digit in the place of a letter; or
	// one of the seven positions open to omocodia has a letter that replaces no digit; or no
	// surname or name can give the three letters, because a vowel comes before a consonant other
	// than X.
	ErrShape Error = "codice fiscale has a letter or digit out of place"
	// ErrMonth: the letter of the month is not that of any month.
	ErrMonth Error = "codice fiscale has no such month"
	// ErrDay: the day is outside 1 to 31 (men) and 41 to 71 (women).
	ErrDay Error = "codice fiscale has a day outside 1-31 and 41-71"
	// ErrDate: the date exists neither in 19YY nor in 20YY.
	ErrDate Error = "codice fiscale has a date that does not exist"
	// ErrPlace: the letter of the place is not one of A B C D E F G H I L M Z, its number is 000,
	// or it is a foreign State below Z100.
	ErrPlace Error = "codice fiscale has no such place code"
	// ErrCheck: the check letter or the control digit does not match the rest.
	ErrCheck Error = "codice fiscale has a wrong check character"
	// ErrPerson: the 11 digits are not given to a natural person: they are the code of a body, a
	// VAT number or zeros.
	ErrPerson Error = "codice fiscale of 11 digits is not given to a natural person"
)

// ErrMarshal is the error of every attempt to marshal a [Code].
const ErrMarshal Error = "a codice fiscale is not marshalled by itself: call Reveal() and send that where " +
	"it is meant to go"
