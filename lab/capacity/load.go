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
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
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

// address returns the n-th address for callers. The load divides its calls so that none exceeds the limit of
// an address.
func address(n int) string {
	return netip.AddrFrom4([4]byte{100, byte(64 + n>>16&63), byte(n >> 8), byte(n)}).String()
}

// firstLevel checks people from the whole registry. It makes the papers before it measures.
func (s *service) firstLevel(ctx context.Context, o options) (measured, error) {
	const papers = 4096
	var bodies [papers][]byte
	for i := range bodies {
		cf, _ := crowd.Code(i * 7919 % o.people)
		jws, _, err := s.issuer.Issue(ctx, cf)
		if err != nil {
			return measured{}, err
		}
		if bodies[i], err = json.Marshal(api.FirstLevelRequest{QR: jws,
			CodiceFiscale: cf.Reveal()}); err != nil {
			return measured{}, err
		}
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.desks}}
	return repeat(ctx, o.desks, o.first, func(ctx context.Context, n int) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+api.PathFirstLevel,
			bytes.NewReader(bodies[n%papers]))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", address(n/30))
		answer, err := client.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		var result api.Result
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &result); err != nil || answer.StatusCode != http.StatusOK ||
			result.Code == api.CodeCFMismatch {
			return fmt.Errorf("unexpected answer %d: %s", answer.StatusCode, text)
		}
		return nil
	})
}

// secondLevel runs complete consents: the operator asks, the message arrives, the code is
// answered, the detail is returned. Each operator does five, the maximum that the limits allow
// at once.
func (s *service) secondLevel(ctx context.Context, o options, outside *outside) (measured, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: o.desks}
	run := rand.Text() // the limits remember earlier runs
	return repeat(ctx, o.desks, o.second, func(ctx context.Context, n int) error {
		person := crowd.Person(n * 7919 % o.people)
		jws, _, err := s.issuer.Issue(ctx, person.CF)
		if err != nil {
			return err
		}
		bearer, err := outside.bearer(run + strconv.Itoa(n/5))
		if err != nil {
			return err
		}
		desk, err := verifier.New(verifier.TrustAnchor{Name: s.published[0].IssuerName(), Address: s.url,
			Keys: s.published})
		if err != nil {
			return err
		}
		desk.Transport = transport
		desk.Authorize = func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+bearer)
			r.Header.Set("X-Forwarded-For", address(1<<20+n/10))
			return nil
		}
		challenge, report := desk.RequestSecondLevel(ctx, jws, person.CF, verifier.SecondLevelRequest{
			Organisation: organisation(n / 500), Purpose: "capacity", Scope: api.ScopeDetail,
			Key: run + strconv.Itoa(n)})
		if challenge == nil {
			return fmt.Errorf("no challenge: %s %+v", report.Code, report.Problem)
		}
		report = desk.Answer(ctx, jws, person.CF, verifier.SecondLevelAnswer{Challenge: challenge.ID,
			Code: outside.code(person.Contacts.Phones[0].Number.Reveal()), Scope: api.ScopeDetail})
		if report.Problem != nil || len(report.Disclosed.Details) == 0 {
			return fmt.Errorf("nothing was disclosed: %s %+v", report.Code, report.Problem)
		}
		return nil
	})
}

// organisation returns the n-th name without digits. The limits allow each name a thousand requests a day.
func organisation(n int) string {
	return "COMUNE " + string([]byte{'A' + byte(n/26%26), 'A' + byte(n%26)})
}
