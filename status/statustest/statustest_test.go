package statustest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/status/statustest"
)

// A source is status.Static with one fault.
type source struct {
	status.Static
	down  atomic.Bool
	wrong func(context.Context, codicefiscale.Code, status.Record, error) (status.Record, error)
}

func (s *source) Lookup(ctx context.Context, code codicefiscale.Code) (status.Record, error) {
	static := s.Static
	if s.down.Load() {
		static.Err = errors.New("down")
	}
	record, err := static.Lookup(ctx, code)
	if s.wrong != nil {
		return s.wrong(ctx, code, record, err)
	}
	return record, err
}

type wrong = func(context.Context, codicefiscale.Code, status.Record, error) (status.Record, error)

func harness(make func(statustest.Registry) wrong) statustest.Harness {
	return statustest.Harness{
		New: func(_ testing.TB, r statustest.Registry) status.Source {
			s := &source{Static: status.Static{Records: r.Records, Elsewhere: map[codicefiscale.Code]bool{}}}
			for _, code := range r.Elsewhere {
				s.Elsewhere[code] = true
			}
			if make != nil {
				s.wrong = make(r)
			}
			return s
		},
		Break: func(_ testing.TB, s status.Source) { s.(*source).down.Store(true) },
	}
}

func TestStatic(t *testing.T) { statustest.TestSource(t, harness(nil)) }

// A registry is correct even if it keeps no drafts and no old versions, forgets people without
// verbali and ignores the context.
func TestFrugalSource(t *testing.T) {
	statustest.TestSource(t, harness(func(reg statustest.Registry) wrong {
		return func(ctx context.Context, code codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if ctx.Err() != nil {
				r, err = status.Static{Records: reg.Records}.Lookup(context.Background(), code)
			}
			r.Verbali = slices.DeleteFunc(r.Verbali, func(v status.Verbale) bool {
				counts := v.Definitive || v.EffectiveNow || v.Kind == status.KindApplication
				return !counts || slices.ContainsFunc(r.Verbali, func(w status.Verbale) bool {
					return w.ID == v.ID && w.Version > v.Version
				})
			})
			if err == nil && len(r.Verbali) == 0 {
				return status.Record{}, status.ErrNoStatus
			}
			return r, err
		}
	}))
}

func TestStaticWithoutElsewhere(t *testing.T) {
	h := harness(nil)
	h.NoElsewhere = true
	h.Break = nil
	statustest.TestSource(t, h)
}

// change returns a fault that changes every event.
func change(field func(*status.Verbale)) func(statustest.Registry) wrong {
	return func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			for i := range r.Verbali {
				field(&r.Verbali[i])
			}
			return r, err
		}
	}
}

// A registry with fewer columns passes the suite if it declares what it leaves out.
func TestFewerColumns(t *testing.T) {
	keep := func(r status.Record) status.Record {
		r.Titles = nil
		for i := range r.Verbali {
			r.Verbali[i].Number, r.Verbali[i].Body = "", ""
		}
		return r
	}
	h := harness(func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			return keep(r), err
		}
	})
	h.Keep = keep
	statustest.TestSource(t, h)
}

// faults are sources that the suite must refuse, each with the test that has to fail.
var faults = map[string]struct {
	noticed string
	wrong   func(statustest.Registry) wrong
}{
	"fault reads as no status": {"Unavailable", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if err != nil && !errors.Is(err, status.ErrClassNotHeld) {
				err = status.ErrNoStatus
			}
			return r, err
		}
	}},
	"class not held reads as no status": {"ClassNotHeld", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if errors.Is(err, status.ErrClassNotHeld) {
				err = status.ErrNoStatus
			}
			return r, err
		}
	}},
	"unknown person is an empty record": {"NoStatus", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if errors.Is(err, status.ErrNoStatus) {
				err = nil
			}
			return r, err
		}
	}},
	"context that is over reads as no status": {"Canceled", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if errors.Is(err, context.Canceled) {
				err = status.ErrNoStatus
			}
			return r, err
		}
	}},
	"code in an error": {"NoStatus", func(statustest.Registry) wrong {
		return func(_ context.Context, code codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if err != nil {
				err = fmt.Errorf("looking for %s: %w", code.Reveal(), err)
			}
			return r, err
		}
	}},
	"record with an error": {"NoStatus", func(reg statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if err != nil {
				r.Birth = 19800101
			}
			return r, err
		}
	}},
	"shared slice": {"Ownership", func(reg statustest.Registry) wrong {
		kept := map[codicefiscale.Code]status.Record{}
		return func(_ context.Context, code codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			if err != nil || len(r.Verbali) < 2 {
				return r, err
			}
			if _, ok := kept[code]; !ok && len(kept) == 0 {
				kept[code] = r
			}
			return kept[code], nil
		}
	}},
	"annotation lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			for i := range r.Verbali {
				r.Verbali[i].Outcome.Annotations.GraveWalking = status.NotRecorded
			}
			return r, err
		}
	}},
	"draft read as definitive": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			for i := range r.Verbali {
				r.Verbali[i].Definitive = true
			}
			return r, err
		}
	}},
	"suspension lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Verbali = slices.DeleteFunc(r.Verbali,
				func(v status.Verbale) bool { return v.Kind == status.KindSuspension })
			return r, err
		}
	}},
	"number of the act lost": {"Found", change(func(v *status.Verbale) { v.Number = "" })},
	"body lost":              {"Found", change(func(v *status.Verbale) { v.Body = "" })},
	"version lost":           {"Found", change(func(v *status.Verbale) { v.Version = 0 })},
	"link lost":              {"Found", change(func(v *status.Verbale) { v.Replaces = nil })},
	"until lost":             {"Found", change(func(v *status.Verbale) { v.Until = 0 })},
	"effective now lost":     {"Found", change(func(v *status.Verbale) { v.EffectiveNow = false })},
	"no adult visit lost":    {"Found", change(func(v *status.Verbale) { v.NoAdultVisit = false })},
	"application lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Verbali = slices.DeleteFunc(r.Verbali,
				func(v status.Verbale) bool { return v.Kind == status.KindApplication })
			return r, err
		}
	}},
	"old version counts": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Verbali = slices.DeleteFunc(r.Verbali, func(v status.Verbale) bool { return v.Version > 1 })
			return r, err
		}
	}},
	"title lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Titles = slices.DeleteFunc(r.Titles, func(title status.Title) bool { return !title.Held })
			return r, err
		}
	}},
	"grade of a title lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			for i := range r.Titles {
				r.Titles[i].Grade = 0
			}
			return r, err
		}
	}},
	"birth lost": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Birth = 0
			return r, err
		}
	}},
	"completeness claimed": {"Found", func(statustest.Registry) wrong {
		return func(_ context.Context, _ codicefiscale.Code, r status.Record, err error) (status.Record,
			error) {
			r.Complete = err == nil
			return r, err
		}
	}},
}

// The suite has to be able to fail: each faulty source runs in its own process, and the named
// test must fail.
func TestFaultsAreNoticed(t *testing.T) {
	const variable = "STATUSTEST_FAULT"
	if name := os.Getenv(variable); name != "" {
		statustest.TestSource(t, harness(faults[name].wrong))
		return
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFaultsAreNoticed$")
			cmd.Env = append(os.Environ(), variable+"="+name)
			out, err := cmd.CombinedOutput()
			assert.Error(t, err, "the suite passes a faulty source")
			assert.Contains(t, string(out), "--- FAIL: TestFaultsAreNoticed/"+fault.noticed+" ")
			assert.NotContains(t, string(out), "panic")
		})
	}
}

func ExampleTestSource() {
	// In a test of your own package:
	_ = func(t *testing.T) {
		statustest.TestSource(t, statustest.Harness{
			New: func(t testing.TB, r statustest.Registry) status.Source {
				return status.Static{Records: r.Records} // an empty registry of yours, filled with r
			},
			NoElsewhere: true,
		})
	}
	fmt.Println("ok")
	// Output: ok
}
