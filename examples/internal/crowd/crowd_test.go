package crowd_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// TestWriteFile writes CROWD people to CROWD_FILE, for a measurement.
func TestWriteFile(t *testing.T) {
	path, people := os.Getenv("CROWD_FILE"), 100
	if path == "" {
		path = t.TempDir() + "/crowd.jsonl"
	} else {
		var err error
		people, err = strconv.Atoi(os.Getenv("CROWD"))
		require.NoError(t, err)
	}
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, crowd.Write(f, people))
	require.NoError(t, f.Close())
}
