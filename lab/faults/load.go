//go:build linux

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
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// The people: those who are right again and again, those who give their consent, those with whose papers
// others come, and those whose papers are voided, one after the other.
const (
	consenting = 400
	mistaken   = 2400
	losing     = 4000
	everybody  = 4800
)

const (
	desks     = 6
	operators = 2
	pause     = 40 * time.Millisecond // of a desk between two checks
)

// load is all that asks. It counts by kind while a row is made.
type load struct {
	*site
	transport          http.RoundTripper
	papers             []string
	known              sync.Map // categories by person: those of the first answer, without a fault
	calls, n, consents atomic.Int64
	kept               atomic.Bool // nobody loses papers now
	lost               int         // people of the last kind whose papers are void or uncertain
	run                string

	mu    sync.Mutex
	void  []int // acknowledged
	count counts
}

// disclosed is a code that was taken, and what the access log must hold.
type disclosed struct {
	desk          *verifier.Client
	person        int
	id, code, log string
}

func newLoad(ctx context.Context, s *site) (*load, error) {
	l := &load{site: s, run: rand.Text(), transport: &http.Transport{MaxIdleConnsPerHost: 32,
		ResponseHeaderTimeout: 30 * time.Second}}
	for i := range everybody {
		cf, _ := crowd.Code(i)
		paper, _, err := s.issuer.Issue(ctx, cf)
		if err != nil {
			return nil, err
		}
		l.papers = append(l.papers, paper)
	}
	l.reset()
	for i := range consenting {
		l.check(ctx, i, i)
	}
	if l.count.right != consenting {
		return nil, fmt.Errorf("without a fault: %+v", l.count)
	}
	return l, nil
}

// check asks at the first level with a paper and the code of somebody.
func (l *load) check(ctx context.Context, paper, person int) (result api.Result, ok bool) {
	l.mu.Lock()
	void := slices.Contains(l.void, paper)
	l.mu.Unlock()
	cf, _ := crowd.Code(person)
	body, _ := json.Marshal(api.FirstLevelRequest{CheckID: api.NewCheckID(), QR: l.papers[paper],
		CodiceFiscale: cf.Reveal()})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+api.PathFirstLevel,
		bytes.NewReader(body))
	if err != nil {
		return result, false
	}
	r.Header.Set("Content-Type", "application/json")
	began := time.Now()
	answer, err := l.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		return result, false
	}
	if json.NewDecoder(answer.Body).Decode(&result) != nil {
		l.add(began, func(c *counts) string { c.other["200 malformed"]++; return "malformed" })
		return result, false
	}
	wanted := fmt.Sprint(api.Confirmed)
	switch {
	case paper != person:
		wanted = fmt.Sprint(api.NotConfirmed, api.CodeCFMismatch)
	case void:
		wanted = fmt.Sprint(api.NotConfirmed, api.CodeVoid)
	default:
		first, _ := l.known.LoadOrStore(person, fmt.Sprint(result.Categories))
		if result.Outcome == api.Confirmed && first != fmt.Sprint(result.Categories) {
			wanted = fmt.Sprint("confirmed ", first)
		}
	}
	l.judge(began, result.Outcome, strings.TrimSuffix(fmt.Sprint(result.Outcome, result.Code), " "), wanted)
	return result, true
}

// ask asks in turn for those who are right, for somebody else's paper, and for one that is void.
func (l *load) ask(ctx context.Context) {
	n := int(l.n.Add(1))
	switch n % 8 {
	case 0:
		paper := mistaken + n/8%(losing-mistaken)
		l.check(ctx, paper, paper-1)
	case 1:
		l.mu.Lock()
		paper := 0
		if len(l.void) > 0 {
			paper = l.void[n/8%len(l.void)]
		}
		l.mu.Unlock()
		l.check(ctx, paper, paper)
	default:
		l.check(ctx, n%consenting, n%consenting)
	}
}

func (l *load) desk(operator string) (*verifier.Client, error) {
	bearer, err := l.outside.Bearer(operator)
	if err != nil {
		return nil, err
	}
	c, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Address: l.base,
		Keys: l.published})
	if err == nil {
		c.Transport = l
		c.Authorize = func(r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+bearer)
			return nil
		}
	}
	return c, err
}

// consent asks for a person's consent and answers twice at once with the code.
func (l *load) consent(ctx context.Context) {
	n := int(l.consents.Add(1))
	i := consenting + n%(mistaken-consenting)
	person := crowd.Person(i)
	desk, err := l.desk(fmt.Sprint(l.run, n/5))
	if err != nil {
		return
	}
	began := time.Now()
	challenge, _ := desk.RequestSecondLevel(ctx, l.papers[i], person.CF, verifier.SecondLevelRequest{
		Organisation: outside.Organisation(n / 1000), Purpose: "faults", Scope: api.ScopeDetail,
		Key: fmt.Sprint(l.run, n)})
	code := l.outside.Code(person.Contacts.Phones[0].Number.Reveal())
	if challenge == nil || code == "" {
		return
	}
	l.add(began, func(c *counts) string { c.right++; return "right" })
	var both sync.WaitGroup
	var taken atomic.Int64
	for range 2 {
		both.Go(func() {
			if l.answer(ctx, disclosed{desk: desk, person: i, id: challenge.ID, code: code}) {
				taken.Add(1)
			}
		})
	}
	both.Wait()
	if taken.Load() > 1 {
		l.add(began, func(c *counts) string { c.twice++; return "" })
	}
}

// answer answers with a code, and reports whether it was taken.
func (l *load) answer(ctx context.Context, d disclosed) bool {
	began, person := time.Now(), crowd.Person(d.person)
	report := d.desk.Answer(ctx, l.papers[d.person], person.CF, verifier.SecondLevelAnswer{Challenge: d.id,
		Code: d.code, Scope: api.ScopeDetail})
	var call *verifier.CallError
	switch {
	case report.Problem == nil && report.Disclosed != nil:
		l.judge(began, report.Verdict, fmt.Sprint(report.Verdict, len(report.Disclosed.Details)),
			fmt.Sprint(api.Confirmed, len(person.Verbali)))
		d.log = report.ReceiptClaims.ID
		l.mu.Lock()
		l.count.used = append(l.count.used, d)
		l.mu.Unlock()
		return true
	case report.Problem == nil:
		l.judge(began, report.Verdict, string(report.Code), "")
	case errors.As(report.Err, &call) && call.Reason != verifier.ErrNoAnswer &&
		call.Reason != verifier.ErrStatus: // a success that the client refuses
		kind := fmt.Sprint("refused: ", call.Reason)
		l.add(began, func(c *counts) string { c.other[kind]++; return kind })
	}
	return false
}

// lose voids the papers of one more person.
func (l *load) lose(ctx context.Context) {
	if l.kept.Load() {
		return
	}
	person := losing + l.lost
	l.lost++
	cf, _ := crowd.Code(person)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := l.tool(ctx, "registry", "void", "-cf", cf.Reveal(), "-as", "faults", "-reason", "lost")
	if err == nil {
		l.mu.Lock()
		l.void = append(l.void, person)
		l.count.voided = append(l.count.voided, person)
		l.mu.Unlock()
	}
}

// keySet fetches the keys, with which desks go on checking signatures.
func (l *load) keySet(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+api.PathJWKS, nil)
	if err != nil {
		return
	}
	answer, err := l.transport.RoundTrip(r)
	fine := false
	if err == nil {
		text, bad := io.ReadAll(answer.Body)
		answer.Body.Close()
		fine = bad == nil && answer.StatusCode == http.StatusOK &&
			strings.Contains(string(text), l.published[0].ID())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count.keySets++; !fine {
		l.count.noKeySets++
	}
}

// begin lets everybody ask until end is called, which returns when all answers have come.
func (l *load) begin(ctx context.Context) (end func()) {
	var all sync.WaitGroup
	over := make(chan struct{})
	again := func(times int, wait time.Duration, do func(context.Context)) {
		for range times {
			all.Go(func() {
				for {
					select {
					case <-over:
						return
					case <-time.After(wait):
						do(ctx)
					}
				}
			})
		}
	}
	again(desks, pause, l.ask)
	again(operators, 5*pause, l.consent)
	again(1, 700*time.Millisecond, l.lose)
	again(1, 100*time.Millisecond, l.keySet)
	return func() { close(over); all.Wait() }
}

// replay uses every code of the row again, looks for its record in the access log, and asks for the papers
// that were voided.
func (l *load) replay(ctx context.Context) error {
	ids, err := l.query(ctx, "SELECT id FROM access_record")
	if err != nil {
		return err
	}
	log := strings.Fields(ids)
	for _, d := range l.count.used {
		if !slices.Contains(log, d.log) {
			l.count.lostWrites++
		}
		if l.answer(ctx, d) {
			l.count.twice++
		}
	}
	for _, person := range l.count.voided {
		if result, ok := l.check(ctx, person, person); ok && result.Outcome == api.Confirmed {
			l.count.lostWrites++
		}
	}
	return nil
}
