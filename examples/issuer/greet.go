package main

import (
	"fmt"
	"io"

	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
)

// greet says where to click and as whom.
func greet(w io.Writer, a *app.App, made bool) {
	fmt.Fprintf(w, "\nAttesta, an issuing body: %s\n\n", a.URL())
	for _, place := range a.Places() {
		fmt.Fprintf(w, "  %-32s %s\n", place.Address, place.About)
	}
	if a.Demonstration() {
		fmt.Fprint(w, "\nLog in as one of these invented people (SPID or CIE, no password):\n\n")
		for _, p := range demo.Personas() {
			fmt.Fprintf(w, "  %-20s %s\n", p.Given+" "+p.Family, p.About["en"])
		}
	}
	if made {
		fmt.Fprintf(w, "\nKeys were made in %s: keep a copy, without them printed papers cannot be recognised.\n", a.Data)
	}
	if a.Config.LAN {
		fmt.Fprint(w, "\nOpen it on the phone with this QR. The browser warns of the certificate: it is made for trying out.\n\n")
		_ = terminal.WriteQR(w, a.URL()) // an address is short enough
	}
	fmt.Fprint(w, "\nCtrl-C ends it.\n")
}
