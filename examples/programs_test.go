// Package examples_test runs the short programs that the pages under docs quote.
package examples_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// build builds the program in a folder and returns its path.
func build(t *testing.T, folder string) string {
	t.Helper()
	// go test caches a result by the files that the test itself reads, and go build is another process.
	_, err := os.ReadFile(filepath.Join(folder, "main.go"))
	require.NoError(t, err)
	binary := filepath.Join(t.TempDir(), folder+".exe")
	out, err := exec.Command("go", "build", "-o", binary, "./"+folder).CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// said is what a program writes.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// start runs a program that listens at an address until the test ends.
func start(t *testing.T, binary string, args ...string) string {
	t.Helper()
	return startAndListen(t, new(said), binary, args...)
}

// startAndListen is start, and keeps what the program writes.
func startAndListen(t *testing.T, output *said, binary string, args ...string) string {
	t.Helper()
	address, err := servers.FreeAddr()
	require.NoError(t, err)
	command := exec.Command(binary, append([]string{address}, args...)...)
	command.Stdout, command.Stderr = output, output
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			t.Log(output.String())
		}
	})
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, time.Minute, 20*time.Millisecond)
	return "http://" + address
}

// paper has the issuer print a paper and returns the text of its QR, which is also a link in the PDF.
func paper(t *testing.T, issuer string) string {
	t.Helper()
	return sheet(t, issuer, "qr.pdf")
}

func sheet(t *testing.T, issuer, file string) string {
	t.Helper()
	answer, err := http.Post(issuer+"/my/"+file, "", nil)
	require.NoError(t, err)
	defer answer.Body.Close()
	pdf, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	link := regexp.MustCompile(`\((https://qr\.example\.it/q#[A-Za-z0-9._-]+)\)`).FindSubmatch(pdf)
	require.NotNil(t, link, "the PDF has no link with the text of the QR")
	return string(link[1])
}

const (
	person      = "RSSMRA80A01H501U"
	otherPerson = "RSSMRA77L18H501W"
	misspelled  = "RSSMRA80A01H501X"
	foreign     = "https://example.org/menu"
)

func TestDeskAnswers(t *testing.T) {
	issuer := start(t, build(t, "issue"), filepath.Join(t.TempDir(), "keys"))
	desk := start(t, build(t, "desk"), issuer, t.TempDir())
	qr := paper(t, issuer)
	answer, err := http.Get(desk)
	require.NoError(t, err)
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, answer.Body.Close())
	require.NoError(t, err)
	assert.Contains(t, string(text), `name="codice_fiscale"`)
	for _, test := range []struct{ qr, cf, want string }{
		{qr, person, "free ticket; receipt: eyJ"},
		{qr, otherPerson, "full price: cf_mismatch"},
		{foreign, person, "cannot tell: not_ours"},
		{qr, misspelled, "type the codice fiscale again"},
	} {
		answer, err := http.PostForm(desk+"/ticket", url.Values{"qr": {test.qr}, "codice_fiscale": {test.cf}})
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, answer.Body.Close())
		require.NoError(t, err)
		assert.Contains(t, string(text), test.want)
	}
}

// The person reports a loss and gets a new paper by one request. The desk says no to the lost one at once and
// yes to the new one, whatever fraction of a second the clock shows.
func TestDeskAnswersAfterLosses(t *testing.T) {
	issuer := start(t, build(t, "issue"), filepath.Join(t.TempDir(), "keys"))
	desk := start(t, build(t, "desk"), issuer, t.TempDir())
	ticket := func(qr string) string {
		answer, err := http.PostForm(desk+"/ticket", url.Values{"qr": {qr}, "codice_fiscale": {person}})
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, answer.Body.Close())
		require.NoError(t, err)
		return string(text)
	}
	lost := paper(t, issuer)
	for range 5 {
		fresh := sheet(t, issuer, "new-qr.pdf")
		assert.Contains(t, ticket(lost), "full price: void")
		assert.Contains(t, ticket(fresh), "free ticket")
		assert.Contains(t, ticket(paper(t, issuer)), "free ticket", "a copy of the new one")
		lost = fresh
	}
}

// The address in the QR opens a page that answers, in a program that mounts it in a few lines.
func TestPageAnswers(t *testing.T) {
	issuer := start(t, build(t, "issue"), filepath.Join(t.TempDir(), "keys"))
	program := start(t, build(t, "page"), issuer, t.TempDir())
	qr := paper(t, issuer)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	read := func(answer *http.Response, err error) string {
		require.NoError(t, err)
		text, err := io.ReadAll(answer.Body)
		require.NoError(t, answer.Body.Close())
		require.NoError(t, err)
		return string(text)
	}
	form := read(http.Get(program + "/q"))
	assert.Contains(t, form, `action="/q"`)
	style := regexp.MustCompile(`href="(/q/assets/[^"]+/site\.css)"`).FindStringSubmatch(form)
	require.NotNil(t, style)
	assert.Contains(t, read(http.Get(program+style[1])), ".answer")
	for _, test := range []struct{ qr, cf, want string }{
		{qr, person, "answer-yes"},
		{qr, otherPerson, "answer-no"},
		{foreign, person, "answer-unknown"},
		{qr, misspelled, "ultima lettera"},
	} {
		text := read(browser.PostForm(program+"/q", url.Values{"qr": {test.qr}, "cf": {test.cf}}))
		assert.Contains(t, text, test.want)
		assert.NotContains(t, text, person, "nothing of the person is in clear")
	}
}

// The person approves by the code of the message, and the operator sees the judgement, once.
func TestConsentAnswers(t *testing.T) {
	keys, messages := filepath.Join(t.TempDir(), "keys"), new(said)
	qr := paper(t, start(t, build(t, "issue"), keys))
	issuer := startAndListen(t, messages, build(t, "consent"), keys)
	published, err := jwks.Fetch(t.Context(), issuer+jwks.Path, "https://qr.example.it")
	require.NoError(t, err)
	anchor := verifier.TrustAnchor{Name: "https://qr.example.it", Address: issuer, Keys: published}
	desk, err := verifier.New(anchor)
	require.NoError(t, err)
	cf, err := codicefiscale.Parse(person)
	require.NoError(t, err)
	request := verifier.SecondLevelRequest{Purpose: "ticket", Scope: api.ScopeDetail}
	_, report := desk.RequestSecondLevel(t.Context(), qr, cf, request)
	require.NotNil(t, report.Problem)
	assert.Equal(t, api.Unauthenticated, report.Problem.Code)
	desk.Authorize = func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer of-anna")
		return nil
	}
	challenge, report := desk.RequestSecondLevel(t.Context(), qr, cf, request)
	require.NotNil(t, challenge, report.Err)
	var code string
	require.Eventually(t, func() bool { // what the program printed may come after its answer
		code = regexp.MustCompile(`\d{6}`).FindString(messages.String())
		return code != ""
	}, time.Minute, 20*time.Millisecond)
	answer := verifier.SecondLevelAnswer{Challenge: challenge.ID, Code: code, Scope: api.ScopeDetail}
	report = desk.Answer(t.Context(), qr, cf, answer)
	require.Equal(t, api.Confirmed, report.Verdict, report.Err)
	assert.Equal(t, 100, report.Disclosed.Details[0].Percent)
	receipt, err := desk.VerifyReceipt(t.Context(), report.Receipt)
	require.NoError(t, err)
	assert.Equal(t, "City Museum", receipt.Organisation)
	assert.Equal(t, api.ChallengeUsed, desk.Answer(t.Context(), qr, cf, answer).Problem.Code)
}

func TestCheckAnswers(t *testing.T) {
	issuer := start(t, build(t, "issue"), filepath.Join(t.TempDir(), "keys"))
	program, keys := build(t, "check"), t.TempDir()
	qr := paper(t, issuer)
	const authentic = "the paper is authentic; the person: "
	for _, test := range []struct {
		name, qr, cf, folder, want string
		offline                    bool
		code                       int
	}{
		{"nothing saved", qr, person, t.TempDir(), "cannot_tell; the person: cannot_tell keys_stale", true,
			2},
		{"the person", qr, person, keys, authentic + "confirmed", false, 0}, // saves the keys
		{"another person", qr, otherPerson, keys, authentic + "not_confirmed cf_mismatch", false, 1},
		{"a foreign QR", foreign, person, keys, "cannot_tell not_ours", false, 2},
		{"a malformed codice fiscale", qr, misspelled, keys, "usage:", false, 3},
		{"the paper alone", qr, person, keys, authentic + "cannot_tell", true, 0},
		{"a foreign QR alone", foreign, person, keys, "cannot_tell not_ours", true, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := []string{issuer, test.folder}
			if test.offline {
				args = []string{"-offline", "http://127.0.0.1:1", test.folder} // nobody answers there
			}
			command := exec.Command(program, args...)
			command.Stdin = bytes.NewReader([]byte(test.cf + "\n" + test.qr + "\n"))
			out, err := command.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				require.NoError(t, err)
			}
			assert.Equal(t, test.code, command.ProcessState.ExitCode(), string(out))
			assert.Contains(t, string(out), test.want)
		})
	}
}
