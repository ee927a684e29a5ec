package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// measured holds how long each of many answers took.
type measured struct {
	took []time.Duration
	all  time.Duration
}

func (m measured) rate() float64 { return float64(len(m.took)) / m.all.Seconds() }

// at returns a percentile: the time within which that percentage of the answers came.
func (m measured) at(percent int) string {
	if len(m.took) == 0 {
		return "-"
	}
	slices.Sort(m.took)
	return strconv.FormatFloat(float64(m.took[(len(m.took)-1)*percent/100].Microseconds())/1000, 'f', 1, 64) +
		" ms"
}

// repeat runs do in a loop on each of several desks at the same time, each time with another number, and
// measures it. It does not count the first tenth of the time, in which caches fill.
func repeat(ctx context.Context, desks int, long time.Duration,
	do func(ctx context.Context, n int) error) (measured, error) {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	var n atomic.Int64
	var mu sync.Mutex
	var m measured
	var failed error
	var wg sync.WaitGroup
	warm := time.Now().Add(long / 10)
	for range desks {
		wg.Go(func() {
			var took []time.Duration
			for ctx.Err() == nil {
				began := time.Now()
				err := do(ctx, int(n.Add(1)))
				if ctx.Err() != nil {
					break
				}
				if err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
					cancel()
					return
				}
				if began.After(warm) {
					took = append(took, time.Since(began))
				}
			}
			mu.Lock()
			m.took = append(m.took, took...)
			mu.Unlock()
		})
	}
	wg.Wait()
	m.all = time.Since(warm)
	return m, failed
}

// papers makes requests about people from the whole registry.
func (s *service) papers(ctx context.Context, people int) (bodies [][]byte, err error) {
	for i := range 4096 {
		cf, _ := crowd.Code(i * 7919 % people)
		jws, _, err := s.issuer.Issue(ctx, cf)
		if err != nil {
			return nil, err
		}
		body, err := json.Marshal(api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: jws,
			CodiceFiscale: cf.Reveal()})
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

// checker returns a check at the first level, which repeat can call.
func checker(url string, desks int, bodies [][]byte) func(context.Context, int) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: desks}}
	return func(ctx context.Context, n int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+api.PathFirstLevel,
			bytes.NewReader(bodies[n%len(bodies)]))
		if err != nil {
			return err
		}
		r.Header.Set("X-Forwarded-For", outside.Address(n/(30*desks)*desks+n%desks)) // that of a desk
		_, err = post(client, r)
		return err
	}
}

// post sends a request whose answer must be a result.
func post(client *http.Client, r *http.Request) (result api.Result, err error) {
	r.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(r)
	if err != nil {
		return result, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(text, &result); err != nil || answer.StatusCode != http.StatusOK ||
		result.Code == api.CodeCFMismatch {
		return result, fmt.Errorf("unexpected answer %d: %s", answer.StatusCode, text)
	}
	return result, nil
}

// firstLevel checks people. It makes the papers before it measures.
func (s *service) firstLevel(ctx context.Context, o options) (measured, error) {
	bodies, err := s.papers(ctx, o.people)
	if err != nil {
		return measured{}, err
	}
	return repeat(ctx, o.desks, o.first, checker(s.url, o.desks, bodies))
}

// consents asks people for consent, as many operators on many desks do. Each operator asks five, the maximum
// that the limits allow at once.
type consents struct {
	*service
	services *outside.Services
	people   int
	run      string // the limits remember earlier runs
	client   *http.Client
}

func (s *service) consents(o options, services *outside.Services) *consents {
	return &consents{service: s, services: services, people: o.people, run: rand.Text(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.desks}}}
}

// A consent is one that only the answer to the code is missing of.
type consent struct {
	person   codicefiscale.Code
	jws      string
	bearer   string
	from     string // address
	id, code string // of the challenge
}

// ask makes the n-th challenge: the operator asks, and the message arrives.
func (s *consents) ask(ctx context.Context, n int) (c consent, err error) {
	person := crowd.Person(n * 7919 % s.people)
	c = consent{person: person.CF, from: outside.Address(1<<20 + n/10)}
	if c.jws, _, err = s.issuer.Issue(ctx, c.person); err != nil {
		return c, err
	}
	if c.bearer, err = s.services.Bearer(s.run + strconv.Itoa(n/5)); err != nil {
		return c, err
	}
	desk, err := verifier.New(verifier.TrustAnchor{Name: s.published[0].IssuerName(), Address: s.url,
		Keys: s.published})
	if err != nil {
		return c, err
	}
	desk.Transport, desk.Authorize = s.client.Transport, c.authorize
	challenge, report := desk.RequestSecondLevel(ctx, c.jws, c.person, verifier.SecondLevelRequest{
		Organisation: outside.Organisation(n / 500), Purpose: "capacity", Scope: api.ScopeDetail,
		Key: s.run + strconv.Itoa(n)})
	if challenge == nil {
		return c, fmt.Errorf("no challenge: %s %+v", report.Code, report.Problem)
	}
	c.id, c.code = challenge.ID, s.services.Code(person.Contacts.Phones[0].Number.Reveal())
	return c, nil
}

func (c consent) authorize(r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+c.bearer)
	r.Header.Set("X-Forwarded-For", c.from)
	return nil
}

// answer answers with the code. The detail is returned.
func (s *consents) answer(ctx context.Context, c consent) error {
	body, err := json.Marshal(api.AnswerRequest{CheckID: api.NewCheckID(), QR: c.jws,
		CodiceFiscale: c.person.Reveal(), Code: c.code})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		s.url+strings.Replace(api.PathAnswers, "{id}", c.id, 1), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := c.authorize(r); err != nil {
		return err
	}
	result, err := post(s.client, r)
	if err == nil && len(result.Details) == 0 {
		err = fmt.Errorf("nothing was disclosed: %s", result.Code)
	}
	return err
}

// secondLevel runs complete consents.
func (s *service) secondLevel(ctx context.Context, o options, services *outside.Services) (measured, error) {
	all := s.consents(o, services)
	return repeat(ctx, o.desks, o.second, func(ctx context.Context, n int) error {
		c, err := all.ask(ctx, n)
		if err != nil {
			return err
		}
		return all.answer(ctx, c)
	})
}
