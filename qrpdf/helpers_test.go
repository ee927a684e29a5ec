package qrpdf_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	qr "github.com/piglig/go-qr"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/race"
	"github.com/qr-invalidita/attesta/qrpdf"
)

const (
	lowestVersion  = 1
	highestVersion = 22
	quiet          = 4
)

var (
	levels = []qrpdf.Level{qrpdf.L, qrpdf.M, qrpdf.Q, qrpdf.H}
	issued = time.Date(2026, time.November, 22, 10, 30, 0, 0, time.FixedZone("CET", 3600))
)

// capacities are those of byte mode for versions 1 to 22, copied independently from ISO/IEC
// 18004, table 7.
var capacities = map[qrpdf.Level][]int{
	qrpdf.L: {17, 32, 53, 78, 106, 134, 154, 192, 230, 271, 321, 367, 425, 458, 520, 586, 644, 718, 792, 858,
		929, 1003},
	qrpdf.M: {14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
		711, 779},
	qrpdf.Q: {11, 20, 32, 46, 60, 74, 86, 108, 130, 151, 177, 203, 241, 258, 292, 322, 364, 394, 442, 482,
		509, 565},
	qrpdf.H: {7, 14, 24, 34, 44, 58, 64, 84, 98, 119, 137, 155, 177, 194, 220, 250, 280, 310, 338, 382, 403,
		439},
}

func encode(t testing.TB, e qrpdf.Encoder, text string) *qrpdf.Symbol {
	t.Helper()
	s, err := e.Encode(text)
	require.NoError(t, err)
	return s
}

// address returns an address of n bytes that looks like a printed one.
func address(n int) string {
	const front = "https://attesta.example/v#"
	return front + base64URL(rand.New(rand.NewPCG(1, uint64(n))), n-len(front))
}

func base64URL(r *rand.Rand, n int) string {
	return letters(r, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", n)
}

func letters(r *rand.Rand, alphabet string, n int) string {
	runes := []rune(alphabet)
	var b strings.Builder
	for b.Len() < n {
		next := string(runes[r.IntN(len(runes))])
		if b.Len()+len(next) > n {
			next = "x"
		}
		b.WriteString(next)
	}
	return b.String()
}

// fullOf returns a symbol of exactly this version at level M.
func fullOf(t testing.TB, version int) *qrpdf.Symbol {
	t.Helper()
	text := strings.Repeat("7", capacities[qrpdf.M][version-1])
	if len(text) > 26 {
		text = address(len(text))
	}
	s := encode(t, qrpdf.Encoder{MaxVersion: highestVersion}, text)
	require.Equal(t, version, s.Version())
	return s
}

// printedSymbol returns a symbol as on a usual sheet: an address of 26 bytes, a token of 297 digits.
func printedSymbol(t testing.TB) *qrpdf.Symbol {
	t.Helper()
	s := encode(t, qrpdf.Encoder{}, "https://attesta.example/q#"+
		"1"+letters(rand.New(rand.NewPCG(1, 2)), "0123456789", 296))
	require.Equal(t, 8, s.Version())
	return s
}

// writer is the common interface of PNG, SVG and Document.
type writer interface {
	Write(io.Writer, *qrpdf.Symbol) error
}

func page() qrpdf.Document {
	return qrpdf.Document{
		DisplayName: "Provincia autonoma di Esempio",
		Contact:     "Via Roma 1, 39100 Esempio, tel. 0471 000000",
		Issued:      issued,
		Expires:     issued.AddDate(5, 0, 0),
		VoidAt:      "https://attesta.example/annulla, tel. 800 000000",
	}
}

var (
	layouts = map[string]qrpdf.Layout{"standard": qrpdf.Standard, "large-print": qrpdf.LargePrint,
		"wallet": qrpdf.Wallet, "easy": qrpdf.Easy}
	languages = []string{"it", "en", "de", "fr", "sl", "it+de", "it+fr", "it+sl"}
)

// eachDocument calls yield for every layout in every language: bare, with a name, and with a name
// and a logo of pixels or of shapes.
func eachDocument(yield func(name string, d qrpdf.Document)) {
	logos := [][]byte{pngLogo(), []byte(svgLogo)}
	for _, layout := range slices.Sorted(maps.Keys(layouts)) {
		for i, lang := range languages {
			d := page()
			d.Layout, d.Lang = layouts[layout], lang
			yield(layout+" "+lang, d)
			d.Holder = "Đorđe Nguyễn-Müller"
			yield(layout+" "+lang+" with a name", d)
			d.Logo = qrpdf.Logo{Data: logos[i%2], Alt: "Aquila con la scritta «Esempio»"}
			yield(layout+" "+lang+" with a name and a logo", d)
		}
	}
}

// pngLogo is a picture in colours, half of it transparent.
func pngLogo() []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 120, 40))
	for y := range 40 {
		for x := range 120 {
			img.SetNRGBA(x, y, color.NRGBA{R: uint8(2 * x), G: 80, B: uint8(6 * y),
				A: uint8(255 * (x / 20 % 2))})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

const svgLogo = `<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40" fill="#036"><title>Esempio</title>
<g transform="translate(20 20)"><circle r="18"/><path d="M0-12 L3.5 4-12 -4H12L-3.5,4z" fill="#fff"` +
	` fill-rule="evenodd"/></g>
<rect x="45" y="6" width="70" height="10" rx="3"/><path d="M45 30q10-10 20 0t20 0 20 0" fill="none"` +
	` stroke="#b40" stroke-width="3"/>
</svg>`

// contrast returns the contrast of a colour on white (WCAG 2.2, relative luminance).
func contrast(color [3]float64) float64 {
	luminance := 0.0
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		c := color[i] / 12.92
		if color[i] > 0.04045 {
			c = math.Pow((color[i]+0.055)/1.055, 2.4)
		}
		luminance += weight * c
	}
	return 1.05 / (luminance + 0.05)
}

func write(t testing.TB, v writer, s *qrpdf.Symbol) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, v.Write(&b, s))
	return b.Bytes()
}

// picture draws a symbol without the package's own writers.
func picture(s *qrpdf.Symbol, scale int) image.Image {
	side := (s.Size() + 2*quiet) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !s.Dark(x/scale-quiet, y/scale-quiet) {
				img.SetGray(x, y, color.Gray{Y: 0xFF})
			}
		}
	}
	return img
}

// decode reads a symbol back from its modules alone.
func decode(t testing.TB, s *qrpdf.Symbol) *qr.DecodeResult {
	t.Helper()
	result, err := qr.DecodeDetailed(picture(s, 2), qr.WithFastPathOnly())
	require.NoError(t, err)
	return result
}

// foreign skips a test that runs foreign programs, which learn nothing from the race detector and take most
// of the time of these tests.
func foreign(t testing.TB) {
	t.Helper()
	if testing.Short() || race.Enabled {
		t.Skip("foreign programs run without -short and -race")
	}
}

// tool returns the path of a program. Without the program the test is skipped, but fails in CI.
func tool(t testing.TB, name string) string {
	t.Helper()
	foreign(t)
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", name)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(tool(t, name), args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s: %s%s", name, stderr.String(), out)
	return string(out)
}

// zbar reads one symbol without a line break from each picture. Its binary mode returns the bytes
// unchanged. Otherwise it guesses a character set, and prints 61JA鬚 for 61JAŽ.
func zbar(t testing.TB, pictures ...string) []string {
	t.Helper()
	out := run(t, "zbarimg", append([]string{"--raw", "-q", "-Sdisable", "-Sqrcode.enable",
		"-Sqrcode.binary"}, pictures...)...)
	return strings.Split(strings.TrimSuffix(out, "\n"), "\n")
}

var errFull = errors.New("disk full")

// limited accepts room bytes and then fails. It records whether anybody continued to write after
// that.
type limited struct {
	room   int
	err    error // nil: a short write without an error
	failed bool
	after  bool
}

func (l *limited) Write(b []byte) (int, error) {
	l.after = l.after || l.failed
	if len(b) <= l.room {
		l.room -= len(b)
		return len(b), nil
	}
	n := l.room
	l.room, l.failed = 0, true
	return n, l.err
}
