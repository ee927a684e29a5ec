package verifier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// fake is an issuer whose answers a test writes by hand.
type fake struct {
	desk
	calls atomic.Int32
	jws   string
	now   time.Time
}

func newFake(t *testing.T, answer func(f *fake, n int, w http.ResponseWriter, r *http.Request)) *fake {
	t.Helper()
	f := &fake{desk: newDesk(t, issuerName), now: issuedAt.Add(time.Hour)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(f, int(f.calls.Add(1)), w, r)
	}))
	t.Cleanup(server.Close)
	var err error
	f.client, err = verifier.New(verifier.TrustAnchor{Name: issuerName, Address: server.URL + "/base/",
		Keys: []token.PublicKey{f.issuer.Keys[0].Public()}})
	require.NoError(t, err)
	f.client.Now = func() time.Time { return f.now }
	f.jws, _, err = f.issuer.Issue(t.Context(), f.person)
	require.NoError(t, err)
	return f
}

func (f *fake) firstLevel(ctx context.Context) verifier.Report {
	return f.client.FirstLevel(ctx, f.jws, f.person, verifier.FirstLevelOptions{CaseNumber: "7"})
}

// asked is what the desk asks, as the issuer reads it.
func (f *fake) asked(r *http.Request) api.FirstLevelRequest {
	var q api.FirstLevelRequest
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		panic(err)
	}
	return q
}

// sign returns the receipt of an answer as the real service signs it, with a change.
func (f *fake) sign(q api.FirstLevelRequest, answer any, change func(*api.Receipt)) string {
	asked := api.Question{CheckID: q.CheckID, Token: q.QR, CodiceFiscale: q.CodiceFiscale, About: q.Benefit}
	r := api.Receipt{IssuerName: issuerName, IssuedAt: f.now.Unix(), ID: digest, Level: 1,
		Outcome: api.Confirmed, Case: q.CaseNumber, Check: asked.Digest()}
	switch answer := answer.(type) {
	case api.Result:
		r.Outcome, r.Code, r.Benefit = answer.Outcome, answer.Code, answer.Benefit
	case api.Problem:
		r.Code = answer.Code.Code()
		r.Outcome = r.Code.Outcome()
	}
	text, err := json.Marshal(answer)
	if err == nil {
		r.Answer, err = api.AnswerDigest(q.CheckID, text)
	}
	if err != nil {
		panic(err)
	}
	if change != nil {
		change(&r)
	}
	payload, err := r.Payload()
	if err != nil {
		panic(err)
	}
	jws, err := f.issuer.SignJWS(context.Background(), api.ReceiptType, payload)
	if err != nil {
		panic(err)
	}
	return jws
}

// answer answers the request with a signed yes, with changes in the result and in the receipt.
func (f *fake) answer(w http.ResponseWriter, r *http.Request, change func(*api.Result),
	receipt func(*api.Receipt)) {
	result := api.Result{Outcome: api.Confirmed,
		Disclosure: api.Disclosure{Categories: []string{"blind"}, CheckedAt: f.now}}
	if change != nil {
		change(&result)
	}
	result.Receipt = f.sign(f.asked(r), result, receipt)
	send(w, "application/json", http.StatusOK, result)
}

func send(w http.ResponseWriter, media string, code int, body any) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body)
}

func problem(w http.ResponseWriter, code api.ProblemCode) {
	send(w, api.ContentTypeProblem, code.Status(), api.NewProblem(code))
}

func TestFirstLevelReport(t *testing.T) {
	f := newFake(t, func(f *fake, n int, w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/base"+api.PathFirstLevel, r.URL.Path)
		assert.Empty(t, r.Header.Get("Authorization"))
		f.answer(w, r, nil, nil)
	})
	f.client.Authorize = func(r *http.Request) error { r.Header.Set("Authorization", "Bearer x"); return nil }
	r := f.firstLevel(context.Background())
	assert.Equal(t, api.Confirmed, r.Verdict)
	assert.Empty(t, r.Code)
	assert.Contains(t, results(r), "codice_fiscale=pass status=pass")
	assert.True(t, f.now.Equal(r.Checks[len(r.Checks)-1].AsOf), "the status is as old as the issuer says")
	assert.EqualValues(t, 1, f.calls.Load())
	text, err := json.Marshal(r)
	require.NoError(t, err)
	assert.NotContains(t, string(text), f.person.Reveal())
}

// An answer with any fault decides nothing.
func TestAnswersThatDecideNothing(t *testing.T) {
	type handler = func(*fake, int, http.ResponseWriter, *http.Request)
	result := func(change func(*fake, *api.Result)) handler {
		return func(f *fake, _ int, w http.ResponseWriter, r *http.Request) {
			f.answer(w, r, func(r *api.Result) { change(f, r) }, nil)
		}
	}
	receipt := func(change func(*api.Receipt)) handler {
		return func(f *fake, _ int, w http.ResponseWriter, r *http.Request) { f.answer(w, r, nil, change) }
	}
	unsigned := func(receipt func(*fake) string) handler {
		return func(f *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			send(w, "application/json", http.StatusOK, api.Result{Outcome: api.NotConfirmed,
				Code:       api.CodeVoid,
				Disclosure: api.Disclosure{CheckedAt: f.now}, Receipt: receipt(f)})
		}
	}
	refusal := func(code api.ProblemCode, change func(*api.Receipt)) handler {
		return func(f *fake, _ int, w http.ResponseWriter, r *http.Request) {
			p := api.NewProblem(code)
			p.Receipt = f.sign(f.asked(r), p, change)
			send(w, api.ContentTypeProblem, p.Status, p)
		}
	}
	tests := map[string]handler{
		"no receipt":           unsigned(func(*fake) string { return "" }),
		"the paper as receipt": unsigned(func(f *fake) string { return f.jws }),
		"a receipt of nothing": unsigned(func(f *fake) string {
			return f.sign(api.FirstLevelRequest{}, api.Result{},
				func(r *api.Receipt) { r.Code = api.CodeUndecided })
		}),
		"outcome and code that do not go together": result(func(_ *fake, r *api.Result) {
			r.Outcome, r.Code = api.NotConfirmed, "no_status_here"
		}),
		"a changed code as a no": result(func(_ *fake, r *api.Result) {
			r.Outcome, r.Code = api.NotConfirmed, api.CodeReplaced
		}),
		"confirmed with a cause": result(func(_ *fake, r *api.Result) { r.Code = "void" }),
		"no outcome":             result(func(_ *fake, r *api.Result) { r.Outcome = 9 }),
		"a code of the desk's": result(func(_ *fake, r *api.Result) {
			r.Outcome, r.Code = api.CannotTell, "keys_stale"
		}),
		"an old answer": receipt(func(r *api.Receipt) {
			r.IssuedAt -= int64(token.Leeway/time.Second) + 1
		}),
		"an answer of later": receipt(func(r *api.Receipt) {
			r.IssuedAt += int64(token.Leeway/time.Second) + 1
		}),
		"receipt of another outcome": receipt(func(r *api.Receipt) {
			r.Outcome, r.Code = api.NotConfirmed, api.CodeVoid
		}),
		"receipt of another benefit": receipt(func(r *api.Receipt) { r.Benefit = "museums" }),
		"receipt of another case":    receipt(func(r *api.Receipt) { r.Case = "8" }),
		"receipt of another level":   receipt(func(r *api.Receipt) { r.Level = 2 }),
		"receipt of another issuer": receipt(func(r *api.Receipt) {
			r.IssuerName = "https://elsewhere.example"
		}),
		"receipt of an organisation":   receipt(func(r *api.Receipt) { r.Organisation = "X" }),
		"receipt of another question":  receipt(func(r *api.Receipt) { r.Check = digest }),
		"receipt of another answer":    receipt(func(r *api.Receipt) { r.Answer = digest }),
		"a problem of another code":    refusal(api.NoMatch, func(r *api.Receipt) { r.Code = api.CodeVoid }),
		"a problem of another request": refusal(api.PaperVoid, func(r *api.Receipt) { r.Check = digest }),
		"a problem of another text":    refusal(api.PaperVoid, func(r *api.Receipt) { r.Answer = digest }),
		"an unsigned no_match": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			problem(w, api.NoMatch)
		},
		"an unsigned void": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			problem(w, api.PaperVoid)
		},
		"not JSON": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, "<html>")
		},
		"another media type": func(f *fake, _ int, w http.ResponseWriter, r *http.Request) {
			recorder := httptest.NewRecorder()
			f.answer(recorder, r, nil, nil)
			send(w, "text/html", http.StatusOK, json.RawMessage(recorder.Body.Bytes()))
		},
		"too long": result(func(_ *fake, r *api.Result) {
			r.Categories = []string{strings.Repeat("a", api.MaxAnswer)}
		}),
		"a problem of no contract": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			send(w, api.ContentTypeProblem, http.StatusNotFound,
				map[string]any{"code": "invented", "status": 404})
		},
		"a no by a stranger's page": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			send(w, api.ContentTypeProblem, http.StatusForbidden,
				map[string]any{"code": "void", "status": 403})
		},
		"forbidden by a gateway": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no", http.StatusForbidden)
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newFake(t, answer).ask(t)
			assert.Equal(t, api.CannotTell, r.Verdict)
			assert.Equal(t, api.CodeUnavailable, r.Code)
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			assert.Nil(t, r.Disclosed)
			assert.Empty(t, r.Receipt)
		})
	}
}

// ask makes one attempt only, because the context ends before the next.
func (f *fake) ask(t *testing.T) verifier.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	return f.firstLevel(ctx)
}

// A changed codice fiscale is "cannot tell", both in a signed answer and in an unsigned problem.
func TestReplaced(t *testing.T) {
	for name, answer := range map[string]func(*fake, int, http.ResponseWriter, *http.Request){
		"signed": func(f *fake, _ int, w http.ResponseWriter, r *http.Request) {
			f.answer(w, r, func(r *api.Result) { r.Outcome, r.Code = api.CannotTell, api.CodeReplaced }, nil)
		},
		"a problem": func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
			problem(w, api.Replaced)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFake(t, answer).firstLevel(t.Context()) // which is not asked again
			assert.Equal(t, api.CannotTell, r.Verdict)
			assert.Equal(t, api.CodeReplaced, r.Code)
			assert.Equal(t, verifier.Authentic, r.Authenticity)
			assert.NotNil(t, r.Paper)
			assert.Contains(t, results(r), "codice_fiscale=error status=not_checked")
		})
	}
}

func TestNoRedirect(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	f := newFake(t, func(_ *fake, _ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	assert.Equal(t, api.CodeUnavailable, f.ask(t).Code)
	assert.False(t, reached)
}

func TestRetries(t *testing.T) {
	ids := map[string]int{}
	busy := func(after string) func(*fake, int, http.ResponseWriter, *http.Request) {
		return func(f *fake, n int, w http.ResponseWriter, r *http.Request) {
			if n < 3 {
				ids[f.asked(r).CheckID]++
				w.Header().Set("Retry-After", after)
				problem(w, api.Unavailable)
				return
			}
			f.answer(w, r, nil, nil)
		}
	}
	ctx := context.Background()
	f := newFake(t, busy("0"))
	assert.Equal(t, api.Confirmed, f.firstLevel(ctx).Verdict)
	assert.EqualValues(t, 3, f.calls.Load())
	assert.Len(t, ids, 1, "a retry keeps the check ID")

	f = newFake(t, busy("60"))
	r := f.firstLevel(ctx)
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.Equal(t, 60, r.Problem.RetryAfter, "a longer wait is left to the caller")
	assert.EqualValues(t, 1, f.calls.Load())

	f = newFake(t, func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
		panic(http.ErrAbortHandler)
	})
	assert.Equal(t, api.CodeUnavailable, f.firstLevel(ctx).Code)
	assert.EqualValues(t, 3, f.calls.Load())

	f = newFake(t, func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		problem(w, api.RateLimited)
	})
	r = f.firstLevel(ctx)
	assert.Equal(t, api.CodeRateLimited, r.Code)
	assert.Equal(t, 7, r.Problem.RetryAfter)
	assert.EqualValues(t, 1, f.calls.Load(), "a limit is no reason to hurry")

	// An answer may have consumed the code, and a message costs money: neither call is retried.
	f = newFake(t, func(_ *fake, _ int, w http.ResponseWriter, _ *http.Request) {
		problem(w, api.Unavailable)
	})
	reply := verifier.SecondLevelAnswer{Challenge: "id", Code: "123456"}
	assert.Equal(t, api.CodeUnavailable, f.client.Answer(ctx, f.jws, f.person, reply).Code)
	_, r = f.client.Resend(ctx, "id", f.jws, f.person)
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.EqualValues(t, 2, f.calls.Load())
	reply.Challenge = "../x"
	r = f.client.Answer(ctx, f.jws, f.person, reply)
	assert.Equal(t, api.ChallengeNotFound, r.Problem.Code)
	assert.EqualValues(t, 2, f.calls.Load(), "no id is taken for a path")
}

// A retry of a request for a challenge has the same key.
func TestChallengeRetriesWithOneKey(t *testing.T) {
	keys := map[string]int{}
	f := newFake(t, func(_ *fake, n int, w http.ResponseWriter, r *http.Request) {
		keys[r.Header.Get(api.HeaderIdempotencyKey)]++
		if n < 2 {
			problem(w, api.Unavailable)
			return
		}
		send(w, "application/json", http.StatusCreated, api.Challenge{ID: "c1"})
	})
	challenge, r := f.client.RequestSecondLevel(context.Background(), f.jws, f.person,
		verifier.SecondLevelRequest{Scope: "detail"})
	require.NotNil(t, challenge)
	assert.Equal(t, api.CodeNeedsSecondLevel, r.Code)
	assert.Len(t, keys, 1)
}

func TestContextEnds(t *testing.T) {
	f := newFake(t, func(_ *fake, _ int, _ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // or the server does not notice that the caller is gone
		<-r.Context().Done()
	})
	began := time.Now()
	assert.Equal(t, api.CodeUnavailable, f.ask(t).Code)
	assert.Less(t, time.Since(began), 10*time.Second, "or the client's own limit would end it, after 20")
}

func TestIssuerAddresses(t *testing.T) {
	d := newDesk(t, issuerName)
	keys := []token.PublicKey{d.issuer.Keys[0].Public()}
	for address, ok := range map[string]bool{
		"":                             true,
		"https://api.example.it":       true,
		"https://api.example.it/base/": true,
		"http://127.0.0.1:8080":        true,
		"http://localhost":             true,
		"http://[::1]:1/x":             true,
		"http://api.example.it":        false,
		"http://10.0.0.1":              false,
		"ftp://api.example.it":         false,
		"api.example.it":               false,
		"https://":                     false,
		"https://u@api.example.it":     false,
		"https://api.example.it?x":     false,
		"https://api.example.it?":      false,
		"https://api.example.it#x":     false,
		"https://api.example.it/#":     false,
	} {
		_, err := verifier.New(verifier.TrustAnchor{Name: issuerName, Address: address, Keys: keys})
		assert.Equal(t, ok, err == nil, "%q: %v", address, err)
	}
	for name, issuer := range map[string]verifier.TrustAnchor{
		"no name": {Published: func(context.Context) ([]token.PublicKey, error) {
			return keys, nil
		}},
		"a nil key":            {Name: issuerName, Keys: []token.PublicKey{keys[0], {}}},
		"a key set of another": {Name: issuerName, KeySet: &jwks.Client{IssuerName: "https://other.example"}},
		"both":                 {Name: issuerName, Keys: keys, KeySet: &jwks.Client{IssuerName: issuerName}},
	} {
		_, err := verifier.New(issuer)
		assert.Error(t, err, name)
	}
}

// Before a key set is fetched its keys are stale; afterwards a paper verifies, unless its key is unknown.
func TestKeySet(t *testing.T) {
	d := newDesk(t, issuerName)
	server := httptest.NewServer(jwks.Publisher{Keys: func(context.Context) ([]token.PublicKey, error) {
		return []token.PublicKey{d.issuer.Keys[0].Public()}, nil
	}})
	defer server.Close()
	set := &jwks.Client{IssuerName: issuerName, URL: server.URL, Now: func() time.Time { return issuedAt }}
	defer set.Close()
	client, err := verifier.New(verifier.TrustAnchor{Name: issuerName, KeySet: set})
	require.NoError(t, err)
	client.Now = func() time.Time { return issuedAt }
	jws, _, err := d.issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	r := client.Check(t.Context(), jws, d.person)
	assert.Equal(t, api.CodeKeysStale, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
	require.NoError(t, set.Refresh(context.Background()))
	r = client.Check(t.Context(), jws, d.person)
	assert.Equal(t, verifier.Authentic, r.Authenticity)
	assert.True(t, issuedAt.Equal(r.Checks[4].AsOf))
	other, _, err := newDesk(t, issuerName).issuer.Issue(t.Context(), d.person)
	require.NoError(t, err)
	assert.Equal(t, api.CodeUnknownKey, client.Check(t.Context(), other, d.person).Code)
}
