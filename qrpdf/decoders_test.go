package qrpdf_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

	"github.com/qr-invalidita/attesta/qrpdf"
)

// payload returns one random text of n bytes.
func payload(r *rand.Rand, n int) (kind, text string) {
	const (
		digits   = "0123456789"
		capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
		national = "Perché più città così già È äöüßÄÖÜ čšžČŠŽ lastnost Prüfung"
	)
	switch k := r.IntN(10); {
	case k < 4:
		header := min(n/3, 60)
		return "like a JWS", base64URL(r, header) + letters(r, ".", min(1, n-header)) +
			base64URL(r, n-header-min(1, n-header))
	case k < 5:
		return "digits", letters(r, digits, n)
	case k < 6:
		return "capitals", letters(r, capitals, n)
	case k < 8:
		return "UTF-8", letters(r, national, n)
	case k < 9:
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(11 + r.IntN(245)) // no line feed: it separates the answers of zbar
		}
		return "binary", string(b)
	default:
		return "mixed", letters(r, digits, n/3) + letters(r, capitals, n/3) + letters(r, national, n-n/3*2)
	}
}

// zbar reads back texts of every kind over all versions and levels, byte for byte and without an
// exception.
func TestZbarReadsPNG(t *testing.T) {
	const texts, batch = 500, 50
	tool(t, "zbarimg")
	r := rand.New(rand.NewPCG(2026, 11))
	folder := t.TempDir()
	seen := map[string]bool{}
	var names, kinds, want []string
	for i := range texts {
		level, version := levels[i%4], lowestVersion+i/4%highestVersion
		least := 1
		if version > 1 {
			least = capacities[level][version-2] + 1
		}
		kind, text := payload(r, least+r.IntN(capacities[level][version-1]-least+1))
		s := encode(t, qrpdf.Encoder{Level: level, MaxVersion: version}, text)
		require.Equal(t, version, s.Version())
		seen[s.String()] = true

		name := filepath.Join(folder, fmt.Sprintf("%03d.png", i))
		require.NoError(t, os.WriteFile(name, write(t, qrpdf.PNG{Scale: 4}, s), 0o600))
		names, kinds, want = append(names, name), append(kinds, kind+" in "+s.String()), append(want, text)
	}
	assert.Len(t, seen, 4*highestVersion)
	for from := 0; from < texts; from += batch {
		got := zbar(t, names[from:from+batch]...)
		require.Len(t, got, batch)
		for i, text := range got {
			assert.Equal(t, want[from+i], text, kinds[from+i])
		}
	}
}

// pixmap is a picture in shades of grey as pdftoppm writes it.
type pixmap struct {
	width, height int
	gray          []byte
}

func rasterise(t *testing.T, document []byte, dpi int) (string, pixmap) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "page.pdf")
	require.NoError(t, os.WriteFile(name, document, 0o600))
	stem := strings.TrimSuffix(name, ".pdf")
	run(t, "pdftoppm", "-gray", "-singlefile", "-r", fmt.Sprint(dpi), name, stem)
	b, err := os.ReadFile(stem + ".pgm")
	require.NoError(t, err)
	var p pixmap
	var deepest int
	_, err = fmt.Sscanf(string(b[:40]), "P5\n%d %d\n%d\n", &p.width, &p.height, &deepest)
	require.NoError(t, err)
	require.Equal(t, 255, deepest)
	p.gray = b[len(b)-p.width*p.height:]
	return stem + ".pgm", p
}

// Every layout reads back byte for byte, on screen and printed, and nothing is drawn within four
// modules of the symbol.
func TestZbarReadsPage(t *testing.T) {
	tool(t, "zbarimg")
	for name, layout := range layouts {
		for _, version := range []int{3, 8, 13, 14, 18, 22} {
			for _, dpi := range []int{100, 150} {
				if layout == qrpdf.Wallet && version > 18 && dpi == 100 {
					continue // a module has 1.7 pixels
				}
				t.Run(fmt.Sprintf("%s, version %d at %d dpi", name, version, dpi), func(t *testing.T) {
					s := fullOf(t, version)
					d := page()
					d.Layout = layout
					d.Holder = "Ñgjpqy Éà Ñgjpqy Éà"
					document := write(t, d, s)
					name, p := rasterise(t, document, dpi)
					assert.Equal(t, []string{s.Text()}, zbar(t, name))

					objects, _ := readPDF(t, document)
					_, contents := pages(t, objects)
					requireQuiet(t, p, symbolBox(t, contents[0], s), float64(dpi)/72)
				})
			}
		}
	}
}

// requireQuiet checks the ring of four modules around the symbol, except for the pixels that are
// cut by the outline of the symbol or the edge of the ring.
func requireQuiet(t *testing.T, p pixmap, b box, scale float64) {
	t.Helper()
	left, right := b.left*scale, (b.left+b.side)*scale
	top := float64(p.height) - b.top*scale
	bottom := top + b.side*scale
	zone := quiet * b.module * scale
	looked := 0
	for y := int(top-zone) + 1; y < int(bottom+zone)-1; y++ {
		for x := int(left-zone) + 1; x < int(right+zone)-1; x++ {
			fx, fy := float64(x), float64(y)
			if fx > left-2 && fx < right+1 && fy > top-2 && fy < bottom+1 {
				continue
			}
			looked++
			if p.gray[y*p.width+x] != 0xFF {
				t.Fatalf("pixel %d %d of the quiet zone is %d", x, y, p.gray[y*p.width+x])
			}
		}
	}
	require.Greater(t, looked, 500)
}

// The printed texts can be extracted word by word and, if there is one column, in reading order.
func TestPageTextExtracted(t *testing.T) {
	s := fullOf(t, 13)
	name := filepath.Join(t.TempDir(), "page.pdf")
	eachDocument(func(what string, d qrpdf.Document) {
		if d.Logo.Data != nil {
			return
		}
		b := write(t, d, s)
		require.NoError(t, os.WriteFile(name, b, 0o600))
		out := run(t, "pdftotext", "-raw", "-enc", "UTF-8", name, "-")
		assert.NotContains(t, out, "\uFFFD", what)
		objects, _ := readPDF(t, b)
		all, _ := pages(t, objects)
		want := readOutline(t, b).all()
		got := out
		if len(all) > 1 {
			got = pageNumber.ReplaceAllString(out, "\n") // not read aloud
		}
		got = strings.ReplaceAll(got, " / ", " ") // nor is what separates two languages
		assert.ElementsMatch(t, strings.Fields(spread(want)), strings.Fields(spread(got)), what)
	})
}

var pageNumber = regexp.MustCompile(`\n\d / \d\n`)

// spread separates the texts of two elements that follow each other without a space, and joins
// what a line end separates: only letters count, not the breaks in a text.
func spread(s string) string {
	return strings.Join(strings.Split(strings.Join(strings.Fields(s), ""), ""), " ")
}

// Every letter of the fonts comes out unchanged.
func TestEveryLetterExtracted(t *testing.T) {
	s := fullOf(t, 5)
	name := filepath.Join(t.TempDir(), "page.pdf")
	var batch strings.Builder
	total := 0
	check := func() {
		d := page()
		d.VoidAt = batch.String()
		require.NoError(t, os.WriteFile(name, write(t, d, s), 0o600))
		out := run(t, "pdftotext", "-raw", "-enc", "UTF-8", name, "-")
		for _, word := range strings.Fields(batch.String()) {
			require.Contains(t, out, word)
		}
		batch.Reset()
	}
	for r := rune(0x21); r < 0x2300; r++ {
		if !norm.NFC.IsNormalString(string(r)) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			continue
		}
		word := "x" + string(r) + "x"
		d := page()
		d.Holder = word
		if d.Write(io.Discard, s) != nil || word != printed(word) {
			continue
		}
		total++
		if batch.WriteString(word + " "); batch.Len() > 280 {
			check()
		}
	}
	check()
	assert.Greater(t, total, 880)
}

// No word exceeds the margins of the page or of the card.
func TestNoOverflow(t *testing.T) {
	s := fullOf(t, 13)
	name := filepath.Join(t.TempDir(), "page.pdf")
	eachDocument(func(what string, d qrpdf.Document) {
		if d.Logo.Data != nil {
			return
		}
		d.Contact = strings.Repeat("W", 40) + "/" + strings.Repeat("W", 40)
		require.NoError(t, os.WriteFile(name, write(t, d, s), 0o600))
		words := wordBox.FindAllStringSubmatch(run(t, "pdftotext", "-bbox", name, "-"), -1)
		assert.Greater(t, len(words), 100, what)
		for _, w := range words {
			var box [4]float64
			for i := range box {
				box[i], _ = strconv.ParseFloat(w[i+1], 64)
			}
			assert.GreaterOrEqual(t, box[0], 15.9*pointsPerMM, "%s: %s", what, w[5])
			assert.LessOrEqual(t, box[2], 194.1*pointsPerMM, "%s: %s", what, w[5])
			assert.GreaterOrEqual(t, box[1], 11*pointsPerMM, "%s: %s", what, w[5])
			assert.LessOrEqual(t, box[3], 290*pointsPerMM, "%s: %s", what, w[5])
		}
	})
}

var wordBox = regexp.MustCompile(
	`<word xMin="([0-9.]+)" yMin="([0-9.]+)" xMax="([0-9.]+)" yMax="([0-9.]+)">(.*?)</word>`)
