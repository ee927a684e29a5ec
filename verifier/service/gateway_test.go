package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// gateway ends TLS between a desk and the issuer, so it reads and may change each message. The functions may
// be nil; they get the path and the JSON text of a message, and return the text that goes on.
type gateway struct {
	request, answer func(path string, text []byte) []byte
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	body := must(io.ReadAll(r.Body))
	if g.request != nil {
		body = g.request(r.URL.Path, body)
	}
	onward := r.Clone(r.Context())
	onward.Body, onward.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	answer, err := http.DefaultTransport.RoundTrip(onward)
	if err != nil || g.answer == nil {
		return answer, err
	}
	defer answer.Body.Close()
	text := g.answer(r.URL.Path, must(io.ReadAll(answer.Body)))
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	answer.Header.Del("Content-Length")
	return answer, nil
}

// Someone in the gateway keeps the answer to a friend's valid paper, and replays it for a void one.
func TestGatewayReplays(t *testing.T) {
	w := newWorld(t, nil)
	ctx, friend, lost := t.Context(), code(t, stranger), code(t, person)
	g := &gateway{}
	w.Client.Transport = g
	void := w.Paper(t, lost)
	must(token.VoidAll(ctx, w.Registry, lost, w.Clock.Now()))
	require.Equal(t, api.CodeVoid, w.Client.FirstLevel(ctx, void, lost, verifier.FirstLevelOptions{}).Code)

	var kept []byte
	g.answer = func(_ string, text []byte) []byte { kept = text; return text }
	paper := w.Paper(t, friend)
	r := w.Client.FirstLevel(ctx, paper, friend, verifier.FirstLevelOptions{})
	require.Equal(t, api.Confirmed, r.Verdict)
	g.answer = func(string, []byte) []byte { return kept }
	for _, again := range []struct {
		paper string
		cf    codicefiscale.Code
	}{{void, lost}, {paper, friend}} {
		r := w.Client.FirstLevel(ctx, again.paper, again.cf, verifier.FirstLevelOptions{})
		assert.Equal(t, api.CannotTell, r.Verdict)
		assert.Equal(t, api.CodeUnavailable, r.Code)
		assert.Nil(t, r.Disclosed)
	}

	// It asks the issuer about the friend's paper instead, with the check ID of the desk.
	g.answer = nil
	g.request = func(_ string, text []byte) []byte {
		var q api.FirstLevelRequest
		require.NoError(t, json.Unmarshal(text, &q))
		q.QR, q.CodiceFiscale = paper, stranger
		return must(json.Marshal(q))
	}
	r = w.Client.FirstLevel(ctx, void, lost, verifier.FirstLevelOptions{})
	assert.Equal(t, api.CannotTell, r.Verdict)
	assert.Equal(t, api.CodeUnavailable, r.Code)
}

// variant is a JSON value with one change, and where it is.
type variant struct {
	at    string
	value any
}

// variants returns copies of a decoded JSON value, each with one change: another value, and in objects and
// lists also one member less or more. It knows no names, so it also changes members that are added later.
func variants(value any) []variant {
	var out []variant
	add := func(at string, v any) { out = append(out, variant{at, v}) }
	switch value := value.(type) {
	case string:
		shorter := value[:max(len(value)-1, 0)]
		for _, other := range []string{value + "0", shorter, instead()[value]} {
			if other != value {
				add("", other)
			}
		}
	case float64:
		add("", value+1)
	case bool:
		add("", !value)
	case []any:
		add("[]", append(slices.Clone(value), "x"))
		for n := range value {
			add(fmt.Sprintf("[%d] missing", n), slices.Delete(slices.Clone(value), n, n+1))
			for _, v := range variants(value[n]) {
				changed := slices.Clone(value)
				changed[n] = v.value
				add(fmt.Sprintf("[%d]%s", n, v.at), changed)
			}
		}
	case map[string]any:
		with := func(name string, v any) map[string]any {
			changed := maps.Clone(value)
			changed[name] = v
			return changed
		}
		add(".new", with("new", "x"))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			less := maps.Clone(value)
			delete(less, name)
			add("."+name+" missing", less)
			add("."+strings.ToUpper(name), with(strings.ToUpper(name), "x"))
			for _, v := range variants(value[name]) {
				add("."+name+v.at, with(name, v.value))
			}
		}
	}
	return out
}

// instead are values that another question or answer could have.
func instead() map[string]string {
	return map[string]string{
		person: stranger, "confirmed": "not_confirmed", "not_confirmed": "confirmed", "void": "no_match",
		"no_match": "void", "detail": "benefit:ticket_c03", "benefit:ticket_c03": "detail",
		"museums": "ticket_c03", "civil_invalid": "blind", "valid": "revoked",
	}
}

// called is a call of a desk, of which a gateway changes one message.
type called struct {
	name, path string
	change     func(*world)
	// call makes the calls of the desk and returns the report of the last one.
	call func(context.Context, *testing.T, *world) verifier.Report
	// want is the verdict if no message is changed.
	want api.Outcome
	// free are the members of the request on which this verdict does not depend.
	free []string
	// begin is the call whose report counts if the answer is changed; nil means call.
	begin func(context.Context, *testing.T, *world) verifier.Report
}

// run makes the call in a new world, behind the gateway.
func (c called) run(t *testing.T, g *gateway) verifier.Report {
	w := newWorld(t, func(w *world) {
		if c.change != nil {
			c.change(w)
		}
	})
	w.Client.Transport = g
	return c.call(t.Context(), t, w)
}

// over returns a gateway that handles the messages of the path, either the requests or the answers.
func (c called) over(answers bool, handle func([]byte) []byte) *gateway {
	one := func(path string, text []byte) []byte {
		if !strings.HasSuffix(path, c.path) {
			return text
		}
		return handle(text)
	}
	if answers {
		return &gateway{answer: one}
	}
	return &gateway{request: one}
}

// Whatever a gateway changes in a request or an answer, one thing at a time, the desk cannot tell.
func TestGatewayChanges(t *testing.T) {
	type call = func(context.Context, *testing.T, *world) verifier.Report
	firstLevel := func(cf string, o verifier.FirstLevelOptions) call {
		return func(ctx context.Context, t *testing.T, w *world) verifier.Report {
			return w.Client.FirstLevel(ctx, w.paper(t, person), code(t, cf), o)
		}
	}
	void := func(w *world) { must(token.VoidAll(t.Context(), w.Registry, code(t, person), w.Clock.Now())) }
	voidAlready := func(w *world) { // before the paper is issued, by a signer that does not know
		w.Signer.CutOffs = nil
		void(w)
	}
	begin := func(cf, scope string) call {
		return func(ctx context.Context, t *testing.T, w *world) verifier.Report {
			_, r := w.Client.RequestSecondLevel(ctx, w.paper(t, person), code(t, cf), approve(scope))
			return r
		}
	}
	both := func(scope string, between func(*world)) call {
		return func(ctx context.Context, t *testing.T, w *world) verifier.Report {
			qr, cf, q := w.paper(t, person), code(t, person), approve(scope)
			challenge, r := w.Client.RequestSecondLevel(ctx, qr, cf, q)
			if challenge == nil {
				return r
			}
			between(w)
			return w.Client.Answer(ctx, qr, cf, verifier.SecondLevelAnswer{Challenge: challenge.ID,
				Code: w.LastCode(), Scope: q.Scope, CaseNumber: q.CaseNumber})
		}
	}
	numbered := verifier.FirstLevelOptions{CaseNumber: "A/7"}
	nothing := func(*world) {}
	tests := []called{
		{name: "categories", path: api.PathFirstLevel, call: firstLevel(person, numbered),
			want: api.Confirmed},
		{name: "benefit", path: api.PathFirstLevel, want: api.Confirmed,
			call: firstLevel(person, verifier.FirstLevelOptions{Benefit: "museums"})},
		{name: "sub-kinds", path: api.PathFirstLevel, call: firstLevel(person, numbered), want: api.Confirmed,
			change: func(w *world) { w.Config.Policy = status.PolicySubKinds }},
		{name: "void", path: api.PathFirstLevel, call: firstLevel(person, numbered), want: api.NotConfirmed,
			change: voidAlready},
		{name: "mismatch", path: api.PathFirstLevel, call: firstLevel(nobody, numbered),
			want: api.NotConfirmed},
		{name: "start", path: api.PathSecondLevel, call: both("detail", nothing), want: api.Confirmed,
			// The person approves the organisation; the purpose is for the access log. The check ID is for a
			// problem that is a no. A challenge by itself is never an answer.
			free:  []string{"check_id", "organisation", "purpose", "channel", "locale"},
			begin: begin(person, "detail")},
		{name: "start of a void paper", path: api.PathSecondLevel, call: begin(person, "detail"),
			want: api.NotConfirmed, change: voidAlready, free: []string{"organisation", "purpose"}},
		{name: "start for another person", path: api.PathSecondLevel,
			free: []string{"organisation", "purpose"},
			call: begin(stranger, "benefit:ticket_c03"), want: api.NotConfirmed},
		{name: "detail", path: "/answers", call: both("detail", nothing), want: api.Confirmed},
		{name: "benefit at level 2", path: "/answers", call: both("benefit:ticket_c03", nothing),
			want: api.Confirmed},
		{name: "void in between", path: "/answers", call: both("detail", void), want: api.NotConfirmed,
			free: []string{"code"}}, // a void paper is void whatever the code
	}
	for _, tt := range tests {
		for kind, answers := range map[string]bool{"request": false, "answer": true} {
			t.Run(tt.name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				var message any
				r := tt.run(t, tt.over(answers, func(text []byte) []byte {
					require.NoError(t, json.Unmarshal(text, &message))
					return text
				}))
				require.Equal(t, tt.want, r.Verdict)
				require.NotEmpty(t, r.Receipt)
				changed := tt
				if answers && tt.begin != nil {
					changed.call = tt.begin
				}
				tried := 0
				for n, v := range variants(message) {
					if !answers && tt.isFree(v.at) {
						continue
					}
					tried++
					g := tt.over(answers, func(text []byte) []byte {
						var message any // that of this run, or its check ID alone would make it another one
						require.NoError(t, json.Unmarshal(text, &message))
						return must(json.Marshal(variants(message)[n].value))
					})
					r := changed.run(t, g)
					assert.Equal(t, api.CannotTell, r.Verdict, v.at)
					assert.Nil(t, r.Disclosed, v.at)
					assert.Empty(t, r.Receipt, v.at)
				}
				assert.Greater(t, tried, 10)
			})
		}
	}
}

func (c called) isFree(at string) bool {
	name := strings.FieldsFunc(strings.ToLower(at), func(r rune) bool { return r == '.' || r == ' ' })[0]
	return slices.Contains(c.free, name)
}

// A text with two members of one name is refused: which of them counts would be the reader's choice.
func TestGatewayRepeatsMember(t *testing.T) {
	w := newWorld(t, nil)
	w.Client.Transport = &gateway{answer: func(_ string, text []byte) []byte {
		return bytes.Replace(text, []byte(`"outcome"`), []byte(`"outcome":"not_confirmed","outcome"`), 1)
	}}
	r := w.Client.FirstLevel(t.Context(), w.paper(t, person), code(t, person), verifier.FirstLevelOptions{})
	assert.Equal(t, api.CodeUnavailable, r.Code)
}

// An operator cannot bring the answer to another request under the one that was meant.
func TestAnswerToAnotherRequest(t *testing.T) {
	w := newWorld(t, nil)
	ctx, qr, cf := t.Context(), w.paper(t, person), code(t, person)
	challenge, _ := w.Client.RequestSecondLevel(ctx, qr, cf, approve("benefit:ticket_c03"))
	require.NotNil(t, challenge)
	other := reply(challenge, w.LastCode())
	other.Scope = "benefit:museums"
	r := w.Client.Answer(ctx, qr, cf, other)
	assert.Equal(t, api.CodeUnavailable, r.Code)
	assert.Equal(t, api.CannotTell, r.Verdict)
}

// No check ID is left anywhere after the answer: with it, a receipt could be searched for the codice fiscale.
func TestCheckIDIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	var ids []string
	w.Client.Transport = &gateway{request: func(path string, text []byte) []byte {
		var q struct {
			CheckID string `json:"check_id"`
		}
		require.NoError(t, json.Unmarshal(text, &q))
		if !strings.HasSuffix(path, "/resend") {
			ids = append(ids, q.CheckID)
		}
		return text
	}}
	ctx, qr, cf := t.Context(), w.paper(t, person), code(t, person)
	var left strings.Builder
	report := func(r verifier.Report) {
		fmt.Fprintf(&left, "%s %+v %#v", must(json.Marshal(r)), r,
			r.Problem)
	}
	report(w.Client.FirstLevel(ctx, qr, cf, verifier.FirstLevelOptions{}))
	report(w.Client.FirstLevel(ctx, qr, code(t, nobody), verifier.FirstLevelOptions{}))
	_, r := w.Client.RequestSecondLevel(ctx, qr, code(t, nobody), approve("detail"))
	report(r)
	challenge, r := w.Client.RequestSecondLevel(ctx, qr, cf, approve("detail"))
	report(r)
	report(w.Client.Answer(ctx, qr, cf, reply(challenge, wrong(w))))
	report(w.Client.Answer(ctx, qr, cf, reply(challenge, w.LastCode())))
	w.Registry.Static.Err = io.ErrUnexpectedEOF
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	report(w.Client.FirstLevel(short, qr, cf, verifier.FirstLevelOptions{}))
	fmt.Fprintf(&left, "%+v %+v %s", challenge, w.Accesses.Records(), w.Log.String())
	for _, m := range w.Messages.Messages() {
		fmt.Fprint(&left, m.Text.Reveal())
	}
	require.Len(t, ids, 7)
	for n, id := range ids {
		assert.True(t, api.CheckIDAllowed(id))
		assert.NotContains(t, ids[n+1:], id)
		assert.NotContains(t, left.String(), id)
	}
}

// A foreign text is no answer about a person, at either level.
func TestForeignTexts(t *testing.T) {
	w := newWorld(t, func(w *world) { w.Config.Limiter = unlimited{} })
	for _, text := range []string{
		"https://menu.example/t/12", "https://menu.example/#carta", "https://shop.example/#48213",
		"WIFI:T:WPA;S:Bar;P:x;;",
		"HC1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE", "MECARD:N:Rossi;;", "0039351000", "x.y.z", " ",
		"HC1:" + strings.Repeat("A", 4000), "https://shop.example/#" + strings.Repeat("1", 4000),
	} {
		answer, body1 := w.post(t, api.PathFirstLevel, body("qr", text, "codice_fiscale", person))
		require.Equal(t, http.StatusOK, answer.StatusCode, body1)
		var result api.Result
		require.NoError(t, json.Unmarshal([]byte(body1), &result))
		assert.Equal(t, api.CodeNotOurs, result.Code, text)
		assert.Equal(t, api.CannotTell, result.Outcome, text)
		receipt, err := w.Client.VerifyReceipt(t.Context(), result.Receipt)
		require.NoError(t, err)
		assert.Equal(t, api.CannotTell, receipt.Outcome, text)

		answer, body2 := start(t, w, "qr", text)
		require.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
		var problem api.Problem
		require.NoError(t, json.Unmarshal([]byte(body2), &problem))
		assert.Equal(t, api.NotOurs, problem.Code, text)
		assert.Empty(t, problem.Receipt, text)
		if text != " " {
			assert.Equal(t, api.CodeNotOurs, w.Client.Check(t.Context(), text, code(t, person)).Code,
				"the desk says the same")
		}
	}
}
