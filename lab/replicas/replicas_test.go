package replicas_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/api"
)

const (
	people   = 160 // each is asked once
	desks    = 8   // at the same time
	answers  = 4   // of one code, at the same moment
	killings = 3
)

var server databasetest.Server

func TestMain(m *testing.M) {
	if os.Getenv("REPLICAS_CHILD") != "" {
		if err := replica(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(server.Run(m))
}

// world is everything that runs, with counts of what was seen.
type world struct {
	setting  setting
	db       *database.DB
	log      *accesslog.Log
	balancer *balancer
	outside  *outside.Services
	client   *verifier.Client

	asked     atomic.Int64
	disclosed atomic.Int64 // answers that disclosed something
	unsent    atomic.Int64 // challenges whose code never came
}

func newWorld(t *testing.T) *world {
	t.Helper()
	redis, err := servers.NewRedis()
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { redis.Close() })
	w := &world{outside: must(outside.New()), balancer: &balancer{replicas: make([]*process, 2)}}
	t.Cleanup(w.outside.Close)
	w.setting = setting{Postgres: server.Postgres(t), Redis: redis.Addr, Gateway: w.outside.URL + "/sms"}
	w.db = databasetest.Open(t, w.setting.Postgres)
	w.log, _ = openLog(w.db)
	require.NoError(t, w.log.Create(t.Context()))
	// the balancer decides
	w.client = must(verifier.New(verifier.TrustAnchor{Name: issuerName, Address: "http://127.0.0.1",
		Keys: []token.PublicKey{issuer().Keys[0].Public()}}))
	w.client.Transport = w.balancer
	w.client.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer operator")
		return nil
	}
	for n := range w.balancer.replicas {
		w.balancer.set(n, startReplica(t, w.setting))
	}
	return w
}

// register puts the people into the registry, each with a judgement and a phone.
func (w *world) register(t *testing.T) []codicefiscale.Code {
	t.Helper()
	r, err := openRegistry(t.Context(), w.db)
	require.NoError(t, err)
	defer r.Close()
	list := make([]registry.Person, people)
	codes := make([]codicefiscale.Code, people)
	for n := range list {
		codes[n] = provisional(t, n)
		list[n] = registry.Person{CF: codes[n], Birth: 19800101,
			Verbali: []status.Verbale{{ID: "1", Kind: status.KindFirst, Domain: status.CivilInvalidity,
				Decision: 20200110,
				Effect:   20200110, Definitive: true,
				Outcome: status.Outcome{Degree: status.DegreeOverTwoThirds, Percent: 67 + n%33}}},
			Contacts: registry.Contacts{Verified: time.Unix(1, 0),
				Phones: []registry.Phone{{Channel: otp.SMS, Number: phone(codes[n])}}}}
	}
	require.NoError(t, r.Put(t.Context(), list...))
	return codes
}

// provisional is the n-th provisional codice fiscale of office 301.
func provisional(t *testing.T, n int) codicefiscale.Code {
	t.Helper()
	for check := range 10 {
		if cf, err := codicefiscale.ParseProvisional(fmt.Sprintf("%07d301%d", n+1, check)); err == nil {
			return cf
		}
	}
	require.FailNow(t, "no check digit fits")
	return codicefiscale.Code{}
}

// Desks ask for consent and answer with the right code, several times at the same moment and
// through both replicas. Meanwhile one replica after the other is killed as by kill -9, and
// another takes its place.
func TestKilledReplicas(t *testing.T) {
	w := newWorld(t)
	list := w.register(t)
	var group sync.WaitGroup
	work := make(chan codicefiscale.Code)
	for range desks {
		group.Go(func() {
			for cf := range work {
				w.ask(t, cf)
			}
		})
	}
	for n, cf := range list {
		if n > 0 && n%(people/(killings+1)) == 0 {
			w.kill(t, n%2)
		}
		work <- cf
	}
	close(work)
	group.Wait()
	w.check(t, list)
}

// kill ends a replica in the middle of its work. A new one in its place finds what it left
// behind.
func (w *world) kill(t *testing.T, n int) {
	victim := w.balancer.replicas[n]
	require.NoError(t, victim.Process.Kill())
	assert.Error(t, victim.Wait())
	w.balancer.set(n, nil)
	w.balancer.set(n, startReplica(t, w.setting))
}

// ask gets one person's consent and answers with the code several times at once.
func (w *world) ask(t *testing.T, cf codicefiscale.Code) {
	ctx := t.Context()
	paper, _, err := issuer().Issue(t.Context(), cf)
	if !assert.NoError(t, err) {
		return
	}
	challenge, report := w.client.RequestSecondLevel(ctx, paper, cf,
		verifier.SecondLevelRequest{Purpose: "desk", Scope: api.ScopeDetail})
	if challenge == nil {
		assert.Equal(t, api.Unavailable, report.Problem.Code)
		return
	}
	w.asked.Add(1)
	code := w.outside.Code(phone(cf).Reveal())
	if code == "" { // the replica was killed before it sent: the person would ask for it again
		w.unsent.Add(1)
		return
	}
	var accepted atomic.Int64
	var group sync.WaitGroup
	for range answers {
		group.Go(func() {
			if w.answer(ctx, t, challenge.ID, paper, cf, code) {
				accepted.Add(1)
			}
		})
	}
	group.Wait()
	assert.LessOrEqual(t, accepted.Load(), int64(1), "a code was accepted twice")
	w.disclosed.Add(accepted.Load())
}

// answer answers with the code once. Before the desk gets the disclosure, the log has it.
func (w *world) answer(ctx context.Context, t *testing.T, id, paper string, cf codicefiscale.Code,
	code string) bool {
	r := w.client.Answer(ctx, paper, cf, verifier.SecondLevelAnswer{Challenge: id, Code: code,
		Scope: api.ScopeDetail})
	if r.Disclosed == nil {
		if assert.NotNil(t, r.Problem) {
			assert.Contains(t, []api.ProblemCode{api.ChallengeUsed, api.Unavailable}, r.Problem.Code)
		}
		return false
	}
	assert.NotEmpty(t, r.Disclosed.Details)
	receipt, err := w.client.VerifyReceipt(t.Context(), r.Receipt)
	assert.NoError(t, err)
	file, err := w.log.Proof(ctx, cf, receipt.ID)
	if assert.NoError(t, err, "a disclosure without a record") {
		_, key := openLog(w.db)
		record, _, err := proof.Verify(file, key)
		assert.NoError(t, err)
		assert.Equal(t, id, record.Challenge)
	}
	return true
}

// check examines the final state.
func (w *world) check(t *testing.T, list []codicefiscale.Code) {
	records := int64(0)
	for _, cf := range list {
		found, err := w.log.ByPerson(t.Context(), cf)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(found), 1, "one challenge, two records")
		records += int64(len(found))
	}
	_, key := openLog(w.db)
	c, err := w.log.Audit(t.Context(), key)
	require.NoError(t, err)
	assert.Equal(t, records, c.Size)
	t.Logf("%d asked, %d codes not sent, %d disclosures, %d records", w.asked.Load(), w.unsent.Load(),
		w.disclosed.Load(), records)
	assert.GreaterOrEqual(t, records, w.disclosed.Load())
	lost := w.asked.Load() - w.unsent.Load() - w.disclosed.Load()
	assert.LessOrEqual(t, lost, int64(killings*desks),
		"only what was under way when a replica was killed is lost")
	assert.Greater(t, w.disclosed.Load(), int64(people/2))
}
