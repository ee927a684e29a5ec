//go:build linux

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// counts are the answers of one row.
type counts struct {
	right, cannot, falsely, twice, lostWrites int
	keySets, noKeySets                        int
	problems, silent, other                   map[string]int
	slowest                                   time.Duration
	since, until                              time.Time      // the fault
	late                                      map[string]int // asked and answered between the two
	lies                                      []string
	used                                      []disclosed
	voided                                    []int
}

func (l *load) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count = counts{problems: map[string]int{}, silent: map[string]int{}, other: map[string]int{},
		late: map[string]int{}}
}

func (l *load) add(began time.Time, change func(c *counts) string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.count
	kind := change(c)
	c.slowest = max(c.slowest, time.Since(began))
	if kind != "" && !c.since.IsZero() && began.After(c.since) && c.until.IsZero() {
		c.late[kind]++
	}
}

// RoundTrip gives each call an address, so that none meets the limit of one, and counts what is no answer.
func (l *load) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", outside.Address(int(l.calls.Add(1)/20)))
	began := time.Now()
	answer, err := l.transport.RoundTrip(r)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	if err != nil {
		l.add(began, func(c *counts) string {
			c.silent[err.Error()]++
			if r.Context().Err() != nil { // the client repeated its call until its own time was over
				return ""
			}
			return "no answer"
		})
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	var p api.Problem
	switch {
	case answer.StatusCode < 300 && (media == "application/json" || media == "application/jwk-set+json"):
	case media == api.ContentTypeProblem && json.Unmarshal(body, &p) == nil && p.Status == answer.StatusCode:
		l.add(began, func(c *counts) string {
			if p.Code == api.ChallengeUsed {
				c.right++
				return "right"
			}
			c.problems[fmt.Sprintf("%d %s", p.Status, p.Code)]++
			return "problem"
		})
	default:
		kind := fmt.Sprint(answer.StatusCode, " ", media)
		l.add(began, func(c *counts) string { c.other[kind]++; return kind })
	}
	return answer, nil
}

func (l *load) judge(began time.Time, outcome api.Outcome, said, wanted string) {
	l.add(began, func(c *counts) string {
		switch {
		case outcome == api.CannotTell:
			c.cannot++
			return "cannot tell"
		case said == wanted:
			c.right++
			return "right"
		}
		c.falsely++
		c.lies = append(c.lies, said+" for "+wanted)
		return "false"
	})
}

// list says how many of each there are.
func list(kinds map[string]int) string {
	var parts []string
	for kind, n := range kinds {
		parts = append(parts, fmt.Sprintf("%d × %s", n, kind))
	}
	slices.Sort(parts)
	return cmp.Or(strings.Join(parts, ", "), "0")
}
