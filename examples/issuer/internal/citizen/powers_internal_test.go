package citizen

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// A page that nobody thought of is for the person, a parent or a guardian, and a kind of a later release may
// do nothing.
func TestPowersFailClosed(t *testing.T) {
	for _, path := range []string{"/area/codes", "/area/qrcodes", "/area/acting-for", "/area/"} {
		assert.Equal(t, powerAll, needs(path), path)
	}
	later := visit{ward: registry.Ward{Delegation: registry.Delegation{Kind: "friend"}}}
	for _, what := range []power{powerDocument, powerKeep, powerStatus, powerDetail, powerAll} {
		assert.False(t, later.may(what), what)
	}
}
