package servers_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
)

func skip(t *testing.T, err error) {
	t.Helper()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
}

// answers reports whether a server listens at the address.
func answers(network, addr string) bool {
	c, err := net.DialTimeout(network, addr, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

func TestPostgres(t *testing.T) {
	p, err := servers.NewPostgres("fsync=off")
	skip(t, err)
	dir := strings.TrimPrefix(strings.Fields(p.DSN)[0], "host=")
	socket := filepath.Join(dir, ".s.PGSQL.5432")
	assert.True(t, answers("unix", socket))
	require.NoError(t, p.Stop())
	assert.False(t, answers("unix", socket))
	require.NoError(t, p.Start())
	require.NoError(t, p.Kill())
	assert.False(t, answers("unix", socket))
	require.NoError(t, p.Start())
	assert.True(t, answers("unix", socket))
	require.NoError(t, p.Close())
	assert.NoDirExists(t, dir)
	require.NoError(t, p.Close(), "twice")

	_, err = servers.NewPostgres("no_such_setting=1")
	assert.ErrorContains(t, err, "no_such_setting", "the log tells why")
}

func TestRedis(t *testing.T) {
	r, err := servers.NewRedis()
	skip(t, err)
	assert.True(t, answers("tcp", r.Addr))
	require.NoError(t, r.Stop())
	assert.False(t, answers("tcp", r.Addr))
	require.NoError(t, r.Start())
	require.NoError(t, r.Kill())
	assert.False(t, answers("tcp", r.Addr))
	require.NoError(t, r.Start())
	require.NoError(t, r.Close())
	assert.False(t, answers("tcp", r.Addr))

	_, err = servers.NewRedis("--no-such-option", "1")
	assert.ErrorContains(t, err, "no-such-option")
}

// A test that is killed leaves no server behind.
func TestOrphan(t *testing.T) {
	if os.Getenv("SERVERS_ORPHAN") != "" {
		r, err := servers.NewRedis()
		require.NoError(t, err)
		fmt.Println("addr", r.Addr)
		time.Sleep(time.Minute)
	}
	r, err := servers.NewRedis()
	skip(t, err)
	require.NoError(t, r.Close())
	cmd := exec.Command(os.Args[0], "-test.run=^TestOrphan$")
	cmd.Env = append(os.Environ(), "SERVERS_ORPHAN=1", "TMPDIR="+t.TempDir())
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var addr string
	_, err = fmt.Fscanf(out, "addr %s\n", &addr)
	require.NoError(t, err)
	require.True(t, answers("tcp", addr))
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	assert.Eventually(t, func() bool { return !answers("tcp", addr) }, time.Minute, 20*time.Millisecond)
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := servers.NewRedis()
	require.ErrorIs(t, err, servers.ErrMissing)
	t.Setenv("CI", "true")
	assert.False(t, servers.Skip(err))
	t.Setenv("CI", "")
	assert.True(t, servers.Skip(err))
	assert.False(t, servers.Skip(errors.New("another")))
	assert.False(t, servers.Skip(nil))
}
