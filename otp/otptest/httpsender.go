package otptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// An HTTPAnswer is a provider's answer and the error that the sender must make of it.
type HTTPAnswer struct {
	Status int
	// RetryAfter is the header of that name, in seconds; empty means none.
	RetryAfter string
	Body       string
	// Class and Code are those of the expected error; see [SenderSetup]. They are not used for
	// Accepted.
	Class otp.ErrorClass
	Code  string
}

// HTTPAnswers are a provider's documented answers.
type HTTPAnswers struct {
	// Accepted is the answer to an accepted message, with a JSON body. The suite also sends
	// mutilated forms of it, shortened or with a member of another type; they must not become
	// definite errors. Required.
	Accepted HTTPAnswer
	// Refused are the other answers, by a name for the subtest.
	Refused map[string]HTTPAnswer
	// Check examines each request under [Accepts]; it may be nil.
	Check func(t *testing.T, r *http.Request, body []byte)
}

// These behaviours exist for HTTP servers only.
const (
	dripsHead  Behaviour = "drips head"
	breaksTLS  Behaviour = "breaks the handshake"
	floodsHead Behaviour = "floods head"
	redirects  Behaviour = "redirects"
)

// HTTPSender returns the setup for a sender that speaks HTTP; newSender makes one that talks
// to baseURL. It adds the refusals of servers and proxies that do not follow the provider's
// documents.
func HTTPSender(newSender func(baseURL string) otp.Sender, a HTTPAnswers) SenderSetup {
	refused := map[Behaviour]HTTPAnswer{}
	for name, answer := range a.Refused {
		refused[Behaviour(name)] = answer
	}
	m := Message()
	echo := `{"code":"` + m.To.Reveal() + `","message":` + fmt.Sprintf("%q", m.Text.Reveal()) + `,"to":"` +
		m.To.Reveal() + `"}`
	for name, answer := range map[Behaviour]HTTPAnswer{
		"status 400, echo":    {Status: 400, Body: echo, Class: otp.ClassRejected},
		"status 401, no body": {Status: 401, Class: otp.ClassAuth},
		"status 404, a page":  {Status: 404, Body: "<html>not found</html>", Class: otp.ClassRejected},
		"status 422":          {Status: 422, Body: "null", Class: otp.ClassRejected},
		"status 429":          {Status: 429, RetryAfter: "7", Class: otp.ClassThrottled},
		"status 429, no time": {Status: 429, Class: otp.ClassThrottled},
		"status 500, echo":    {Status: 500, Body: echo},
		"status 502, a page":  {Status: 502, Body: "<html>bad gateway</html>"},
		"status 503":          {Status: 503, RetryAfter: "7"},
		"status 504":          {Status: 504},
		"success, no body":    {Status: a.Accepted.Status},
		"success, a page":     {Status: a.Accepted.Status, Body: "<html>log in to the network</html>"},
		"success, echo":       {Status: a.Accepted.Status, Body: echo},
		"success, null":       {Status: a.Accepted.Status, Body: "null"},
		"success, list":       {Status: a.Accepted.Status, Body: "[]"},
		"success, object":     {Status: a.Accepted.Status, Body: "{}"},
		"success, two":        {Status: a.Accepted.Status, Body: a.Accepted.Body + a.Accepted.Body},
		"status 204":          {Status: 204},
	} {
		if _, told := refused[name]; !told {
			refused[name] = answer
		}
	}
	s := SenderSetup{Refusals: map[Behaviour]otp.SendError{
		breaksTLS:  {Class: otp.ClassUnavailable},
		floodsHead: {Class: otp.ClassAmbiguous},
		redirects:  {Class: otp.ClassAmbiguous},
	}, slow: []Behaviour{dripsHead}}
	for name, answer := range refused {
		want := otp.SendError{Class: answer.Class, Code: answer.Code}
		if answer.Class == otp.ClassThrottled && answer.RetryAfter != "" {
			want.RetryAfter, _ = time.ParseDuration(answer.RetryAfter + "s")
		}
		s.Refusals[name] = want
	}
	s.Provider = func(t *testing.T, b Behaviour) otp.Sender {
		if answer, ok := refused[b]; ok {
			return newSender(serve(t, func(w http.ResponseWriter, r *http.Request) { answer.write(w) }))
		}
		return newSender(a.behave(t, b))
	}
	s.also = func(t *testing.T) { a.mutilate(t, s, newSender) }
	return s
}

// mutilate checks that no mutilated form of the accepting answer becomes a definite refusal,
// and that a refusal that never ends still counts by its status.
func (a HTTPAnswers) mutilate(t *testing.T, s SenderSetup, newSender func(baseURL string) otp.Sender) {
	var body atomic.Value
	sender := newSender(serve(t, func(w http.ResponseWriter, r *http.Request) {
		answer := a.Accepted
		answer.Body = body.Load().(string)
		answer.write(w)
	}))
	for i := range len(a.Accepted.Body) {
		body.Store(a.Accepted.Body[:i])
		_, err := s.send(t, within(t, 10*time.Second), sender, Message())
		require.Error(t, err, "shortened to %d bytes", i)
		require.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err), "shortened to %d bytes", i)
	}
	var document any
	require.NoError(t, json.Unmarshal([]byte(a.Accepted.Body), &document))
	for _, mutant := range mutants(document) {
		b, err := json.Marshal(mutant)
		require.NoError(t, err)
		body.Store(string(b))
		if _, err := s.send(t, within(t, 10*time.Second), sender, Message()); err != nil {
			assert.Equal(t, otp.ClassAmbiguous.String(), otp.ClassOf(err).String(), "%s", b)
		}
	}
	refusal := newSender(serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		drip(w, r)
	}))
	err := patiently(otp.ClassRejected, func(d time.Duration) error {
		_, err := s.send(t, within(t, d), refusal, Message())
		return err
	})
	assert.Equal(t, otp.ClassRejected.String(), otp.ClassOf(err).String(), "a refusal that never ends")
}

// mutants returns copies of v in which one value is replaced by a value of another type, or
// one member is left out.
func mutants(v any) (out []any) {
	for _, other := range []any{map[string]any{}, []any{}, "x", true, nil} {
		if v != nil && fmt.Sprintf("%T", v) != fmt.Sprintf("%T", other) || v == nil && other != nil {
			out = append(out, other)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			with := func(change func(map[string]any)) {
				c := map[string]any{}
				for n, m := range v {
					c[n] = m
				}
				change(c)
				out = append(out, c)
			}
			with(func(c map[string]any) { delete(c, name) })
			for _, m := range mutants(member) {
				with(func(c map[string]any) { c[name] = m })
			}
		}
	case []any:
		for i := range v {
			for _, m := range mutants(v[i]) {
				c := slices.Clone(v)
				c[i] = m
				out = append(out, c)
			}
		}
	}
	return out
}

func (a HTTPAnswer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if a.RetryAfter != "" {
		w.Header().Set("Retry-After", a.RetryAfter)
	}
	w.WriteHeader(a.Status)
	io.WriteString(w, a.Body)
}

// serve starts a server that reads each request to its end before it answers.
func serve(t *testing.T, h http.HandlerFunc) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		h(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		io.WriteString(w, " ")
		http.NewResponseController(w).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// behave starts a server and returns its address.
func (a HTTPAnswers) behave(t *testing.T, b Behaviour) string {
	switch b {
	case Dead:
		l := listen(t)
		l.Close()
		return "http://" + l.Addr().String()
	case DropsFirst:
		return "http://" + raw(t, reset)
	case breaksTLS:
		return "https://" + raw(t, func(c net.Conn) {
			c.Read(make([]byte, 1))
			reset(c)
		})
	case Accepts:
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			if a.Check != nil {
				a.Check(t, r, body)
			}
			a.Accepted.write(w)
		}))
		t.Cleanup(server.Close)
		return server.URL
	case redirects:
		var followed atomic.Bool
		other := serve(t, func(w http.ResponseWriter, r *http.Request) {
			followed.Store(true)
			a.Accepted.write(w)
		})
		t.Cleanup(func() { assert.False(t, followed.Load(), "a redirect was followed") })
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other+r.URL.Path, http.StatusTemporaryRedirect)
		})
	}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if b == Silent {
			<-r.Context().Done()
			return
		}
		if b == Drips || b == Floods {
			w.WriteHeader(a.Accepted.Status)
		}
		if b == Drips {
			drip(w, r)
			return
		}
		if b == Floods {
			flood(t, w)
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer reset(c)
		switch b {
		case DropsLast:
		case dripsHead:
			for _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nX-Slow: "); err == nil; _,
				err = io.WriteString(c, "x") {
				time.Sleep(5 * time.Millisecond)
			}
		case floodsHead:
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			flood(t, writer(func(p []byte) (int, error) {
				return io.WriteString(c, "X-Much: "+strings.Repeat("x", len(p))+"\r\n")
			}))
		default:
			t.Errorf("no such behaviour: %s", b)
		}
	})
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// flood writes until the other side closes, which must be soon: what is left over fits into
// the network's buffers.
func flood(t *testing.T, w io.Writer) {
	chunk := make([]byte, 1<<16)
	for range 512 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	t.Error("the sender has read 32 MiB")
}

func listen(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

func raw(t *testing.T, serve func(net.Conn)) string {
	l := listen(t)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return l.Addr().String()
}

// reset closes c so that the other side sees a reset, not an end.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}
