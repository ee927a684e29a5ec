package dev_test

import (
	"bufio"
	"context"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/dev"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/issuertest"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/web"
	"github.com/qr-invalidita/attesta/verifier/service"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// site serves the demonstration pages.
type site struct {
	*issuertest.World
	t      *testing.T
	outbox dev.Outbox
	server *httptest.Server
	done   chan struct{}
}

// newFrame makes what all sites have in common, once, since to parse it takes longer than most tests.
var newFrame = sync.OnceValues(func() (*web.Site, error) {
	return web.New(web.Config{Name: "Ente di prova", Pages: []fs.FS{dev.Templates()},
		Texts: []web.Texts{dev.Texts()}, Assets: []fs.FS{dev.Assets()}, Demo: true})
})

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{World: issuertest.New(t, nil, nil), t: t, done: make(chan struct{})}
	s.outbox = dev.Outbox{DB: s.DB, Now: s.Clock.Now}
	require.NoError(t, s.outbox.Migrate(t.Context()))
	frame, err := newFrame()
	require.NoError(t, err)
	pages := &dev.Pages{Site: frame, Outbox: s.outbox, Registry: s.Registry, Personas: demo.Personas(),
		Client: s.Client(t), Now: s.Clock.Now,
		Signer:   func(context.Context) (*token.Signer, error) { return s.Signer, nil },
		Benefits: benefit.Default(),
		Login:    func(back string) string { return "/login?return=" + url.QueryEscape(back) }, Done: s.done,
		LoginAs: func(w http.ResponseWriter, _ *http.Request, persona, back string) {
			io.WriteString(w, persona+" "+back)
		}}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", frame.Assets())
	pages.Register(mux)
	s.server = httptest.NewServer(frame.Secure(mux))
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) read(answer *http.Response, err error) string {
	s.t.Helper()
	require.NoError(s.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	require.Equal(s.t, http.StatusOK, answer.StatusCode, "%s", body)
	return string(body)
}

func (s *site) get(path string) string {
	s.t.Helper()
	return s.read(http.Get(s.server.URL + path))
}

var tags = regexp.MustCompile(`<[^>]*>`)

func text(body string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(body, " "))), " ")
}

func (s *site) sms(to, text string) {
	s.t.Helper()
	phone, err := otp.ParsePhone(to)
	require.NoError(s.t, err)
	m := otptest.Message()
	m.To, m.Text = phone, otp.NewText(text)
	submission, err := dev.Phones{Outbox: s.outbox}.Send(s.t.Context(), m)
	require.NoError(s.t, err)
	assert.NotEmpty(s.t, submission.ProviderID)
}

func TestIndex(t *testing.T) {
	s := newSite(t)
	body := s.get("/dev/")
	for _, who := range demo.Personas() {
		assert.Contains(t, body, who.CF.Reveal())
	}
	assert.Contains(t, text(body), "Dimostrazione: persone")
	assert.Contains(t, body, `href="/login?return=%2Farea"`)
	for persona, want := range map[string]string{"mario": "mario /area", "laura": "laura /q"} {
		assert.Contains(t, body, `name="persona" value="`+persona+`"`)
		form := url.Values{"persona": {persona}}
		assert.Equal(t, want, s.read(http.PostForm(s.server.URL+"/dev/login", form)))
	}

	// The links are papers of these people, the old one from before it was lost.
	client := s.Client(t)(service.Caller{})
	links := regexp.MustCompile(`href="/q#([^"]+)"`).FindAllStringSubmatch(body, -1)
	require.Len(t, links, 12)
	for _, link := range links {
		assert.Equal(t, "authentic", client.Check(t.Context(), link[1],
			issuertest.Persona(t, "mario").CF).Authenticity.String())
	}
}

func TestPhone(t *testing.T) {
	s := newSite(t)
	assert.Contains(t, text(s.get("/dev/phone")), "Nessun messaggio")
	s.sms("+393510000101", "123456 e' il codice")
	s.sms("+393510000103", "654321 e' il <b>codice</b>")
	all := text(s.get("/dev/phone"))
	assert.Contains(t, all, "+393510000101 · Mario Rossi 27 novembre 2026, 10:00 123456 e' il codice")
	assert.Contains(t, all, "+393510000103 · Giulia Bianchi, Luca Bianchi, Anna Neri")
	assert.Contains(t, all, "654321 e' il <b>codice</b>")
	assert.Less(t, strings.Index(all, "654321"), strings.Index(all, "123456"), "the newest first")
	one := text(s.get("/dev/phone?persona=mario"))
	assert.Contains(t, one, "123456")
	assert.NotContains(t, one, "654321")
}

func TestMail(t *testing.T) {
	s := newSite(t)
	assert.Contains(t, text(s.get("/dev/mail")), "Nessuna lettera")
	require.NoError(t, dev.Mailbox{Outbox: s.outbox}.Send(t.Context(),
		mail.Message{To: "mario.rossi@example.it", Subject: "Il suo QR",
			Text: "Buongiorno,\n\neccolo.", Attachment: mail.Attachment{Name: "qr è.pdf",
				ContentType: "application/pdf", Data: []byte("%PDF")}}))
	s.sms("+393510000101", "123456 e' il codice")
	body := s.get("/dev/mail")
	assert.Contains(t, text(body), "Il suo QR mario.rossi@example.it · Mario Rossi")
	assert.NotContains(t, body, "123456")
	link := regexp.MustCompile(`/dev/mail/\d+/file`).FindString(body)
	answer, err := http.Get(s.server.URL + link)
	require.NoError(t, err)
	assert.Equal(t, "application/pdf", answer.Header.Get("Content-Type"))
	assert.Contains(t, answer.Header.Get("Content-Disposition"), "attachment")
	assert.Equal(t, "%PDF", s.read(answer, nil))
	for _, none := range []string{"/dev/mail/0/file", "/dev/mail/2/file", "/dev/mail/x/file"} {
		answer, err := http.Get(s.server.URL + none)
		require.NoError(t, err)
		answer.Body.Close()
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, none)
	}
}

// The answer for a paper changes as soon as a new verbale is recorded.
func TestRegistry(t *testing.T) {
	s := newSite(t)
	assert.Contains(t, text(s.get("/dev/registry")),
		"Mario Rossi Invalido civile al 74 %. Che cosa dice ora il QR Confermato")
	emit := func(persona, act string) string {
		t.Helper()
		s.Clock.Advance(time.Second)
		return text(s.read(http.PostForm(s.server.URL+"/dev/registry",
			url.Values{"persona": {persona}, "act": {act}})))
	}
	after := func(body string) string {
		_, rest, _ := strings.Cut(body, "con lo stesso QR")
		rest, _, _ = strings.Cut(rest, "Il QR non cambia")
		return rest
	}
	body := emit("mario", "law_104")
	assert.NotContains(t, strings.Split(body, "con lo stesso QR")[0], "legge 104/1992")
	assert.Contains(t, after(body), "legge 104/1992")
	assert.Contains(t, after(emit("mario", "worse")), "accompagnamento")
	assert.Contains(t, after(emit("mario", "suspend")), "legge 104/1992")
	assert.NotContains(t, after(emit("mario", "none")), "accompagnamento",
		"of two on one day the later one counts")
	assert.Contains(t, after(emit("carlo", "blind")), "Confermato")
	assert.Contains(t, after(emit("marco", "better")), "Invalido civile")
	assert.NotContains(t, emit("mario", "invented"), "Fatto:")
	assert.Contains(t, emit("nobody", "law_104"), "Mario Rossi")
	events, err := s.Registry.Events(t.Context(), issuertest.Persona(t, "mario").CF)
	require.NoError(t, err)
	assert.Len(t, events, 7, "the correction of the suspension is kept too")
}

// Every persona can have any event after any other one of the same day, and the service always has an
// answer.
func TestEveryAct(t *testing.T) {
	s := newSite(t)
	body := s.get("/dev/registry")
	acts := regexp.MustCompile(`<option value="([a-z0-9_]+)">`).FindAllStringSubmatch(
		body[strings.Index(body, `name="act"`):], -1)
	require.Len(t, acts, 8)
	for _, who := range demo.Personas() {
		if len(who.Verbali) == 0 {
			continue
		}
		for n := range 2 * len(acts) {
			act := acts[n*3%len(acts)]
			s.read(http.PostForm(s.server.URL+"/dev/registry",
				url.Values{"persona": {who.ID}, "act": {act[1]}}))
			s.Clock.Advance(time.Minute) // the service limits the number of calls
			got, err := status.Lookup(t.Context(), s.Registry, who.CF, 20261127)
			assert.NotErrorIs(t, err, status.ErrUnavailable, who.ID+" "+act[1])
			if act[1] == "revoke" {
				assert.Equal(t, status.StateRevoked, got.In(status.CivilInvalidity).State, who.ID)
			}
			for _, d := range got.Domains() {
				assert.NotEqual(t, status.StateUndecided, d.State, "%s %s: %s", who.ID, act[1], d.Domain)
			}
		}
	}
}

func TestLive(t *testing.T) {
	s := newSite(t)
	s.sms("+393510000101", "111111 e' il codice")
	body := s.get("/dev/phone")
	address := html.UnescapeString(regexp.MustCompile(`data-live="([^"]+)"`).FindStringSubmatch(body)[1])
	answer, err := http.Get(s.server.URL + address)
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, "text/event-stream", answer.Header.Get("Content-Type"))
	lines := bufio.NewScanner(answer.Body)
	require.True(t, lines.Scan())
	assert.Equal(t, "retry: 2000", lines.Text())
	s.sms("+393510000101", "222222 e' il codice")
	var got []string
	for len(got) < 3 && lines.Scan() {
		if lines.Text() != "" && lines.Text()[0] != ':' {
			got = append(got, lines.Text())
		}
	}
	assert.Equal(t, []string{"id: 2", "event: news", "data: 2"}, got, "and nothing of the message")
	close(s.done)
	for lines.Scan() {
	}
	assert.NoError(t, lines.Err(), "ended by the server's end")
}

func TestLiveIsBounded(t *testing.T) {
	s := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := func() int {
		r, err := http.NewRequestWithContext(ctx, "GET", s.server.URL+"/dev/mail/live", nil)
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		t.Cleanup(func() { answer.Body.Close() })
		return answer.StatusCode
	}
	for range 32 {
		require.Equal(t, http.StatusOK, open())
	}
	assert.Equal(t, http.StatusServiceUnavailable, open())
}

// The outbox is shared by all processes, deletes the oldest messages, and runs on both databases.
func TestOutbox(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		db := databasetest.Open(t, dsn)
		outbox := dev.Outbox{DB: db, Now: time.Now}
		require.NoError(t, outbox.Migrate(t.Context()))
		require.NoError(t, outbox.Migrate(t.Context()))
		for range 210 {
			require.NoError(t, dev.Mailbox{Outbox: outbox}.Send(t.Context(),
				mail.Message{To: "a@example.it", Attachment: mail.Attachment{Data: []byte{1}}}))
		}
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM dev_message").Scan(&n))
		assert.Equal(t, 200, n)
		require.NoError(t, db.Close())
		assert.ErrorIs(t, dev.Mailbox{Outbox: outbox}.Send(t.Context(), mail.Message{}), mail.ErrUnavailable)
		_, err := dev.Phones{Outbox: outbox}.Send(t.Context(), otptest.Message())
		assert.Equal(t, otp.ClassAmbiguous, otp.ClassOf(err))
	})
}

func TestLanguages(t *testing.T) {
	s := newSite(t)
	s.sms("+393510000101", "123456 e' il codice")
	for _, lang := range web.Languages() {
		for _, path := range []string{"/dev/", "/dev/phone", "/dev/mail", "/dev/registry"} {
			body := s.get(path + "?lang=" + lang)
			assert.Contains(t, body, `<html lang="`+lang+`">`)
			assert.NotContains(t, body, "%!")
			assert.NotContains(t, body, "ZgotmplZ")
		}
	}
	texts := dev.Texts()
	for _, kind := range status.Kinds() {
		_, ok := texts.Say("it", "dev.kind."+string(kind))
		assert.True(t, ok, kind)
	}
}
