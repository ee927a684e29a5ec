package web

import (
	"fmt"
	"net/url"
)

// Footer has the addresses of what a public body has to link to from every page of its site: https URLs, each
// empty where there is none. Whether something is there is not checked.
type Footer struct {
	// Accessibility is the accessibility statement, and Feedback the form by which people report a barrier
	// (L. 4/2004, art. 3-quater).
	Accessibility, Feedback string
	// Privacy is the privacy notice (GDPR, art. 13).
	Privacy string
	// Help is where people get help. It has the same place on every page (WCAG 2.2, 3.2.6).
	Help string
}

// all returns the four links with their names.
func (f Footer) all() []struct{ name, key, address string } {
	return []struct{ name, key, address string }{
		{"Accessibility", "frame.accessibility", f.Accessibility},
		{"Feedback", "frame.feedback", f.Feedback},
		{"Privacy", "frame.privacy", f.Privacy},
		{"Help", "frame.help", f.Help},
	}
}

// Check returns an error that names the first field that is set and not an https URL with a host.
func (f Footer) Check() error {
	for _, l := range f.all() {
		u, err := url.Parse(l.address)
		if l.address != "" && (err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil) {
			return fmt.Errorf("web: Footer.%s is not an https URL", l.name)
		}
	}
	return nil
}

func (f Footer) links() (list []Link) {
	for _, l := range f.all() {
		if l.address != "" {
			list = append(list, Link{Key: l.key, Path: l.address})
		}
	}
	return list
}
