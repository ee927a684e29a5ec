package servers_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
)

// A frozen PostgreSQL accepts connections, because the system does, and answers nothing.
func TestFreeze(t *testing.T) {
	p, err := servers.NewPostgres("fsync=off")
	skip(t, err)
	dir := strings.TrimPrefix(strings.Fields(p.DSN)[0], "host=")
	asks := func(ctx context.Context) error {
		return exec.CommandContext(ctx, "psql", "-h", dir, "-U", "postgres", "-c", "SELECT 1").Run()
	}
	require.NoError(t, asks(t.Context()))
	require.NoError(t, p.Freeze())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	assert.Error(t, asks(ctx))
	assert.Error(t, ctx.Err(), "it answers nothing")
	require.NoError(t, p.Thaw())
	assert.NoError(t, asks(t.Context()))
	require.NoError(t, p.Close())
}
