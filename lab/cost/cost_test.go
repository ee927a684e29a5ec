package cost

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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
	key, err := token.NewSigningKey(issuerName, private)
	require.NoError(tb, err)
	person, err := codicefiscale.Parse("RSSMRA80A01H501U")
	require.NoError(tb, err)
	return &token.Signer{Keys: []*token.SigningKey{key},
		References: []token.ReferenceKey{token.GenerateReferenceKey(1)}}, person
}

func sign(tb testing.TB, i *token.Signer, person codicefiscale.Code) string {
	jws, _, err := i.Issue(person)
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

// BenchmarkPage compares the page of qrpdf with that of gopdf, the fastest and leanest general library that
// was found. The two run alternately. x-gopdf is the median of the ratios; all other figures are those of
// qrpdf.
func BenchmarkPage(b *testing.B) {
	const pages = 10
	s, ours, other := symbol(b), sheet(), newLibrary(b)
	round := func(write func(io.Writer, *qrpdf.Symbol) error) (time.Duration, uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		for range pages {
			if err := write(io.Discard, s); err != nil {
				b.Fatal(err)
			}
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		return took, after.TotalAlloc - before.TotalAlloc
	}
	round(ours.Write) // what is made once
	round(other.write)
	var times, sizes []float64
	var total time.Duration
	var allocated uint64
	for b.Loop() {
		otherTime, otherSize := round(other.write)
		oursTime, oursSize := round(ours.Write)
		times = append(times, float64(oursTime)/float64(otherTime))
		sizes = append(sizes, float64(oursSize)/float64(otherSize))
		total += oursTime
		allocated += oursSize
	}
	slices.Sort(times)
	slices.Sort(sizes)
	rounds := len(times)
	b.ReportMetric(float64(total.Nanoseconds())/float64(pages*rounds), "ns/op")
	b.ReportMetric(float64(allocated)/float64(pages*rounds), "B/op")
	b.ReportMetric(times[rounds/2], "x-gopdf")
	b.ReportMetric(sizes[rounds/2], "x-gopdf-bytes")
}

// BenchmarkIssue makes a file from a codice fiscale on one core, and reports the share of each stage.
func BenchmarkIssue(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b.ReportAllocs()
	issuer, person := newIssuer(b)
	d := sheet()
	var stages [3]time.Duration
	for b.Loop() {
		start := time.Now()
		text := sign(b, issuer, person)
		signed := time.Now()
		s, err := qrpdf.Encoder{}.Encode(text)
		encoded := time.Now()
		if err == nil {
			err = d.Write(io.Discard, s)
		}
		if err != nil {
			b.Fatal(err)
		}
		for i, took := range [...]time.Duration{signed.Sub(start), encoded.Sub(signed), time.Since(encoded)} {
			stages[i] += took
		}
	}
	all := stages[0] + stages[1] + stages[2]
	for i, name := range [...]string{"sign", "QR", "PDF"} {
		b.ReportMetric(100*float64(stages[i])/float64(all), fmt.Sprintf("%%-%s", name))
	}
	b.ReportMetric(float64(b.N)/all.Seconds(), "documents/s")
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
