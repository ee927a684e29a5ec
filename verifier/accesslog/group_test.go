package accesslog_test

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/service"
)

// hold keeps appends waiting, as another replica does while it writes, until release is called.
func hold(t *testing.T, e engine) (release func()) {
	t.Helper()
	tx, err := e.pool(t).BeginTx(context.Background(), &sql.TxOptions{})
	require.NoError(t, err)
	_, err = tx.Exec(`UPDATE access_tree SET kept = kept WHERE one = 1`)
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback()) }
}

// appendTogether appends the accesses while nothing can be written, then lets them be written, and returns
// their errors. The first ten wait in their order; more would take a slow machine longer than a group has.
func appendTogether(t *testing.T, e engine, l *accesslog.Log, accesses []service.Access) []error {
	t.Helper()
	waitFor(t, func() bool { return l.Pending() == 0 }) // Append returns before the log's writer does
	release := hold(t, e)
	errs := make([]error, len(accesses))
	var appending sync.WaitGroup
	for n, a := range accesses {
		appending.Go(func() { errs[n] = l.Append(context.Background(), a) })
		if n < 10 {
			waitFor(t, func() bool { return l.Pending() == n+1 }) // the first one is being written
		}
	}
	waitFor(t, func() bool { return l.Pending() == len(accesses) })
	release()
	appending.Wait()
	return errs
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, time.Millisecond)
}

// What waits together is written together.
func TestGroup(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		var accesses []service.Access
		for range accesslog.MaxGroup + 10 {
			accesses = append(accesses, access(person, start))
		}
		for _, err := range appendTogether(t, e, l, accesses) {
			require.NoError(t, err)
		}
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.EqualValues(t, len(accesses), c.Size)
		file, err := l.Proof(t.Context(), code(person), accesses[77].ID)
		require.NoError(t, err)
		assert.NotEmpty(t, file)
		if e.dialect == accesslog.PostgreSQL {
			var transactions int
			require.NoError(t, e.pool(t).QueryRow(`SELECT count(DISTINCT xmin::text) FROM access_record`).
				Scan(&transactions))
			assert.Equal(t, 2, transactions, "the first with those that joined while it waited, and the rest")
		}
	})
}

// A record that is refused does not take its neighbours with it.
func TestGroupWithRefusals(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		before := add(t, l, person, start)
		accesses := make([]service.Access, 7)
		for n := range accesses {
			accesses[n] = access(person, start)
		}
		accesses[2].Challenge = before.Challenge
		accesses[3].Challenge = accesses[1].Challenge
		accesses[5].ID = accesses[4].ID // which the service never does
		errs := appendTogether(t, e, l, accesses)
		for n, err := range errs {
			switch n {
			case 2, 3:
				assert.ErrorIs(t, err, service.ErrRecorded, n)
			case 5:
				assert.Error(t, err)
				assert.NotErrorIs(t, err, service.ErrRecorded)
			default:
				assert.NoError(t, err, n)
			}
		}
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.EqualValues(t, 5, c.Size)
	})
}

// A caller that leaves gets no success, whether its record is written or not, and the others get theirs.
func TestGroupIsLeft(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		release := hold(t, e)
		ctx, leave := context.WithCancel(t.Context())
		left, stayed := make(chan error, 2), make(chan error, 2)
		for n := range 2 { // the first one's transaction has begun, the second one waits for it
			go func() { left <- l.Append(ctx, access(person, start)) }()
			waitFor(t, func() bool { return l.Pending() == 2*n+1 })
			go func() { stayed <- l.Append(context.Background(), access(person, start)) }()
			waitFor(t, func() bool { return l.Pending() == 2*n+2 })
		}
		leave()
		assert.ErrorIs(t, <-left, context.Canceled)
		assert.ErrorIs(t, <-left, context.Canceled)
		release()
		assert.NoError(t, <-stayed)
		assert.NoError(t, <-stayed)
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.EqualValues(t, 3, c.Size, "nobody waits for the second one")
	})
}

// The time for a group holds for what is tried alone too: a database that hangs keeps nobody longer.
func TestGroupIsLate(t *testing.T) {
	engines(t, func(t *testing.T, e engine) {
		l := e.open(t)
		ctx, end := context.WithCancel(t.Context())
		end()
		errs, err := l.AppendGroup(ctx, []service.Access{access(person, start), access(person, start)})
		require.NoError(t, err)
		assert.Len(t, errs, 2)
		for _, err := range errs {
			assert.ErrorIs(t, err, context.Canceled)
		}
		c, err := l.Audit(t.Context(), verifier())
		require.NoError(t, err)
		assert.Zero(t, c.Size)
	})
}

// Nobody knows whether a transaction is there whose commit failed, so it is not tried again.
func TestGroupThatCannotCommit(t *testing.T) {
	e := newPostgres(t)
	l := e.open(t)
	_, err := e.pool(t).Exec(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF (SELECT count(*) FROM access_record) > 1 THEN RAISE 'no'; END IF; RETURN NULL; END $$;
		CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON access_record DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION refuse()`)
	require.NoError(t, err)
	errs, err := l.AppendGroup(t.Context(), []service.Access{access(person, start), access(person, start)})
	require.NoError(t, err)
	for _, err := range errs {
		assert.ErrorContains(t, err, "commit")
	}
	c, err := l.Audit(t.Context(), verifier())
	require.NoError(t, err)
	assert.Zero(t, c.Size)
}

// What waits is bounded.
func TestGroupIsFull(t *testing.T) {
	e := newSQLite(t)
	l := e.open(t)
	release := hold(t, e)
	var appending sync.WaitGroup
	var refused, appended atomic.Int32
	tryAppend := func() {
		if l.Append(context.Background(), access(person, start)) == nil {
			appended.Add(1)
		} else {
			refused.Add(1)
		}
	}
	appending.Go(tryAppend)
	waitFor(t, func() bool { return l.Pending() == 1 }) // alone in its transaction
	for range accesslog.MaxWaiting + 20 {
		appending.Go(tryAppend)
	}
	waitFor(t, func() bool { return l.Pending() == accesslog.MaxWaiting+1 && refused.Load() > 0 })
	release()
	appending.Wait()
	c, err := l.Audit(t.Context(), verifier())
	require.NoError(t, err)
	assert.EqualValues(t, appended.Load(), c.Size)
}
