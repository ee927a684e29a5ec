package conformance

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// DefaultLimit is how long a program may take for a case, its start included. The slowest right answer needs
// one Argon2id over 64 MiB.
const DefaultLimit = 10 * time.Second

// maxLost is how often the program may end or stay silent. After that the rest is not run.
const maxLost = 10

// A Run says which program to ask and how.
type Run struct {
	// Command is the program with its arguments. Required.
	Command []string
	// Each starts the program for each case. Otherwise one process answers all cases; it is started again
	// only if it ends or writes something that is no answer.
	Each bool
	// Limit is how long the program may take for a case; zero means [DefaultLimit].
	Limit time.Duration
	// Done is called after each case; nil means no call.
	Done func(Result)
}

// A Result is what came of a case.
type Result struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	Comment  string `json:"comment"`
	Expected string `json:"expected"` // a code, or "accepted"
	Got      string `json:"got"`      // a code, "accepted", or what happened in words
	Right    bool   `json:"-"`
}

// Cases asks the program about each case. What the program does wrong is in the results. Cases returns an
// error, with the results until then, if the program cannot be started or the context ends.
func (r Run) Cases(ctx context.Context, cases []Case) ([]Result, error) {
	var results []Result
	var p *process
	defer func() {
		if p != nil {
			p.stop(true)
		}
	}()
	lost := 0
	for _, c := range cases {
		result := Result{ID: c.ID, Group: c.Group, Comment: c.Comment, Expected: c.Expected, Got: "not run"}
		if c.Expected == "" {
			result.Expected = "accepted"
		}
		if lost < maxLost {
			var err error
			if p == nil {
				if p, err = start(r.Command); err != nil {
					return results, err
				}
			}
			var failed bool
			if p, failed, err = r.one(ctx, p, c, &result); err != nil {
				return results, err
			}
			if failed {
				lost++
			}
		}
		results = append(results, result)
		if r.Done != nil {
			r.Done(result)
		}
	}
	return results, nil
}

// one asks about a case and returns the process, or nil if it was stopped. failed reports that the program
// ended or stayed silent.
func (r Run) one(ctx context.Context, p *process, c Case, result *Result) (
	_ *process, failed bool, err error,
) {
	limit := r.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	line, err := p.ask(ctx, c.line, limit)
	switch {
	case ctx.Err() != nil:
		p.stop(false)
		return nil, false, ctx.Err()
	case errors.Is(err, errEnded):
		result.Got = err.Error()
		time.Sleep(lastWords)
		if how := p.stop(false); how != "" {
			result.Got += ": " + how
		}
		return nil, true, nil
	case errors.Is(err, errSilent):
		p.stop(false)
		result.Got = fmt.Sprintf("no answer in %s", limit)
		return nil, true, nil
	case err != nil:
		p.stop(false)
		result.Got = err.Error()
		return nil, false, nil
	}
	var lost bool
	result.Got, result.Right, lost = c.judge(line)
	if r.Each || lost {
		p.stop(!lost)
		p = nil
	}
	return p, false, nil
}
