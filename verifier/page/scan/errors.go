package scan

import "strings"

// Error is the reason why a file gives no text. All values are constants of this package, for errors.Is.
type Error string

// Error returns a sentence for the person who chose the file.
func (e Error) Error() string { return string(e) }

const (
	// ErrEmpty means that the file is empty or contains only white space.
	ErrEmpty Error = "the file is empty"
	// ErrTooLarge means that the file is longer than MaxBytes.
	ErrTooLarge Error = "the file is larger than 32 MiB"
	// ErrTooManyPixels means that the picture would need too much memory.
	ErrTooManyPixels Error = "the picture has too many pixels: scan it at 300 dpi, or save it smaller"
	// ErrPicture means that the PNG or JPEG does not decode. The decoder's error is wrapped too.
	ErrPicture Error = "the picture is damaged, cut off or of a rare kind"
	// ErrNoCode means that no symbol was read in the picture.
	ErrNoCode Error = "no QR code found in the picture: take it again, closer, flat and in good light"
	// ErrNoLink means that the PDF contains neither a web link nor a readable symbol.
	ErrNoLink Error = "no QR and no web link found in the PDF: save its page as PNG or JPEG"
	// ErrOtherLinks means that the PDF contains only links of other systems, and no readable symbol.
	ErrOtherLinks Error = "no QR found in the PDF, only other links: save its page as PNG or JPEG"
	// ErrPortfolio means that the PDF is an envelope of other files, and contains no readable symbol.
	ErrPortfolio Error = "the PDF is a portfolio of several files: save the right one as a file of its own"
	// ErrEncrypted means that the links of the PDF are unreadable without its password.
	ErrEncrypted Error = "the PDF is encrypted: save its page as PNG or JPEG"
	// ErrUnsupported means that the file is of a known kind that Read does not support; see UnsupportedError.
	ErrUnsupported Error = "this kind of file is not read"
	// ErrSeveral means that the file contains papers of several people. A program must not choose one.
	ErrSeveral Error = "the file holds several papers of this system"
	// ErrUnknownKind means that the kind of the file is unknown.
	ErrUnknownKind Error = "the file is neither a PDF, a PNG, a JPEG nor a short text"
)

// UnsupportedError names a known kind of file that Read does not support. It matches ErrUnsupported.
type UnsupportedError struct {
	Kind string // for people, such as "WebP picture"
	Save string // the kinds to save it as, such as "PNG or JPEG"
}

// Error returns a sentence with the kind of the file.
func (e *UnsupportedError) Error() string {
	article := "a "
	if strings.HasPrefix(e.Kind, "A") {
		article = "an "
	}
	return article + e.Kind + " is not read here: save it as " + e.Save
}

// Unwrap returns ErrUnsupported.
func (e *UnsupportedError) Unwrap() error { return ErrUnsupported }
