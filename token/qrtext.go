package token

import (
	"errors"
	"net/url"
	"strings"
)

// QRText returns what stands in the QR: the address of the page that a phone's camera opens, and the token behind "#",
// where no server and no Referer header ever sees it. The page is an http or https URL of printable ASCII without
// fragment, for instance https://qr.example.it/q. Its length counts: see FORMAT.md, "QR text".
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

// FromQRText returns the token in a scanned text: what follows the first "#", or the whole text if there is none. The
// address before it is outside the signature: it is dropped, never opened. The result is for [Verify] to judge.
func FromQRText(text string) string {
	if _, token, ok := strings.Cut(text, "#"); ok {
		return token
	}
	return text
}
