package codicefiscale

// An Error names the rule that an input broke or, as [ErrMarshal], the rule that
// a caller broke. It never holds the input or a part of it. The constants are all
// the values there are; compare with [errors.Is] or ==.
type Error string

// Error returns a sentence for developers, whose wording may change.
func (e Error) Error() string { return string(e) }

// The rules of [Parse], [ParseProvisional], [ParseAny] and [ParseSubject].
const (
	// ErrPrefix: an identity provider's prefix other than TINIT-.
	ErrPrefix Error = "subject has a prefix other than TINIT-"
	// ErrAlphabet: a character that is not an ASCII letter or digit.
	ErrAlphabet Error = "codice fiscale has a character that is not an ASCII letter or digit"
	// ErrLength: not 16 characters, or not 11 for a provisional code.
	ErrLength Error = "codice fiscale has the wrong length"
	// ErrShape: a letter where a digit has to be, or a digit where a letter has
	// to be, or a letter that stands for no digit in one of the seven positions
	// open to omocodia, or three letters that no surname or name can give: a vowel
	// stands before a consonant other than X.
	ErrShape Error = "codice fiscale has a letter or digit out of place"
	// ErrMonth: a letter that stands for no month.
	ErrMonth Error = "codice fiscale has no such month"
	// ErrDay: a day outside 1 to 31 (men) and 41 to 71 (women).
	ErrDay Error = "codice fiscale has a day outside 1-31 and 41-71"
	// ErrDate: a date that exists neither in 19YY nor in 20YY.
	ErrDate Error = "codice fiscale has a date that does not exist"
	// ErrPlace: a place whose letter is not one of A B C D E F G H I L M Z, or
	// whose number is 000, or a foreign State below Z100.
	ErrPlace Error = "codice fiscale has no such place code"
	// ErrCheck: the check letter or control digit does not match the rest.
	ErrCheck Error = "codice fiscale has a wrong check character"
	// ErrPerson: 11 digits that are not given to a natural person: the code of a
	// body, a VAT number, zeros.
	ErrPerson Error = "codice fiscale of 11 digits is not given to a natural person"
)

// ErrMarshal is the answer to every attempt to marshal a [Code].
const ErrMarshal Error = "a codice fiscale is not marshalled by itself: call Reveal() and send that where " +
	"it is meant to go"
