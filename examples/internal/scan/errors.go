package scan

// Error is a reason why a file gives no text. All values are constants of
// this package, for errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrEmpty: the file holds nothing, or nothing but white space.
	ErrEmpty Error = "the file is empty"
	// ErrTooLarge: the file is longer than MaxBytes.
	ErrTooLarge Error = "the file is larger than 32 MiB"
	// ErrTooManyPixels: a picture that would need more memory than we give.
	ErrTooManyPixels Error = "the picture has too many pixels: scan it at 300 dpi, or save it smaller"
	// ErrPicture: a PNG or JPEG that its decoder refuses; the decoder's error
	// is wrapped beside it.
	ErrPicture Error = "the picture is damaged, cut off or of a rare kind"
	// ErrNoCode: a sound picture in which no symbol was read.
	ErrNoCode Error = "no QR code found in the picture"
	// ErrNoLink: a PDF without any link to a web address.
	ErrNoLink Error = "no web link found in the PDF: save its page as PNG or JPEG"
	// ErrEncrypted: a PDF whose links cannot be read without its password.
	ErrEncrypted Error = "the PDF is encrypted: save its page as PNG or JPEG"
	// ErrUnsupported: a known kind of file that is not read; see
	// UnsupportedError.
	ErrUnsupported Error = "this kind of file is not read"
	// ErrSeveral: the papers of several people are in one file, and a program must not choose.
	ErrSeveral Error = "the file holds several papers of this system"
	// ErrUnknownKind: none of the kinds that we know.
	ErrUnknownKind Error = "the file is neither a PDF, a PNG, a JPEG nor a short text"
)

// UnsupportedError names a kind of file that is recognised but not read. It
// matches ErrUnsupported.
type UnsupportedError struct {
	Kind string // for people, such as "WebP picture"
	Save string // the kinds to save it as, such as "PNG or JPEG"
}

func (e *UnsupportedError) Error() string {
	return "a " + e.Kind + " is not read here: save it as " + e.Save
}

// Unwrap returns ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }
