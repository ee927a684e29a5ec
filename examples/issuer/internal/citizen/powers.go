package citizen

import (
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// A power is what somebody may do for a person.
type power string

// The powers. A page that is not named below needs powerAll.
const (
	powerNone     power = "none"     // the pages about who is logged in
	powerDocument power = "document" // make the document, and give it to who stands there
	powerKeep     power = "keep"     // send it by e-mail, and make lost ones void
	powerStatus   power = "status"   // what a desk sees, and what the document is good for
	powerDetail   power = "detail"   // judgements, percentages and verbali
	powerAll      power = "all"      // contacts, codes, accesses, delegations and whatever comes
)

// may reports whether the visitor has the power over the person of the visit.
func (v visit) may(what power) bool {
	switch v.ward.Kind {
	case "", registry.Minor, registry.Guardianship: // "": the person themselves
		return true
	case registry.Voluntary:
		return what != powerAll && (what != powerDetail || v.ward.Detail)
	case registry.Counter:
		return what == powerNone || what == powerDocument
	}
	return false
}

// needs returns the power that a page needs.
func needs(path string) power {
	within := func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	switch {
	case within(pathActing), within(pathSessions), path == pathCutOff:
		return powerNone
	case within(pathLost):
		return powerKeep
	case within(pathQR):
		return powerDocument
	case path == pathArea, within(pathEntitled):
		return powerStatus
	}
	return powerAll
}
