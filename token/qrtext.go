package token

import (
	"errors"
	"net/url"
	"strings"
)

// QRText returns the text of the QR: the address of the page that a phone's camera opens, and the
// token after "#", where no server and no Referer header ever sees it. The page is an http or
// https URL of printable ASCII without a fragment, for instance https://qr.example.it/q. A short
// address makes a smaller QR: see FORMAT.md, "QR text".
func QRText(page, token string) (string, error) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil ||
		strings.Contains(page, "#") ||
		strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New(
			"page of the QR is not an http or https URL of printable ASCII without fragment")
	}
	return page + "#" + token, nil
}

// FromQRText returns the token in a scanned text: the part after the first "#", or the whole text
// if there is none. The address before it is not signed: it is dropped and never opened. Pass the
// result to [Verify].
func FromQRText(text string) string {
	if _, token, ok := strings.Cut(text, "#"); ok {
		return token
	}
	return text
}
