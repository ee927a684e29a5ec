package scan

// Error says why a file gives no text. All values are constants of this package, for errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrEmpty: the file holds nothing, or nothing but white space.
	ErrEmpty Error = "the file is empty"
	// ErrTooLarge: the file is longer than MaxBytes.
	ErrTooLarge Error = "the file is larger than 32 MiB"
	// ErrTooManyPixels: the picture would need more memory than is allowed.
	ErrTooManyPixels Error = "the picture has too many pixels: scan it at 300 dpi, or save it smaller"
	// ErrPicture: the decoder refuses a PNG or JPEG; its error is wrapped too.
	ErrPicture Error = "the picture is damaged, cut off or of a rare kind"
	// ErrNoCode: no symbol was read in a sound picture.
	ErrNoCode Error = "no QR code found in the picture"
	// ErrNoLink: the PDF has no link to a web address.
	ErrNoLink Error = "no web link found in the PDF: save its page as PNG or JPEG"
	// ErrEncrypted: the links of the PDF cannot be read without its password.
	ErrEncrypted Error = "the PDF is encrypted: save its page as PNG or JPEG"
	// ErrUnsupported: the kind of file is known but not read; see UnsupportedError.
	ErrUnsupported Error = "this kind of file is not read"
	// ErrSeveral: the papers of several people are in one file, and a program must not choose.
	ErrSeveral Error = "the file holds several papers of this system"
	// ErrUnknownKind: the kind of file is unknown.
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
