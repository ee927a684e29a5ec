package accesslog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
)

// A log whose database is read-only, or is gone, is not ready.
func TestReady(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		require.NoError(t, e.open(t).Ready(t.Context()))

		readOnly := e
		if e.dialect == accesslog.SQLite {
			readOnly.dsn += "&_pragma=query_only(1)"
		} else {
			readOnly.dsn += " default_transaction_read_only=on"
		}
		assert.Error(t, readOnly.open(t).Ready(t.Context()))

		gone := e.open(t)
		require.NoError(t, gone.DB.Close())
		assert.Error(t, gone.Ready(t.Context()))
	})
	assert.Error(t, new(accesslog.Log).Ready(t.Context()))
}
