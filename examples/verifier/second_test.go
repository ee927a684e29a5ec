package main

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/devidp"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// operator types a line whenever the program reads one: the result of each function, then nothing more.
type operator struct {
	lines []func() string
	rest  []byte
}

func (o *operator) Read(b []byte) (int, error) {
	if len(o.rest) == 0 {
		if len(o.lines) == 0 {
			return 0, io.EOF
		}
		o.rest = []byte(o.lines[0]() + "\n")
		o.lines = o.lines[1:]
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}

// types returns an operator who types these lines.
func types(lines ...string) *operator {
	o := &operator{}
	for _, l := range lines {
		o.lines = append(o.lines, func() string { return l })
	}
	return o
}

// then adds what the person says or does before the operator types.
func (o *operator) then(f func() string) *operator {
	o.lines = append(o.lines, f)
	return o
}

// told returns the code of the last message as people say it.
func (w *world) told() string {
	code := w.sent.Last().Code.Reveal()
	return " " + code[:3] + " " + code[3:] + " "
}

// wrong returns a code that is not the one of the last message.
func (w *world) wrong() string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, w.sent.Last().Code.Reveal())
}

// second runs the command for mario, and for a benefit unless the arguments ask for something else.
func (w *world) second(t *testing.T, o io.Reader, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Setenv("ATTESTA_TOKEN", "good")
	return w.command(t, o, append([]string{"second-level", "-cf", mario, "-purpose", "museum",
		"-organisation", "MUSEO CIVICO", w.paper(t, mario, time.Hour)}, args...)...)
}

func TestSecondLevel(t *testing.T) {
	w := newWorld(t, nil)
	receipt := filepath.Join(t.TempDir(), "receipt")
	o := types("12").then(w.wrong).then(func() string { return "" }).then(func() string { return "r" }).
		then(func() string {
			w.advance(time.Minute)
			return "R"
		}).then(w.told)
	code, out, errs := w.second(t, o, "-benefit", "ticket_c03", "-case", "2026/17", "-receipt", receipt)
	require.Equal(t, 0, code, out+errs)
	for _, want := range []string{"Code sent to: ", "67 (sms)", "Comparison number: ",
		"The person reads: MUSEO CIVICO", "Time left: ", "Attempts left: 5",
		"[malformed_code]", "[wrong_code]", "Attempts left: 4", "[too_soon]", "Time to wait: ",
		"Sent again."} {
		assert.Contains(t, errs, want)
	}
	assert.Contains(t, out, "CONFIRMED\n")
	assert.Contains(t, out, "Benefit: ticket_c03")
	assert.NotContains(t, out, " %", "a benefit's answer holds no percentage")
	assert.NotContains(t, out+errs, w.sent.Last().Code.Reveal())
	assert.NotContains(t, out+errs, "RSSMRA")
	assert.NotContains(t, out+errs, "3510000067")
	assert.Len(t, w.sent.Messages(), 2)

	code, out, errs = w.command(t, nil, "receipt", "verify", receipt)
	require.Equal(t, 0, code, errs)
	for _, want := range []string{"GOOD", "level         2", "outcome       confirmed",
		"organisation  MUSEO CIVICO", "case          2026/17"} {
		assert.Contains(t, out, want)
	}
}

func TestSecondLevelTellsTheDetail(t *testing.T) {
	w := newWorld(t, nil)
	day := status.DateOf(time.Now().AddDate(-3, 0, 0)).String()
	for lang, want := range map[string][]string{
		"en": {"What the person approved:", "(80 %)", "    The act, for the ISEE form (DSU, frame FC7):\n" +
			"      Body that issued it: INPS, commissione di Roma\n      Number: IC 417/2023\n      Date: " +
			day + "\n      Counts from: " + day + "\n"},
		"it": {"Che cosa ha autorizzato la persona:", "Invalidità civile: ", "(80 %)", ": No\n",
			"Dati dell’atto, per il modulo ISEE (DSU, quadro FC7):\n", "Numero: IC 417/2023\n",
			"Vale da: " + day + "\n"},
	} {
		for _, scope := range [][]string{{"-detail"}, {"-domain", "civil_invalidity"}} {
			code, out, errs := w.second(t, (&operator{}).then(w.told), append(scope, "-lang", lang)...)
			require.Equal(t, 0, code, errs)
			for _, text := range want {
				assert.Contains(t, out, text)
			}
		}
	}
	code, out, _ := w.second(t, (&operator{}).then(w.told), "-detail", "-json")
	assert.Equal(t, 0, code)
	var r struct {
		File, Verdict string
		Disclosed     struct{ Details []struct{ Percent int } }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	assert.Equal(t, "confirmed", r.Verdict)
	assert.NotEmpty(t, r.File)
	assert.Equal(t, 80, r.Disclosed.Details[0].Percent)
}

// A judgement that does not decide is explained in words and is not a "no".
func TestSecondLevelTellsADoubt(t *testing.T) {
	w := newWorld(t, func(w *world) { w.tied = true })
	code, out, errs := w.second(t, (&operator{}).then(w.told), "-detail", "-lang", "en")
	require.Equal(t, 2, code, errs)
	assert.Contains(t, out, "[undecided]")
	assert.Contains(t, out, "Why it does not decide: ")
	assert.NotContains(t, out, "IC 417/2023")
	assert.NotContains(t, out, "NOT CONFIRMED")
}

// A text of the issuer cannot steer the terminal.
func TestPrintable(t *testing.T) {
	var out strings.Builder
	printJudgement(&out, status.English,
		api.Detail{Domain: "law_104", State: "valid", Decision: "2020-01-10", Number: "7\x1b[2J\n8"})
	assert.Contains(t, out.String(), "Number: 7[2J8\n")
}

func TestPrintAdultRights(t *testing.T) {
	var out strings.Builder
	printJudgement(&out, status.English,
		api.Detail{Domain: "civil_invalidity", State: "came_of_age", AdultRights: "applied"})
	assert.Contains(t, out.String(), "After the age of 18: Benefits for adults for the time being\n")
}

// A real call produces each refusal of the issuer. The conversation ends when no answer is possible any
// more.
func TestSecondLevelProblems(t *testing.T) {
	gate := func(change func(*otp.Policy)) func(*world) {
		return func(w *world) {
			config := otptest.Config(w.sent, nil)
			config.Store, config.Limiter = &otp.MemoryStore{Clock: w.now}, &otp.MemoryLimiter{Clock: w.now}
			config.Policy.Limits = otptest.Unlimited()
			change(&config.Policy)
			gate, err := otp.New(config)
			if err != nil {
				panic(err)
			}
			w.service.OTP = gate
		}
	}
	wrongs := func(n int) func(w *world) *operator {
		return func(w *world) *operator {
			o := &operator{}
			for range n {
				o.then(w.wrong)
			}
			return o
		}
	}
	none := func(*world) *operator { return types() }
	tests := []struct {
		code   api.ProblemCode
		change func(*world)
		types  func(w *world) *operator
		args   []string
	}{
		{api.MalformedRequest, nil, none, []string{"-domain", "a b"}},
		{api.MalformedCaseNumber, nil, none, []string{"-detail", "-case", "3510000067"}},
		{api.UnknownBenefit, nil, none, []string{"-benefit", "cinema"}},
		{api.Unauthenticated, nil, none, []string{"-detail", "-token-file", "stale"}},
		{api.SecondLevelNotOffered, func(w *world) { w.service.OTP = nil }, none, []string{"-detail"}},
		{api.NoMatch, nil, none, []string{"-detail", "-cf", luigi}},
		{api.PaperVoid, func(w *world) { w.voidAt = time.Now() }, none, []string{"-detail"}},
		{api.OrganisationRefused, nil, none, []string{"-detail", "-organisation", "WWW.TRUFFA.IT 24"}},
		{api.NoChannel, func(w *world) { w.phone = "" }, none, []string{"-detail"}},
		{api.ContactRefused, func(w *world) { w.phone = "+41790000000" }, none, []string{"-detail"}},
		{api.ContactChanged, nil, func(w *world) *operator {
			return (&operator{}).then(func() string {
				w.advance(time.Minute)
				w.phone = "+393510000068"
				return "r"
			})
		}, []string{"-detail"}},
		{api.ChallengeExpired, nil, func(w *world) *operator {
			return (&operator{}).then(func() string { w.advance(11 * time.Minute); return w.told() })
		}, []string{"-detail"}},
		{api.NoResends, gate(func(p *otp.Policy) { p.Resends = -1 }), func(w *world) *operator {
			return (&operator{}).then(func() string { w.advance(time.Minute); return "r" })
		}, []string{"-detail"}},
		{api.WrongCode, gate(func(p *otp.Policy) { p.Attempts = 1 }), wrongs(1), []string{"-detail"}},
		{api.WaitAfterFailures, gate(func(p *otp.Policy) { p.WaitFrom, p.WaitOperators = 1, 1 }), wrongs(2),
			[]string{"-detail"}},
		{api.OperatorBarred, nil, wrongs(5), []string{"-detail"}},
		{api.LockedAfterFailures, gate(func(p *otp.Policy) { p.LockAt, p.WaitOperators = 5, 1 }), wrongs(5),
			[]string{"-detail"}},
		{api.BlockedAfterFailures, gate(func(p *otp.Policy) { p.LockAt, p.BlockAt = 5, 5 }), wrongs(5),
			[]string{"-detail"}},
	}
	for _, test := range tests {
		t.Run(string(test.code), func(t *testing.T) {
			w := newWorld(t, test.change)
			t.Chdir(t.TempDir())
			require.NoError(t, os.WriteFile("stale", []byte("stale\n"), 0o600))
			code, out, errs := w.second(t, test.types(w), test.args...)
			switch test.code {
			case api.OperatorBarred, api.LockedAfterFailures, api.BlockedAfterFailures:
				code, out, errs = w.second(t, types(), test.args...) // the next one hears of it
			}
			want := 2
			switch {
			case test.code == api.NoMatch, test.code == api.PaperVoid:
				want = 1
			case test.code.Code() == api.CodeUsage:
				want = 3
			}
			assert.Equal(t, want, code, out+errs)
			assert.Contains(t, out+errs, string(test.code)+"]")
			assert.NotContains(t, out, "CONFIRMED\n")
			assert.NotContains(t, out+errs, "RSSMRA")
		})
	}
}

func TestSecondLevelStops(t *testing.T) {
	w := newWorld(t, nil)
	for name, o := range map[string]*operator{"q": types("q"), "end of input": types()} {
		code, out, errs := w.second(t, o, "-detail")
		assert.Equal(t, 2, code, name)
		assert.Contains(t, errs, "Stopped. Nothing was disclosed")
		assert.Contains(t, out, "[needs_second_level]")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe() // nobody types
	defer writer.Close()
	var out, errs strings.Builder
	code := cli.Run(ctx, "verifier", about, commands(),
		[]string{"second-level", "-cf", mario, "-purpose", "museum", "-organisation", "MUSEO",
			"-detail", "-jwks", w.jwks, "-issuer", w.server.URL, w.paper(t, mario, 0)},
		cli.Streams{In: reader, Out: &out, Err: interrupts{&errs, cancel}})
	assert.Equal(t, 2, code)
	assert.Contains(t, errs.String(), "Stopped")
}

// interrupts cancels the context when the program shows the prompt.
type interrupts struct {
	io.Writer
	press func()
}

func (i interrupts) Write(b []byte) (int, error) {
	if strings.Contains(string(b), "q: stop") {
		i.press()
	}
	return i.Writer.Write(b)
}

// follows logs in as mario at the address that the program shows.
type follows struct {
	io.Writer
	t *testing.T
}

func (f follows) Write(b []byte) (int, error) {
	if _, address, shown := strings.Cut(string(b), "Log in at this address:\n"); shown {
		go func() {
			answer, err := http.Get(strings.TrimSpace(address) + "&persona=mario")
			if assert.NoError(f.t, err) {
				answer.Body.Close()
			}
		}()
	}
	return f.Writer.Write(b)
}

func TestSecondLevelWithLogin(t *testing.T) {
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	texts := devidp.Texts()
	site, err := web.New(web.Config{Name: "Prova", Pages: []fs.FS{devidp.Pages()}, Texts: []web.Texts{texts}})
	require.NoError(t, err)
	cf, err := codicefiscale.Parse(mario)
	require.NoError(t, err)
	identity := server.URL + "/dev/idp"
	handler, err := devidp.Provider{Site: site, Issuer: identity, Key: make([]byte, 32),
		Once: func(context.Context, string, time.Time) (bool, error) { return true, nil },
		Clients: []devidp.Client{{ID: "desk", Redirects: []string{"http://127.0.0.1/callback"},
			Audience: issuerName}},
		Personas: []demo.Persona{{ID: "mario", Given: "Mario", Family: "Rossi", CF: cf,
			Organisation: "Museo Civico"}},
	}.Handler()
	require.NoError(t, err)
	mux.Handle("/dev/idp/", handler)
	bearer := &login.Bearer{Provider: &login.Provider{Issuer: identity}, Audience: issuerName,
		Scope: devidp.SecondLevel}
	w := newWorld(t, func(w *world) { w.service.Authenticate = bearer.Operator })

	t.Setenv("ATTESTA_TOKEN", "")
	var out, errs strings.Builder
	code := cli.Run(t.Context(), "verifier", about, commands(),
		[]string{"second-level", "-cf", mario, "-purpose", "museum", "-organisation", "MUSEO CIVICO",
			"-benefit", "ticket_c03", "-jwks", w.jwks, "-issuer", w.server.URL, "-oidc-issuer", identity,
			w.paper(t, mario, time.Hour)},
		cli.Streams{In: (&operator{}).then(w.told), Out: &out, Err: follows{&errs, t}})
	assert.Equal(t, 0, code, out.String()+errs.String())
	assert.Contains(t, out.String(), "CONFIRMED\n")

	code, said, failed := w.command(t, types(), "second-level", "-cf", mario, "-purpose", "p", "-detail",
		"-oidc-issuer", "http://127.0.0.1:1", w.paper(t, mario, 0))
	assert.Equal(t, 2, code)
	assert.Empty(t, said)
	assert.Contains(t, failed, "[unauthenticated]")
}

func TestSecondLevelUsage(t *testing.T) {
	w := newWorld(t, nil)
	paper := w.paper(t, mario, 0)
	tests := []struct {
		name, want, token string
		args              []string
	}{
		{"nothing to ask for", "one of them", "good", nil},
		{"two things to ask for", "one of them", "good", []string{"-detail", "-benefit", "museums"}},
		{"from the standard input", "the standard input is for the code", "good", []string{"-"}},
		{"no token", "access token", "", []string{"-detail"}},
		{"a token with a line in it", "access token", "a\r\nCookie: b", []string{"-detail"}},
		{"no token file", "no such file", "good", []string{"-detail", "-token-file", "none"}},
		{"a person as the purpose", "-purpose is the id", "good", []string{"-detail", "-purpose", mario}},
		{"another channel", "sms, voice, list", "good", []string{"-channel", "pigeon"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("ATTESTA_TOKEN", test.token)
			code, out, errs := w.command(t, types(),
				append([]string{"second-level", "-cf", mario, "-purpose", "p", paper}, test.args...)...)
			assert.Equal(t, cli.Usage, code)
			assert.Empty(t, out)
			assert.Contains(t, errs, test.want)
			assert.NotContains(t, errs, "Cookie")
		})
	}
	// The program first asks for the codice fiscale, and then reads the code from the next line.
	t.Setenv("ATTESTA_TOKEN", "good")
	code, out, errs := w.command(t, types(mario).then(w.told), "second-level", "-cf", "-", "-purpose", "p",
		"-organisation", "MUSEO", "-detail", paper)
	assert.Equal(t, 0, code, out+errs)
}
