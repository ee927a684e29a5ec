package main

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/app"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

var postgres databasetest.Server

// cluster is two processes of the program behind a balancer, on one PostgreSQL, one Redis and one data
// folder.
type cluster struct {
	*balancer
	one, two *replica
	cf       codicefiscale.Code
	mario    *browser
	paper    string
	bearer   string
	calls    atomic.Uint32
	data     string
	dsn      string
	redis    *servers.Redis
	relay    *relay   // from the second replica to Redis
	secrets  []string // texts that must be in no log
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{balancer: newBalancer(t), cf: demo.Personas()[0].CF, dsn: postgres.Postgres(t),
		data: filepath.Join(t.TempDir(), "data")}
	var err error
	c.redis, err = servers.NewRedis("--appendonly", "yes")
	if servers.Skip(err) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.redis.Close()) })
	c.relay = newRelay(t, c.redis.Addr)
	args := []string{"-public-url", c.URL, "-trusted-proxies", "127.0.0.1", "-data", c.data, "-db", c.dsn,
		"-drain", "2s", "-log", "json", "-verbose", "-redis"}
	c.one = newReplica(t, append(args, "redis://"+c.redis.Addr)...)
	c.two = newReplica(t, append(args, "redis://"+c.relay.Addr().String())...)
	c.replicas = []*replica{c.one, c.two}
	for _, r := range c.replicas { // at the same moment, on an empty database
		r.start(t)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	c.watch(ctx)
	c.awaitReady(t)
	for _, p := range demo.Personas() {
		c.secrets = append(c.secrets, p.CF.Reveal(), strings.TrimPrefix(p.Phone, "+39"), p.Email)
	}
	return c
}

// secret adds a text that must be in no log.
func (c *cluster) secret(text string) string {
	c.secrets = append(c.secrets, text)
	return text
}

// logIn logs in the citizen on the pages and the operator for the API, each step at another replica.
func (c *cluster) logIn(t *testing.T) {
	t.Helper()
	c.mario = newBrowser(t, c.URL)
	assert.Contains(t, c.mario.login(t, "mario", "/area"), "Mario Rossi")
	for _, r := range c.replicas {
		c.pin(r)
		assert.Contains(t, c.mario.get(t, "/area"), "Mario Rossi",
			"a login at one is a login at all")
	}
	c.pin(nil)
	c.paper = c.mario.paper(t)
	jws, err := token.FromQRText(c.paper)
	require.NoError(t, err)
	c.secret(jws)

	laura := newBrowser(t, c.URL)
	access, err := login.Loopback(t.Context(), c.URL+"/dev/idp", app.DeskClient, devidp.SecondLevel,
		func(address string) error {
			laura.choose(t, address, "laura")
			return nil
		})
	require.NoError(t, err)
	c.bearer = c.secret(access.AccessToken)
}

// desk returns a client that trusts the published keys.
func (c *cluster) desk(t *testing.T) *verifier.Client {
	t.Helper()
	keys, err := token.ParseJWKS([]byte(newBrowser(t, c.URL).get(t, api.PathJWKS)), "")
	require.NoError(t, err)
	desk, err := verifier.New(verifier.TrustAnchor{Name: keys[0].IssuerName(), Address: c.URL, Keys: keys})
	require.NoError(t, err)
	desk.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
		return nil
	}
	desk.Transport = c.elsewhere()
	return desk
}

// elsewhere sends each call from another address, since one address may make 60 calls in a minute.
func (c *cluster) elsewhere() http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		n := c.calls.Add(1)
		r = r.Clone(r.Context())
		r.Header.Set("X-Forwarded-For", netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)}).String())
		return http.DefaultTransport.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// load asks at the first level in a loop. It returns a function that ends the loop, and the number of
// confirmed answers; other counts all other answers.
func (c *cluster) load(t *testing.T) (confirmed, other *atomic.Int64, end func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	confirmed, other = new(atomic.Int64), new(atomic.Int64)
	var wg sync.WaitGroup
	for range 3 {
		desk := c.desk(t)
		wg.Go(func() {
			for ctx.Err() == nil {
				report := desk.FirstLevel(ctx, c.paper, c.cf, verifier.FirstLevelOptions{})
				switch {
				case ctx.Err() != nil:
				case report.Verdict == api.Confirmed:
					confirmed.Add(1)
				default:
					other.Add(1)
					assert.Equal(t, api.CodeUnavailable, report.Code,
						"a fault is never an answer about a person")
				}
			}
		})
	}
	return confirmed, other, func() {
		stop()
		wg.Wait()
	}
}

func more(t *testing.T, count *atomic.Int64) {
	t.Helper()
	from := count.Load()
	require.Eventually(t, func() bool { return count.Load() > from+30 }, time.Minute, 20*time.Millisecond)
}

// ask starts a challenge at one replica and returns its answer, with the code, which it reads at the other.
func (c *cluster) ask(t *testing.T, at, readAt *replica, key string) verifier.SecondLevelAnswer {
	t.Helper()
	c.pin(at)
	q := verifier.SecondLevelRequest{Organisation: "MUSEO CIVICO", Purpose: "museum-" + key,
		Scope: api.ScopeDetail, Key: key, CaseNumber: "pratica " + key}
	challenge, report := c.desk(t).RequestSecondLevel(t.Context(), c.paper, c.cf, q)
	require.NotNil(t, challenge, "%s %+v", report.Code, report.Problem)
	c.pin(readAt)
	code := c.secret(newBrowser(t, c.URL).lastCode(t))
	c.pin(nil)
	return verifier.SecondLevelAnswer{Challenge: challenge.ID, Code: code, Scope: q.Scope,
		CaseNumber: q.CaseNumber}
}

func (c *cluster) answer(t *testing.T, at *replica, reply verifier.SecondLevelAnswer) verifier.Report {
	t.Helper()
	c.pin(at)
	defer c.pin(nil)
	return c.desk(t).Answer(t.Context(), c.paper, c.cf, reply)
}

// A measured value and a random number may happen to look like a code.
var (
	measured = regexp.MustCompile(`"time":"[^"]*"|"took":"[0-9.]+[mnµ]?s"|"request":"[0-9a-f-]{32,36}"`)
	values   = regexp.MustCompile(`(?m) \S+$`)
)

func TestReplicas(t *testing.T) {
	c := newCluster(t)
	c.logIn(t)

	t.Run("asked at one, answered at the other", func(t *testing.T) {
		reply := c.ask(t, c.one, c.two, "a")
		reports := make(chan verifier.Report, 4)
		for range cap(reports) { // at the same moment, at both
			go func() { reports <- c.desk(t).Answer(t.Context(), c.paper, c.cf, reply) }()
		}
		disclosed := 0
		for range cap(reports) {
			if report := <-reports; report.Problem != nil {
				assert.Equal(t, api.ChallengeUsed, report.Problem.Code, "once, wherever")
			} else {
				disclosed++
				assert.Equal(t, api.Confirmed, report.Verdict)
				assert.NotEmpty(t, report.Disclosed.Details)
			}
		}
		assert.Equal(t, 1, disclosed)
		c.pin(c.one)
		assert.Contains(t, c.mario.get(t, "/area/accesses"), "MUSEO CIVICO")
		assert.Contains(t, c.mario.post(t, "/q", "qr", c.paper, "cf", c.cf.Reveal()), "Confermato",
			"the page asks as any desk does")
		c.pin(nil)
	})

	t.Run("one is killed", func(t *testing.T) {
		reply := c.ask(t, c.two, c.one, "b")
		confirmed, _, end := c.load(t)
		defer end()
		more(t, confirmed)
		c.two.kill(t)
		more(t, confirmed)
		assert.Equal(t, api.Confirmed, c.answer(t, c.one, reply).Verdict,
			"what the dead one began the other ends")
		assert.Contains(t, c.mario.get(t, "/area"), "Mario Rossi")
		c.two.start(t)
		c.awaitReady(t)
		more(t, confirmed)
	})

	t.Run("a rolling restart loses nothing", func(t *testing.T) {
		c.faults.Store(0)
		reply := c.ask(t, c.one, c.two, "c")
		confirmed, other, end := c.load(t)
		for _, r := range c.replicas {
			more(t, confirmed)
			r.stop(t)
			more(t, confirmed)
			r.start(t)
			c.awaitReady(t)
		}
		more(t, confirmed)
		assert.Equal(t, api.Confirmed, c.answer(t, nil, reply).Verdict)
		assert.Contains(t, c.mario.get(t, "/area"), "Mario Rossi")
		end()
		assert.Zero(t, other.Load(), "every call got its answer")
		assertNoFaults(t, c.balancer)
	})

	t.Run("a replica that is cut off is sent nothing", func(t *testing.T) {
		h := c.haproxy(t)
		c.relay.set(true)
		h.await(t, true, false)
		falls := h.falls("one")
		for confirmed := 0; confirmed < 40; {
			status, _, said := c.check(t, h.url)
			if status == http.StatusOK {
				confirmed++
				continue
			}
			// A busy machine has taken half a second to say that the other one is well, so it fell too.
			require.Eventually(t, func() bool { return h.falls("one") > falls }, 5*time.Second,
				20*time.Millisecond, said)
			h.await(t, true, false)
			falls = h.falls("one")
		}
		c.relay.set(false)
		c.awaitReady(t)
	})

	t.Run("without Redis nothing is known, and with it all is well again", func(t *testing.T) {
		h := c.haproxy(t)
		require.NoError(t, c.redis.Stop())
		h.await(t, false, false)
		for range 20 {
			status, media, said := c.check(t, h.url)
			assert.Equal(t, http.StatusServiceUnavailable, status)
			assert.Equal(t, api.ContentTypeProblem, media)
			assert.Equal(t, string(api.Unavailable), said)
			assert.Contains(t, newBrowser(t, h.url).get(t, api.PathJWKS), `"keys"`)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // the client retries until then
		defer cancel()
		assert.Equal(t, api.CodeUnavailable,
			c.desk(t).FirstLevel(ctx, c.paper, c.cf, verifier.FirstLevelOptions{}).Code)
		require.Eventually(t, func() bool { return !c.one.ready.Load() }, time.Minute, 20*time.Millisecond)
		require.NoError(t, c.redis.Start())
		c.awaitReady(t)
		assert.Equal(t, api.Confirmed,
			c.desk(t).FirstLevel(t.Context(), c.paper, c.cf, verifier.FirstLevelOptions{}).Verdict)
	})

	t.Run("the access log is whole", func(t *testing.T) {
		checkpoint := filepath.Join(t.TempDir(), "checkpoint")
		require.NoError(t, os.WriteFile(checkpoint, []byte(newBrowser(t, c.URL).get(t, "/audit/checkpoint")),
			0o600))
		assert.Regexp(t, `^GOOD: 3 records in the tree under .*, which go on from 1 published`,
			must(t, "accesses", "audit", checkpoint, "-data", c.data, "-db", c.dsn))
	})

	t.Run("nothing personal is in logs and metrics", func(t *testing.T) {
		base, err := url.Parse(c.URL)
		require.NoError(t, err)
		for _, cookie := range c.mario.client.Jar.Cookies(base) {
			if cookie.Name != "lang" {
				c.secret(cookie.Value)
			}
		}
		metrics := newBrowser(t, "http://"+c.one.ops).get(t, "/metrics")
		assert.True(t,
			strings.Contains(metrics,
				`attesta_calls_total{code="",outcome="confirmed",route="POST /v1/first-level-checks"} `))
		for _, r := range c.replicas {
			logs := r.logs.String()
			assert.True(t, strings.Contains(logs, `"route":"POST /v1/first-level-checks"`),
				"requests are logged by their route")
			for _, text := range []string{measured.ReplaceAllString(logs, ""),
				values.ReplaceAllString(metrics, "")} {
				for _, s := range c.secrets {
					if s != "" && strings.Contains(strings.ToLower(text), strings.ToLower(s)) {
						t.Errorf("%q is in what %s wrote", s, r.addr)
					}
				}
			}
		}
		assert.False(t, strings.Contains(metrics, "pratica"), "case numbers are the operator's own")
		assert.Greater(t, len(c.secrets), 30)
	})
}
