package citizen

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each act of the staff has a text. The five languages have the same ones: a root test compares them.
func TestStaffActsHaveTexts(t *testing.T) {
	text, err := os.ReadFile("words/it.json")
	require.NoError(t, err)
	for _, act := range append(staffActs(), "other") {
		assert.Contains(t, string(text), `"access.staff.`+act+`":`)
	}
}
