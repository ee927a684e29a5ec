package app

import (
	"cmp"
	"time"
	_ "time/tzdata" // for machines and images without a table of zones

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/token"
)

// LoadZone returns the time zone in which the issuer's days begin and end, by its name in the IANA table. An
// empty name means [token.DefaultZone]. LoadZone refuses "Local", the zone of the machine: the days of a
// document must not depend on where a server runs.
func LoadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(cmp.Or(name, token.DefaultZone))
	if err != nil || zone == time.Local {
		return nil, words.Errorf("there is no time zone %q: it is a name such as Europe/Rome", name)
	}
	return zone, nil
}
