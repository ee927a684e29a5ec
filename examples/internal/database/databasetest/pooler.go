package databasetest

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
)

// Pooler starts a PgBouncer in transaction mode with eight connections, until the end of the test. Its only
// user is user. dsn is of a database from [Server.Postgres], and pooled is the same one through the pooler.
func (s *Server) Pooler(t testing.TB, dsn, user string) (pooled string, pooler *servers.PgBouncer) {
	t.Helper()
	pooler, err := servers.NewPgBouncer(s.postgres, []string{user}, 8)
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, pooler.Close()) })
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.User(user)
	u.RawQuery = url.Values{"host": {pooler.Dir}, "port": {fmt.Sprint(pooler.Port)}}.Encode()
	return u.String(), pooler
}
