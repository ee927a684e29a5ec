package sqlstore_test

import (
	"database/sql/driver"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"modernc.org/sqlite"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	sqlstore "github.com/qr-invalidita/attesta/otp/store/sql"
)

func conformance(t *testing.T, e engine, advance func(time.Duration)) {
	t.Run("store", func(t *testing.T) {
		otptest.TestStore(t, otptest.StoreSetup{Open: func(t *testing.T) otp.Store { return e.handle(t) },
			Advance: advance})
	})
	t.Run("limiter", func(t *testing.T) {
		otptest.TestLimiter(t, otptest.LimiterSetup{
			Open: func(t *testing.T) otp.Limiter { return e.handle(t) }, Advance: advance})
	})
	t.Run("calls", func(t *testing.T) {
		otptest.TestLimiter(t, otptest.LimiterSetup{
			Open:    func(t *testing.T) otp.Limiter { return sqlstore.Calls{Store: e.handle(t)} },
			Advance: advance})
	})
}

func TestConformance(t *testing.T) {
	engines(t, func(t *testing.T, e engine) { conformance(t, e, nil) })
}

// TestConformanceOtherClock runs the suites with a database clock that is decades away and
// moves only on command, so any use of the caller's clock shows.
func TestConformanceOtherClock(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		e := newPostgres(t)
		db := open(t, e.driver, e.dsn)
		_, err := db.Exec(`CREATE SCHEMA fake;
CREATE TABLE fake.clock AS SELECT timestamptz '2001-02-03 04:05:06.789Z' AS now;
CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS 'SELECT now FROM fake.clock'`)
		require.NoError(t, err)
		e.dsn += " search_path=fake,pg_catalog,public"
		r, err := e.handle(t).Load(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "2001-02-03T04:05:06.789Z", r.Now.UTC().Format(time.RFC3339Nano))
		conformance(t, e, func(d time.Duration) {
			_, err := db.Exec("UPDATE fake.clock SET now = now + $1 * interval '1 millisecond'",
				d.Milliseconds())
			require.NoError(t, err)
		})
	})
	t.Run("sqlite", func(t *testing.T) {
		if os.Getenv("OTP_CHILD") == "" {
			// The function that replaces unixepoch would stay for all later tests.
			out, err := child(t, "clock").CombinedOutput()
			require.NoError(t, err, string(out))
			return
		}
		var ms atomic.Int64
		ms.Store(981173106789)
		sqlite.MustRegisterScalarFunction("unixepoch", 2,
			func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
				return float64(ms.Load()) / 1000, nil
			})
		e := newSQLite(t)
		r, err := e.handle(t).Load(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, "2001-02-03T04:05:06.789Z", r.Now.UTC().Format(time.RFC3339Nano))
		conformance(t, e, func(d time.Duration) { ms.Add(d.Milliseconds()) })
	})
}

// child is this test in another process.
func child(t *testing.T, role string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0],
		"-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	cmd.Env = append(append(os.Environ(), "OTP_CHILD="+role), env...)
	return cmd
}
