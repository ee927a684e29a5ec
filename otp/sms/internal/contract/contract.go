// Package contract runs a provider's own OpenAPI document as a server (Prism, npm package
// @stoplight/prism-cli), so that tests send requests to a description that this project did
// not write.
package contract

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Prism starts Prism on the document name in the folder ATTESTA_CONTRACTS and returns the
// server's address. The environment variable ATTESTA_PRISM is the path of the executable (not
// npx, whose child outlives it). Without the folder the test is skipped; without Prism it is
// skipped unless CI is true.
func Prism(t *testing.T, name string) string {
	t.Helper()
	folder, prism := os.Getenv("ATTESTA_CONTRACTS"), os.Getenv("ATTESTA_PRISM")
	if folder == "" {
		t.Skip("ATTESTA_CONTRACTS is not set")
	}
	if prism == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ATTESTA_PRISM is not set")
		}
		t.Skip("ATTESTA_PRISM is not set")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	l.Close()

	var log output
	run := exec.Command(prism, "mock", "--host", "127.0.0.1", "--port", port, filepath.Join(folder, name))
	run.Stdout, run.Stderr = &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- run.Wait() }()
	t.Cleanup(func() {
		run.Process.Kill()
		<-exited
		if t.Failed() {
			t.Logf("prism: %s", log.String())
		}
	})
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return "http://" + address
		}
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("prism ended: %v %s", err, log.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("prism does not listen")
	return ""
}

type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A Recorder is a transport that keeps the last answer of a server and may change requests.
type Recorder struct {
	// Change changes each request; it may be nil.
	Change func(*http.Request)
	// Status is that of the last answer, and Violations are the places where Prism found the
	// request wrong.
	Status     int
	Violations []string
}

// RoundTrip implements [http.RoundTripper].
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.Change != nil {
		req = req.Clone(req.Context())
		r.Change(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	r.Status, r.Violations = resp.StatusCode, nil
	if resp.Header.Get("Content-Type") != "application/problem+json" {
		return resp, nil
	}
	var problem struct {
		Validation []struct {
			Location []string `json:"location"`
		} `json:"validation"`
	}
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		return nil, err
	}
	resp.Body.Close()
	resp.Body = reader{bytes.NewReader(body.Bytes())}
	json.Unmarshal(body.Bytes(), &problem)
	for _, v := range problem.Validation {
		r.Violations = append(r.Violations, v.Location[len(v.Location)-1])
	}
	return resp, nil
}

// Form returns a change of a request whose body is a form.
func Form(t *testing.T, change func(url.Values)) func(*http.Request) {
	return func(r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		values, err := url.ParseQuery(string(b))
		if err != nil {
			t.Error(err)
		}
		change(values)
		body := values.Encode()
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

type reader struct{ *bytes.Reader }

func (reader) Close() error { return nil }
