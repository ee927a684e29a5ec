package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

// greet prints the URLs to open and the personas to log in as.
func greet(w io.Writer, a *app.App, made bool) {
	fmt.Fprintf(w, "\nAttesta, an issuing body: %s\n\n", a.URL())
	for _, place := range a.Places() {
		fmt.Fprintf(w, "  %-38s %s\n", place.Address, place.About)
	}
	if a.Demonstration() {
		fmt.Fprint(w, "\nLog in as an invented person, with SPID or CIE and no password; for instance\n\n")
		few := []string{"mario", "luca", "carlo", "paolo", "laura"} // /dev/ has them all
		for _, p := range demo.Personas() {
			if slices.Contains(few, p.ID) {
				fmt.Fprintf(w, "  %-16s %s\n", p.Given+" "+p.Family, p.About["en"])
			}
		}
	}
	if made {
		fmt.Fprintf(w,
			"\nKeys were made in %s: keep a copy, without them printed papers cannot be recognised.\n",
			a.Data)
	}
	if a.Config.LAN {
		fmt.Fprint(w,
			"\nOpen it on the phone with this QR. The browser warns of the certificate: it is made for "+
				"trying out.\n\n")
		_ = terminal.WriteQR(w, a.URL()) // a URL is short enough for a QR
	}
	fmt.Fprint(w, "\nCtrl-C ends it.\n")
}
