package service_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

// BenchmarkFirstLevel compares checks on one core with a bare handler, which decodes the same JSON, makes one
// ECDSA verification and answers. It calls the two in turn. of-bare is the median of the bare handler's time
// divided by the service's time, that is, the service's share of the bare handler's calls per second. The
// service also signs a receipt, which costs nearly half a verification. Over a server of net/http, of-bare
// must be at least 0.6; "handler" measures both without a server.
func BenchmarkFirstLevel(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	handler, text := benched(b)
	b.Run("request", func(b *testing.B) { versus(b, request(b, bare(), text), request(b, handler, text)) })
	b.Run("handler", func(b *testing.B) { versus(b, direct(bare(), text), direct(handler, text)) })
}

// call makes one call and returns its duration.
type call func() time.Duration

// versus makes the two calls in turn. It reports the figures of the service, and the ratio.
func versus(b *testing.B, bare, ours call) {
	var times []time.Duration
	var ratios []float64
	for b.Loop() {
		theirs := bare()
		times = append(times, ours())
		ratios = append(ratios, float64(theirs)/float64(times[len(times)-1]))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "of-bare")
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "ns/op")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const calls = 50
	for range calls {
		ours()
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/calls, "allocs/op")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/calls, "B/op")
}

// benched returns the handler of an issuer without limits, and the body of a request that it confirms.
func benched(b *testing.B) (http.Handler, string) {
	b.Helper()
	w := newWorld(b, func(w *world) {
		w.Config.Limiter, w.Config.Log = unlimited{}, slog.New(slog.DiscardHandler)
	})
	return must(service.New(w.Config)).Handler(), body("qr", w.paper(b, person), "codice_fiscale", person)
}

func bare() http.Handler {
	key := servicetest.Key(7)
	digest := sha256.Sum256([]byte("x"))
	signature := must(ecdsa.SignASN1(nil, key, digest[:]))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q api.FirstLevelRequest
		text, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(text, &q) != nil ||
			!ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		fmt.Fprint(w, "{}")
	})
}

// direct returns a call of the handler without a server.
func direct(handler http.Handler, text string) call {
	return func() time.Duration {
		r := httptest.NewRequest(http.MethodPost, api.PathFirstLevel, strings.NewReader(text))
		r.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		began := time.Now()
		handler.ServeHTTP(recorder, r)
		took := time.Since(began)
		if recorder.Code != http.StatusOK {
			panic(recorder.Body.String())
		}
		return took
	}
}

// request returns a call over one connection to a server. It does without http.Client, to measure the server
// alone.
func request(b *testing.B, handler http.Handler, text string) call {
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() { conn.Close() })
	head := "POST " + api.PathFirstLevel + " HTTP/1.1\r\nHost: qr.example.it\r\n" +
		"Content-Type: application/json\r\nAccept: application/json\r\n"
	whole := []byte(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(text), text))
	in := bufio.NewReader(conn)
	return func() time.Duration {
		began := time.Now()
		if _, err := conn.Write(whole); err != nil {
			panic(err)
		}
		status, length := must(in.ReadString('\n')), 0
		for {
			line := must(in.ReadSlice('\n'))
			if len(line) == len("\r\n") {
				break
			}
			if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				length = must(strconv.Atoi(string(bytes.TrimSpace(n))))
			}
		}
		must(in.Discard(length))
		took := time.Since(began)
		if !strings.HasPrefix(status, "HTTP/1.1 200 ") || length == 0 {
			panic(status)
		}
		return took
	}
}
