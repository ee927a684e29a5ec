package app

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
)

func TestRegistryKeys(t *testing.T) {
	one := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))
	db := databasetest.Open(t, databasetest.SQLite(t))
	for name, test := range map[string]struct{ text, says string }{
		"two versions":           {"1 " + one + "\n\n 7  " + one + "\n", ""},
		"the key of before":      {one + "\n", "earlier format"},
		"nothing":                {"\n", "holds no key"},
		"no number":              {"x " + one, "line 1 is not a number"},
		"zero":                   {"0 " + one, "line 1 is not a number"},
		"a number alone":         {"1 " + one + "\n2\n", "line 2 is not a number"},
		"twice":                  {"1 " + one + "\n1 " + one, "line 2: the number occurs twice"},
		"a short key":            {"1 AAAA", "does not hold 32 bytes in base64"},
		"a device, incompletely": {"1 pkcs11:token=x", "want pkcs11:token=NAME"},
	} {
		s := settled{Config: Config{Data: t.TempDir()}}
		path := filepath.Join(s.Data, registryKey)
		require.NoError(t, os.WriteFile(path, []byte(test.text), 0o600))
		keys, closed, err := s.registryKeys(t.Context(), db)
		if test.says != "" {
			assert.ErrorContains(t, err, test.says, name)
			assert.NotContains(t, err.Error(), one, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Len(t, keys.Wrappers, 2, name)
		assert.NoError(t, closed())
		require.NoError(t, os.Chmod(path, 0o640))
		_, _, err = s.registryKeys(t.Context(), db)
		assert.Error(t, err, "others may read it")
	}
}

// The three keys are made at the first start and differ.
func TestRegistryKeysAreMade(t *testing.T) {
	s := settled{Config: Config{Data: t.TempDir()}}
	db := databasetest.Open(t, databasetest.SQLite(t))
	keys, closed, err := s.registryKeys(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, closed())
	again, closed, err := s.registryKeys(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, closed())
	assert.Equal(t, keys, again)
	versions, err := readVersions(s.file(registryKey))
	require.NoError(t, err)
	require.Len(t, versions, 1)
	assert.Equal(t, int64(1), versions[0].version)
	assert.NotEqual(t, versions[0].value, base64.StdEncoding.EncodeToString(keys.Names))
}
