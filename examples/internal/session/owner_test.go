package session_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestPersonEndsSessions(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		s, ctx := newStore(t, dsn), t.Context()
		now := time.Now()
		s.Now = func() time.Time { return now }
		mario, luca := must(codicefiscale.Parse(person)), must(codicefiscale.Parse("VRDCRL68S07M999O"))
		began := now.Truncate(time.Second).UTC()
		login := func(token string, who codicefiscale.Code) {
			require.NoError(t, s.Own(ctx, token, who, session.About{Began: began, Method: "spid"}))
			require.NoError(t, s.CommitCtx(ctx, token, []byte("data"), now.Add(time.Minute)))
			now = now.Add(time.Second)
		}
		for token, who := range map[string]codicefiscale.Code{"one": mario, "hers": luca} {
			login(token, who)
		}
		login("two", mario)
		login("three", mario)
		held := func(who codicefiscale.Code) (refs []string) {
			list, err := s.Held(ctx, who)
			require.NoError(t, err)
			for _, h := range list {
				assert.Equal(t, session.About{Began: began, Method: "spid"}, h.About)
				refs = append(refs, h.Ref)
			}
			return refs
		}
		one, two, three := session.Ref("one"), session.Ref("two"), session.Ref("three")
		assert.Equal(t, []string{three, two, one}, held(mario), "newest first")
		require.NoError(t, s.End(ctx, luca, one))
		require.NoError(t, s.End(ctx, mario, "nonsense!"))
		require.NoError(t, s.End(ctx, mario, ""))
		assert.Len(t, held(mario), 3, "another person's session stays")

		require.NoError(t, s.End(ctx, mario, one))
		assert.Equal(t, []string{three, two}, held(mario))
		_, found, err := s.FindCtx(ctx, "one")
		require.NoError(t, err)
		assert.False(t, found)
		require.NoError(t, s.CommitCtx(ctx, "one", []byte("late"), now.Add(time.Minute)))
		_, found, err = s.FindCtx(ctx, "one")
		require.NoError(t, err)
		assert.False(t, found, "a request that began before brings it not back")

		require.NoError(t, s.EndOthers(ctx, mario, "three"))
		assert.Equal(t, []string{three}, held(mario))
		assert.Len(t, held(luca), 1)

		var owners, abouts []byte
		rows, err := s.DB.QueryContext(ctx, "SELECT owner, about FROM session_owner")
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var owner, about []byte
			require.NoError(t, rows.Scan(&owner, &about))
			owners, abouts = append(owners, owner...), append(abouts, about...)
		}
		require.NoError(t, rows.Err())
		assert.NotContains(t, string(owners), person)
		assert.NotContains(t, string(abouts), "spid")

		now = now.Add(2 * time.Minute)
		assert.Empty(t, held(mario), "expired")
		now = now.Add(9 * time.Hour)
		require.NoError(t, s.DeleteExpired(ctx))
		var left int
		require.NoError(t, s.DB.QueryRowContext(ctx, "SELECT COUNT(*) FROM session_owner").Scan(&left))
		assert.Zero(t, left)
	})
}
