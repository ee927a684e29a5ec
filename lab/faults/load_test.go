//go:build linux

package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// What is false, or outside the contract, counts as that, and nothing else does.
func TestCounts(t *testing.T) {
	const paper, other, voided = 0, 1, 2
	json, problem := "application/json", api.ContentTypeProblem
	for name, test := range map[string]struct {
		paper, person int
		status        int
		media, body   string
		want          func(c *counts) int
	}{
		"right": {paper, paper, 200, json, `{"outcome":"confirmed"}`, func(c *counts) int { return c.right }},
		"other categories": {paper, paper, 200, json, `{"outcome":"confirmed","categories":["x"]}`,
			func(c *counts) int { return c.falsely }},
		"false no": {paper, paper, 200, json, `{"outcome":"not_confirmed","code":"not_yet_valid"}`,
			func(c *counts) int { return c.falsely }},
		"false yes": {paper, other, 200, json, `{"outcome":"confirmed"}`,
			func(c *counts) int { return c.falsely }},
		"right no": {paper, other, 200, json, `{"outcome":"not_confirmed","code":"cf_mismatch"}`,
			func(c *counts) int { return c.right }},
		"good again": {voided, voided, 200, json, `{"outcome":"confirmed"}`,
			func(c *counts) int { return c.falsely }},
		"void": {voided, voided, 200, json, `{"outcome":"not_confirmed","code":"void"}`,
			func(c *counts) int { return c.right }},
		"cannot tell": {paper, other, 200, json, `{"outcome":"cannot_tell","code":"undecided"}`,
			func(c *counts) int { return c.cannot }},
		"problem": {paper, paper, 503, problem, `{"status":503,"code":"unavailable"}`,
			func(c *counts) int { return c.problems["503 unavailable"] }},
		"page of a proxy": {paper, paper, 503, "text/html", "<html>",
			func(c *counts) int { return c.other["503 text/html"] }},
		"problem of another status": {paper, paper, 502, problem, `{"status":503,"code":"unavailable"}`,
			func(c *counts) int { return c.other["502 "+problem] }},
		"nothing": {paper, paper, 0, "", "", func(c *counts) int { return len(c.silent) }},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if test.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Content-Type", test.media)
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			}))
			defer server.Close()
			l := &load{site: &site{base: server.URL}, transport: http.DefaultTransport, void: []int{voided},
				papers: []string{"a", "b", "c"}}
			l.known.Store(paper, "[]")
			l.reset()
			l.count.since = time.Now()
			l.check(context.Background(), test.paper, test.person)
			c := &l.count
			assert.Equal(t, 1, test.want(c), "%+v", c)
			all := c.right + c.cannot + c.falsely + len(c.problems) + len(c.other) + len(c.silent)
			assert.Equal(t, 1, all, "%+v", c)
			assert.Len(t, c.late, 1, "during the fault")
		})
	}
}
