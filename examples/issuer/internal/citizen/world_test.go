package citizen_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/demo"
	"github.com/qr-invalidita/attesta/examples/internal/login"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
	"github.com/qr-invalidita/attesta/examples/internal/session"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/examples/issuer/internal/mail"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

const (
	issuerName = "https://ente.example.it"
	opens      = "http://127.0.0.1:8080/q"
)

// world is the pages, everything they need, and a browser.
type world struct {
	*citizen.Pages
	t       *testing.T
	url     string
	browser *http.Client
	who     login.Identity // the person logged in; zero means nobody
	clock   *otptest.Clock
	phone   *otptest.Recorder
	letters *mailbox
	keys    []token.PublicKey
	people  map[string]demo.Persona
	log     bytes.Buffer
}

// mailbox keeps letters instead of sending them.
type mailbox struct {
	mu   sync.Mutex
	kept []mail.Message
	err  error
}

func (m *mailbox) Send(_ context.Context, letter mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, letter)
	return m.err
}

func (m *mailbox) last() mail.Message {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[len(m.kept)-1]
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// newWorld builds a world. Each of changes may alter the pages before they are mounted.
// site is that of all worlds, since to parse it takes longer than most tests. The world is in the context.
var site = sync.OnceValue(func() *web.Site {
	return must(web.New(web.Config{
		Name: "Ente di prova", Pages: []fs.FS{citizen.Templates()}, Texts: []web.Texts{citizen.Texts()},
		Assets: []fs.FS{citizen.Assets()}, Demo: true,
		Person: func(r *http.Request) string { return r.Context().Value(inWorld{}).(*world).who.Name },
	}))
})

type inWorld struct{}

func newWorld(t *testing.T, changes ...func(*citizen.Pages)) *world {
	t.Helper()
	ctx := t.Context()
	w := &world{t: t, clock: new(otptest.Clock), phone: new(otptest.Recorder), letters: new(mailbox),
		people: map[string]demo.Persona{}}
	w.clock.Advance(300*24*time.Hour + 250*time.Millisecond) // to 11 November 2026
	db, err := database.Open(ctx, filepath.Join(t.TempDir(), "registry.db"))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	reg, err := registry.Open(ctx, db, registry.OneKey(bytes.Repeat([]byte("k"), registry.MinKey)))
	require.NoError(t, err)
	t.Cleanup(func() { reg.Close() })
	reg.Now = w.clock.Now
	require.NoError(t, reg.Seed(ctx, demo.Personas()))
	for _, p := range demo.Personas() {
		w.people[p.ID] = p
	}
	private, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), "ente.example.it/audit")
	require.NoError(t, err)
	accesses := &accesslog.Log{DB: db.DB, Dialect: accesslog.SQLite, Signer: must(note.NewSigner(private)),
		Key: bytes.Repeat([]byte("a"), 32), Now: w.clock.Now}
	require.NoError(t, accesses.Create(ctx))
	store := &session.Store{DB: db, Key: bytes.Repeat([]byte("s"), 32)}
	require.NoError(t, store.Migrate(ctx))
	sessions, err := session.New(store, &url.URL{Scheme: "http", Host: "127.0.0.1"})
	require.NoError(t, err)
	issuer := w.issuer()
	issuer.CutOffs = reg
	config := otptest.Config(w.phone, w.clock)
	codes, err := citizen.NewCodes(config)
	require.NoError(t, err)
	presence, err := citizen.NewPresence(config)
	require.NoError(t, err)
	w.Pages = &citizen.Pages{
		Site:     site(),
		Identity: func(*http.Request) (login.Identity, bool) { return w.who, !w.who.Person.IsZero() },
		Login:    func(back string) string { return "/login?return=" + url.QueryEscape(back) },
		Again: func(who login.Identity, back string) string {
			return "/auth/login?again=1&via=" + who.Method + "&return=" + url.QueryEscape(back)
		},
		SMS: w.phone, ShortName: "ENTE", Sessions: sessions, SignIns: store, Registry: reg,
		Accesses: accesses, AccessKey: public, Benefits: benefit.Default(), Policy: status.PolicyCategories,
		Signer: func(context.Context) (*token.Signer, error) { return issuer, nil },
		Opens:  opens,
		Document: qrpdf.Document{DisplayName: "Ente di prova",
			VoidAt: "http://127.0.0.1:8080/area/qr/lost"},
		Codes: codes, Presence: presence, Consents: must(otp.New(config)), Mail: w.letters,
		Limiter: &otp.MemoryLimiter{Clock: w.clock.Now}, Key: [32]byte{1},
		Now: w.clock.Now,
		Log: logger(&w.log),
	}
	for _, change := range changes {
		change(w.Pages)
	}
	mux := http.NewServeMux()
	w.Register(mux)
	mux.Handle("GET /assets/", w.Site.Assets())
	pages := w.Site.Secure(sessions.LoadAndSave(mux))
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		pages.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), inWorld{}, w)))
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.browser = &http.Client{Jar: must(cookiejar.New(nil)),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return w
}

// issuer makes keys and keeps the public ones.
func (w *world) issuer() *token.Signer {
	folder := token.Folder{Dir: w.t.TempDir(), IssuerName: issuerName, Now: w.clock.Now}
	key := must(folder.AddSigningKey(w.t.Context()))
	w.keys = []token.PublicKey{key.Public()}
	return &token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{must(folder.AddReferenceKey(w.t.Context()))}, Now: w.clock.Now}
}

// login logs a persona in.
func (w *world) login(id string) demo.Persona {
	p := w.people[id]
	w.who = login.Identity{Person: p.CF, Name: p.Given + " " + p.Family, Level: 2, Method: "spid",
		IdentityProvider: "https://idp.example.it", Subject: id, At: w.clock.Now(),
		Proved: w.clock.Now()}
	return p
}

// answer is a response to the browser.
type answer struct {
	*http.Response
	body string
	text string // body with the HTML entities decoded
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	res, err := w.browser.Do(r)
	require.NoError(w.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(w.t, err)
	return answer{res, string(body), html.UnescapeString(string(body))}
}

func (w *world) get(path string) answer {
	w.t.Helper()
	return w.do(must(http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)))
}

var perField = regexp.MustCompile(`name="for" value="([^"]+)"`)

// per returns the reference that the forms of a page send back.
func (w *world) per(page string) string {
	w.t.Helper()
	m := perField.FindStringSubmatch(w.get(page).body)
	require.NotNil(w.t, m, page)
	return m[1]
}

// post submits a form of a page. fields are names and values in turn.
func (w *world) post(page, path string, fields ...string) answer {
	w.t.Helper()
	return w.send(path, append([]string{"for", w.per(page)}, fields...)...)
}

func (w *world) send(path string, fields ...string) answer {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := must(http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path,
		strings.NewReader(form.Encode())))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.do(r)
}

// confirm confirms the number on record.
func (w *world) confirm() {
	w.t.Helper()
	require.Equal(w.t, "/area/qr", w.post("/area/contacts", "/area/contacts/confirm").Header.Get("Location"))
}

// code returns the code of the last message.
func (w *world) code() string { return w.phone.Last().Code.Reveal() }
