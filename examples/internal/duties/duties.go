// Package duties has the flags of the links that a public body owes on every page of its site, and says which
// are missing. Both programs use it at the start, and a check of a configuration can call it beforehand.
//
// # What is not checked
//
// Whether something is at the addresses, and whether what is there satisfies the law.
package duties

import (
	"flag"
	"net/netip"
	"strings"

	"github.com/qr-invalidita/attesta/internal/netaddr"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// link is a link of the footer with its flag.
type link struct {
	flag, usage string
	address     *string
}

func links(f *web.Footer) []link {
	return []link{
		{"accessibility-url", "`URL` of the accessibility statement, for the foot of every page",
			&f.Accessibility},
		{"feedback-url", "`URL` of the form by which people report a barrier", &f.Feedback},
		{"privacy-url", "`URL` of the privacy notice", &f.Privacy},
		{"help-url", "`URL` where people get help", &f.Help},
	}
}

// Flags adds the flags of the links.
func Flags(fs *flag.FlagSet, f *web.Footer) {
	for _, l := range links(f) {
		fs.StringVar(l.address, l.flag, "", l.usage)
	}
}

// Due reports whether browsers reach pages on the host from outside: it is neither this machine nor an
// address of a private network. A name counts as outside, since names are not looked up.
func Due(host string) bool {
	a, err := netip.ParseAddr(host)
	lan := err == nil && (a.Unmap().IsPrivate() || a.Unmap().IsLinkLocalUnicast())
	return !lan && !netaddr.IsLoopback(host)
}

// Missing returns the flags of the links that are not set, joined as in "privacy-url, -help-url". Empty means
// that none is missing.
func Missing(f web.Footer) string {
	return named(f, func(address string) bool { return address == "" })
}

// Malformed returns, in the same form, the flags of the links that are set and are not https URLs.
func Malformed(f web.Footer) string {
	return named(f, func(address string) bool { return web.Footer{Help: address}.Check() != nil })
}

func named(f web.Footer, is func(address string) bool) string {
	var flags []string
	for _, l := range links(&f) {
		if is(*l.address) {
			flags = append(flags, l.flag)
		}
	}
	return strings.Join(flags, ", -")
}
