package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// line holds the fields of a JSON line that the tests read.
type line struct{ File, Authenticity, Verdict, Code, Reason, Receipt string }

func lines(t *testing.T, text string) []line {
	t.Helper()
	var list []line
	for in := json.NewDecoder(strings.NewReader(text)); in.More(); {
		var l line
		require.NoError(t, in.Decode(&l))
		list = append(list, l)
	}
	return list
}

// folder makes a folder with files of every kind and returns the code expected for each.
func folder(t *testing.T, w *world) (string, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	torn := w.jws(t)
	good, old := w.text(t, time.Now(), false), w.text(t, time.Now().AddDate(-6, 0, 0), false)
	files := map[string]struct {
		data []byte
		code string
	}{
		"a.pdf":            {pdfOf(t, good), ""},
		"b.png":            {pngOf(t, good), ""},
		"c.txt":            {[]byte(good), ""},
		"expired.pdf":      {pdfOf(t, old), "expired"},
		"empty":            {nil, "unreadable"},
		"noise.jpg":        {noise(100_000), "unreadable"},
		"torn.png":         {pngOf(t, good)[:400], "unreadable"},
		"menu.txt":         {[]byte("https://example.org/menu"), "not_ours"},
		"below/d.pdf":      {pdfOf(t, good), ""},
		"below/too/e.txt":  {[]byte(torn[:len(torn)-20]), "shape"},
		"below/.hidden":    {[]byte(good), "-"},
		".git/config":      {[]byte(good), "-"},
		"zz\nline, \"q\"é": {[]byte(good), ""},
	}
	want := map[string]string{}
	for name, f := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, f.data, 0o600))
		if f.code != "-" {
			want[path] = f.code
		}
	}
	pipe(t, filepath.Join(dir, "pipe"))
	require.NoError(t, os.Symlink("a.pdf", filepath.Join(dir, "link.pdf")))
	return dir, want
}

func TestBatchOffline(t *testing.T) {
	w := newWorld(t, nil)
	dir, want := folder(t, w)
	code, out, errs := w.command(t, nil, "check", "-offline", "-json", dir)
	assert.Equal(t, 1, code, "one is expired")
	got := map[string]string{}
	var names []string
	for _, l := range lines(t, out) {
		got[l.File] = l.Code
		names = append(names, l.File)
		assert.NotEqual(t, "confirmed", l.Verdict)
		assert.Equal(t, l.Code == "unreadable", l.Reason != "", l.File)
	}
	assert.Equal(t, want, got)
	assert.IsIncreasing(t, names, "in the order of the names, however many are looked at a time")
	for _, text := range []string{"Files: 11 (", "NOT A YES: status not checked: 5\n",
		"Not confirmed: 2 (expired 1, shape 1)", "Cannot tell: 4 (unreadable 3, not_ours 1)"} {
		assert.Contains(t, errs, text, "the summary stands apart from the lines")
	}

	code, out, errs = w.command(t, nil, "check", "-offline", "-lang", "it", filepath.Join(dir, "a.pdf"),
		filepath.Join(dir, "menu.txt"))
	assert.Equal(t, 2, code)
	assert.Empty(t, errs)
	assert.Contains(t, out, `NON È UN SÌ: condizione non verificata  "`+filepath.Join(dir, "a.pdf")+"\"\n")
	assert.Contains(t, out, "NON SI PUÒ DIRE: Un altro QR [not_ours]  ")
	assert.NotContains(t, out, "\x1b", "no bar where there is no terminal")

	code, _, errs = w.command(t, nil, "check", "-offline", dir, filepath.Join(dir, "none"))
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "no such file")
}

func TestBatchOnline(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	list := filepath.Join(t.TempDir(), "list.csv")
	var rows strings.Builder
	for n, person := range []string{mario, mario, anna, nobody, luigi} {
		text, err := os.ReadFile(w.paper(t, person, time.Duration(n)*time.Minute))
		require.NoError(t, err)
		name := fmt.Sprintf("%d.txt", n)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
		if n == 1 {
			name = filepath.Join(dir, name) // either name will do
		}
		if n == 4 {
			person = mario // another one's paper
		}
		fmt.Fprintf(&rows, "%s,%s\n", name, person)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "5.txt"), []byte(w.text(t, time.Now(), false)), 0o600))
	require.NoError(t, os.WriteFile(list, []byte(rows.String()), 0o600))
	code, out, errs := w.command(t, nil, "check", "-json", "-cf-list", list, dir)
	assert.Equal(t, 1, code, errs)
	var got []string
	for _, l := range lines(t, out) {
		got = append(got, l.Verdict+" "+l.Code)
		assert.Equal(t, l.Code != "unreadable", l.Receipt != "", l.File)
	}
	assert.Equal(t, []string{"confirmed ", "confirmed ", "cannot_tell class_not_held",
		"cannot_tell no_status_here", "not_confirmed cf_mismatch", "cannot_tell unreadable"}, got)
	assert.Contains(t, out, "not in the list")
	assert.NotContains(t, out+errs, "RSSMRA")

	for text, want := range map[string]string{
		"a.pdf\n": "line 1",
		"a.pdf," + mario + "\nb.pdf,RSSMRA80A01H501X\n": "line 2: malformed codice fiscale",
		"a.pdf," + mario + "\na.pdf," + mario:           "line 2: the file is in the list already",
	} {
		require.NoError(t, os.WriteFile(list, []byte(text), 0o600))
		code, out, errs = w.command(t, nil, "check", "-cf-list", list, dir)
		assert.Equal(t, 3, code)
		assert.Contains(t, errs, want)
		assert.NotContains(t, out+errs, "RSSMRA")
	}
}

// If the issuer asks to wait, the run waits and asks again, and no file is lost.
func TestBatchWaitsWhereTheIssuerAsksTo(t *testing.T) {
	w := newWorld(t, nil)
	target, err := url.Parse(w.server.URL)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	var calls atomic.Int32
	limited := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if calls.Add(1) != 2 {
			proxy.ServeHTTP(rw, r)
			return
		}
		rw.Header().Set("Content-Type", api.ContentTypeProblem)
		rw.Header().Set("Retry-After", "1")
		rw.WriteHeader(http.StatusTooManyRequests)
		assert.NoError(t, json.NewEncoder(rw).Encode(api.NewProblem(api.RateLimited)))
	}))
	defer limited.Close()
	dir := t.TempDir()
	for n := range 6 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(n)),
			[]byte(w.text(t, time.Now(), false)), 0o600))
	}
	code, out, errs := w.command(t, nil, "check", "-issuer", limited.URL, "-cf", mario, dir)
	assert.Equal(t, 0, code, out)
	assert.Contains(t, out, "Confirmed: 6\n")
	assert.Equal(t, "Time to wait: 1s\n", errs)
	assert.EqualValues(t, 7, calls.Load())
}

// The limit of one document makes no other wait.
func TestBatchLimitedDocument(t *testing.T) {
	w := newWorld(t, nil)
	limited := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		problem := api.NewProblem(api.RateLimited)
		problem.Limit = api.LimitDocument
		rw.Header().Set("Content-Type", api.ContentTypeProblem)
		rw.Header().Set("Retry-After", "60")
		rw.WriteHeader(http.StatusTooManyRequests)
		assert.NoError(t, json.NewEncoder(rw).Encode(problem))
	}))
	defer limited.Close()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "0"), []byte(w.text(t, time.Now(), false)), 0o600))
	code, out, errs := w.command(t, nil, "check", "-issuer", limited.URL, "-cf", mario, dir)
	assert.Equal(t, 2, code, out)
	assert.Empty(t, errs)
}

func TestResume(t *testing.T) {
	w := newWorld(t, nil)
	dir, want := folder(t, w)
	record := filepath.Join(t.TempDir(), "results.jsonl")
	_, first, _ := w.command(t, nil, "check", "-offline", "-json", dir)
	all := strings.SplitAfter(first, "\n")

	// Two complete lines, one for which the issuer could not be asked, and an unfinished one.
	asked := strings.Replace(all[2], `"verdict":"cannot_tell"`,
		`"verdict":"cannot_tell","code":"unavailable"`, 1)
	require.NoError(t, os.WriteFile(record, []byte(all[0]+all[1]+asked+all[3][:50]), 0o600))
	code, out, errs := w.command(t, nil, "check", "-offline", "-json", "-resume", record, dir)
	assert.Equal(t, 1, code)
	assert.Len(t, lines(t, out), len(want)-2)
	assert.Contains(t, errs, "Checked before: 2\n")
	assert.Contains(t, errs, "Not confirmed: 2 (expired 1, shape 1)")
	kept, err := os.ReadFile(record)
	require.NoError(t, err)
	got := map[string]string{}
	for _, l := range lines(t, string(kept)) {
		got[l.File] = l.Code
	}
	assert.Equal(t, want, got, "the last line about a file counts")

	code, out, errs = w.command(t, nil, "check", "-offline", "-json", "-resume", record, dir)
	assert.Equal(t, 1, code, "the exit code is that of all files")
	assert.Empty(t, out)
	assert.Contains(t, errs, "Files: 0 (")

	// Another file under a known name is another file, and so is a known one under another name.
	changed := filepath.Join(dir, "a.pdf")
	require.NoError(t, os.WriteFile(changed, []byte("https://example.org/menu"), 0o600))
	require.NoError(t, os.Rename(filepath.Join(dir, "b.png"), filepath.Join(dir, "bb.png")))
	code, out, errs = w.command(t, nil, "check", "-offline", "-json", "-resume", record, dir)
	assert.Equal(t, 1, code)
	again := lines(t, out)
	require.Len(t, again, 2)
	assert.Equal(t, "not_ours", again[0].Code)
	assert.Equal(t, changed, again[0].File)
	assert.Equal(t, filepath.Join(dir, "bb.png"), again[1].File)
	assert.Contains(t, errs, "Checked before: 9\n")
	_, out, _ = w.command(t, nil, "check", "-offline", "-json", "-resume", record, dir)
	assert.Empty(t, out, "the record knows them now")

	for name, text := range map[string]string{
		"a stranger's file": "{\"name\":\"x\"}\n", "no JSON": "hello\n", "no verdict": "{\"file\":\"x\"}\n",
		"a line without end": strings.Repeat("x", maxRecordLine+1),
	} {
		require.NoError(t, os.WriteFile(record, []byte(text), 0o600))
		code, _, errs = w.command(t, nil, "check", "-offline", "-resume", record, dir)
		assert.Equal(t, 3, code, name)
		assert.Contains(t, errs, "line 1", name)
		kept, err = os.ReadFile(record)
		require.NoError(t, err)
		assert.Equal(t, text, string(kept), "it is left as it was")
	}
}

// program returns a command that runs the program in a process of its own.
func program(args ...string) *exec.Cmd {
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), "ATTESTA_RUN_VERIFIER=1")
	return c
}

// A run that is killed again and again checks every file exactly once in the end.
func TestResumeAfterKill(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	const files = 300
	good := []byte(w.text(t, time.Now(), false))
	for n := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.txt", n)), good, 0o600))
	}
	record := filepath.Join(t.TempDir(), "results.jsonl")
	args := []string{"check", "-jwks", w.jwks, "-issuer", w.server.URL, "-cf", mario, "-json", "-resume",
		record, dir}
	for range 3 {
		c := program(args...)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		in := bufio.NewScanner(out)
		in.Buffer(nil, maxRecordLine)
		for range files / 6 {
			require.True(t, in.Scan())
		}
		require.NoError(t, c.Process.Kill())
		_ = c.Wait()
	}
	c := program(args...)
	var errs bytes.Buffer
	c.Stderr = &errs
	require.NoError(t, c.Run(), errs.String())
	assert.Contains(t, errs.String(), fmt.Sprintf("Confirmed: %d\n", files))
	kept, err := os.ReadFile(record)
	require.NoError(t, err)
	seen := map[string]int{}
	for _, l := range lines(t, string(kept)) {
		seen[l.File]++
		assert.Equal(t, "confirmed", l.Verdict)
	}
	assert.Len(t, seen, files)
	for name, n := range seen {
		assert.Equal(t, 1, n, name)
	}
}

// After an interrupt every written line is complete, and the next run does the rest.
func TestInterrupt(t *testing.T) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	for n := range 200 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(n)),
			[]byte(w.text(t, time.Now(), false)), 0o600))
	}
	c := program("check", "-jwks", w.jwks, "-issuer", w.server.URL, "-cf", mario, "-json", dir)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	var errs bytes.Buffer
	c.Stderr = &errs
	require.NoError(t, c.Start())
	in := bufio.NewReader(out)
	text, err := in.ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, c.Process.Signal(os.Interrupt))
	var rest bytes.Buffer
	_, err = rest.ReadFrom(in)
	require.NoError(t, err)
	_ = c.Wait()
	for _, l := range lines(t, text+rest.String()) {
		assert.Equal(t, "confirmed", l.Verdict, "what was cut off is not written")
	}
	assert.Equal(t, 2, c.ProcessState.ExitCode(), errs.String())
	assert.Contains(t, errs.String(), "Interrupted: not every file was checked.")
}

// The bar is drawn only in a terminal.
func TestBarOnATerminal(t *testing.T) {
	path, err := exec.LookPath("script")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no script here")
	}
	require.NoError(t, err)
	w := newWorld(t, nil)
	dir, _ := folder(t, w)
	c := program()
	c.Path, c.Args = path, []string{"script", "-qec", os.Args[0] + " check -offline -jwks " + w.jwks + " " +
		dir, os.DevNull}
	c.Env = append(c.Env, "TERM=xterm")
	out, _ := c.CombinedOutput()
	assert.Contains(t, string(out), "]   9 %  1/11, ")
	assert.Equal(t, 1, c.ProcessState.ExitCode())
	c = program()
	c.Path, c.Args = path, []string{"script", "-qec", os.Args[0] + " check -offline -jwks " + w.jwks + " " +
		dir, os.DevNull}
	c.Env = append(c.Env, "TERM=dumb")
	out, _ = c.CombinedOutput()
	assert.NotContains(t, string(out), "\x1b")
}

func TestWhose(t *testing.T) {
	cf, err := codicefiscale.Parse(mario)
	require.NoError(t, err)
	w := whose{list: map[string]codicefiscale.Code{"a": cf}}
	got, err := w.of("/x/a", "a")
	assert.NoError(t, err)
	assert.Equal(t, cf, got)
	_, err = w.of("/x/b", "b")
	assert.Error(t, err)
	got, err = whose{all: cf}.of("anything")
	assert.NoError(t, err)
	assert.Equal(t, cf, got)
}
