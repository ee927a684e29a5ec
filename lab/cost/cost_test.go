package cost

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const issuerName = "https://qr.example.it"

func newIssuer(tb testing.TB) (*token.Signer, codicefiscale.Code) {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	reference, err := token.NewReferenceKey(1, make([]byte, 32))
	require.NoError(tb, err)
	key, err := token.NewSigningKey(tb.Context(), issuerName, private)
	require.NoError(tb, err)
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(tb, err)
	return &token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{reference}}, person
}

func sign(tb testing.TB, i *token.Signer, person codicefiscale.Code) string {
	jws, _, err := i.Issue(tb.Context(), person)
	require.NoError(tb, err)
	text, err := token.QRText(issuerName+"/q", jws)
	require.NoError(tb, err)
	return text
}

func symbol(tb testing.TB) *qrpdf.Symbol {
	tb.Helper()
	issuer, person := newIssuer(tb)
	s, err := qrpdf.Encoder{}.Encode(sign(tb, issuer, person))
	require.NoError(tb, err)
	return s
}

// The two documents show the same words and a symbol that reads as the same text.
func TestSamePage(t *testing.T) {
	for _, name := range []string{"pdftoppm", "pdftotext"} {
		if _, err := exec.LookPath(name); err != nil {
			require.NotEqual(t, "true", os.Getenv("CI"), "%s is not installed", name)
			t.Skip(name + " is not installed")
		}
	}
	s := symbol(t)
	words := func(name string, write func(io.Writer, *qrpdf.Symbol) error) []string {
		var b bytes.Buffer
		require.NoError(t, write(&b, s))
		picture, err := lint.Draw(t.Context(), b.Bytes(), 1, 150)
		require.NoError(t, err)
		text, err := scan.ReadGray(t.Context(), picture)
		require.NoError(t, err)
		assert.Equal(t, s.Text(), text, name)
		file := filepath.Join(t.TempDir(), "page.pdf")
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
		out, err := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", file, "-").Output()
		require.NoError(t, err)
		return slices.Sorted(slices.Values(strings.Fields(string(out))))
	}
	assert.Equal(t, words("ours", sheet().Write), words("gopdf", newLibrary(t).write))
}

// batch is how often a round calls what it measures.
const batch = 10

// spent is the processor time of this process, which other processes on the machine do not change much.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// round calls a function batch times. It returns the processor time, and the bytes and the number of
// allocations.
func round(b *testing.B, call func() error) (took time.Duration, size, number uint64) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := spent(b)
	for range batch {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
	took = spent(b) - start
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs
}

// compare measures a function and a baseline in turn. It reports time and memory of a call of the function,
// and the medians of its ratios to the baseline: of the time as unit, of the bytes as unit-bytes.
func compare(b *testing.B, unit string, call, baseline func() error) {
	b.Helper()
	round(b, call) // what is made once
	round(b, baseline)
	var times, sizes []float64
	var total time.Duration
	var allocated, allocations uint64
	for b.Loop() {
		baseTime, baseSize, _ := round(b, baseline)
		callTime, callSize, number := round(b, call)
		times = append(times, float64(callTime)/float64(baseTime))
		sizes = append(sizes, float64(callSize)/float64(baseSize))
		total += callTime
		allocated += callSize
		allocations += number
	}
	slices.Sort(times)
	slices.Sort(sizes)
	rounds := len(times)
	b.ReportMetric(float64(total.Nanoseconds())/float64(batch*rounds), "ns/op")
	b.ReportMetric(float64(allocated)/float64(batch*rounds), "B/op")
	b.ReportMetric(float64(allocations)/float64(batch*rounds), "allocs/op")
	b.ReportMetric(times[rounds/2], unit)
	b.ReportMetric(sizes[rounds/2], unit+"-bytes")
}

// BenchmarkPage compares the page of qrpdf with that of gopdf, the fastest and leanest general library that
// was found.
func BenchmarkPage(b *testing.B) {
	s, ours, other := symbol(b), sheet(), newLibrary(b)
	compare(b, "x-gopdf", func() error { return ours.Write(io.Discard, s) },
		func() error { return other.write(io.Discard, s) })
}

// BenchmarkIssue makes a file from a codice fiscale on one core, and compares it with the one step that
// cannot be left out: a signature by the standard library. It also reports the processor time of each stage.
func BenchmarkIssue(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	issuer, person := newIssuer(b)
	d := sheet()
	var stages [3]time.Duration
	documents := 0
	issue := func() error {
		start := spent(b)
		text := sign(b, issuer, person)
		signed := spent(b)
		s, err := qrpdf.Encoder{}.Encode(text)
		encoded := spent(b)
		if err == nil {
			err = d.Write(io.Discard, s)
		}
		for i, took := range [...]time.Duration{signed - start, encoded - signed, spent(b) - encoded} {
			stages[i] += took
		}
		documents++
		return err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(b, err)
	raw := func() error {
		digest := sha256.Sum256([]byte(issuerName))
		_, err := ecdsa.SignASN1(rand.Reader, private, digest[:])
		return err
	}
	compare(b, "x-ES256", issue, raw)
	for i, name := range [...]string{"sign", "QR", "PDF"} {
		b.ReportMetric(float64(stages[i].Microseconds())/float64(documents), name+"-µs")
	}
	b.ReportMetric(float64(documents)/(stages[0]+stages[1]+stages[2]).Seconds(), "documents/s")
}

// qrpdf allocates at most a tenth of what the library does. Times depend on the machine and are only
// measured.
func TestAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector empties the pools that keep compressors")
	}
	s, ours, other := symbol(t), sheet(), newLibrary(t)
	allocated := func(write func(io.Writer, *qrpdf.Symbol) error) uint64 {
		require.NoError(t, write(io.Discard, s)) // what is made once
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 20 {
			require.NoError(t, write(io.Discard, s))
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	assert.Less(t, allocated(ours.Write), allocated(other.write)/10)
}
