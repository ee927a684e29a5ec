package crowd_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestPeopleDiffer(t *testing.T) {
	seen := map[codicefiscale.Code]bool{}
	for _, i := range []int{0, 1, 20, 21, 440, 441, 9260, 9261, 194480, 194481, 999999, crowd.Most - 1} {
		p := crowd.Person(i)
		require.NoError(t, p.Validate(), i)
		assert.False(t, seen[p.CF], i)
		seen[p.CF] = true
	}
}

func TestWrite(t *testing.T) {
	var b strings.Builder
	require.NoError(t, crowd.Write(&b, 100))
	assert.Equal(t, 100, strings.Count(b.String(), "\n"))
}
