package citizen_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/issuer/internal/citizen"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// tutorials are the tutorials with the number of their steps and, of those, without a picture.
var tutorials = map[string][2]int{"phone": {8, 0}, "computer": {9, 1}, "guardian": {8, 1}, "operator": {7, 0}}

// Each step has a picture in the language of the page, or is one of the few without; no picture is left over,
// and all together are small.
func TestPictures(t *testing.T) {
	w := newWorld(t)
	shown, bytes := map[string]bool{}, int64(0)
	source := regexp.MustCompile(`src="(/assets/[^"]+/([a-z-]+-([a-z]{2})\.webp))" alt="[^"]{10,}"`)
	for _, lang := range web.Languages() {
		for name, steps := range tutorials {
			body := w.get("/guide/" + name + "?lang=" + lang).body
			assert.Equal(t, steps[0], strings.Count(body, "<li><h2>"), name)
			pictures := source.FindAllStringSubmatch(body, -1)
			assert.Len(t, pictures, steps[0]-steps[1], "%s %s", name, lang)
			for _, m := range pictures {
				assert.Equal(t, lang, m[3], name)
				assert.Equal(t, "image/webp", w.get(m[1]).Header.Get("Content-Type"))
				shown[m[2]] = true
			}
		}
	}
	files, err := filepath.Glob("screenshots/*.webp")
	require.NoError(t, err)
	for _, file := range files {
		assert.True(t, shown[filepath.Base(file)], "%s is not shown", file)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Less(t, info.Size(), int64(40<<10), file)
		bytes += info.Size()
	}
	assert.Less(t, bytes, int64(3<<20)/2)
}

// The plain text has all steps in short phrases, one on each line, and no marks of a page.
func TestGuideText(t *testing.T) {
	w := newWorld(t)
	for _, lang := range web.Languages() {
		for name, steps := range tutorials {
			a := w.get("/guide/" + name + ".txt?lang=" + lang)
			assert.Equal(t, "text/plain; charset=utf-8", a.Header.Get("Content-Type"))
			assert.Equal(t, lang, a.Header.Get("Content-Language"))
			assert.NotRegexp(t, `[<>]|&[a-z]+;|%!|\n\n\n|https?:`, a.body)
			assert.Equal(t, steps[0]+3, strings.Count(a.body, "\n\n")+1, "%s %s: parts", name, lang)
			for line := range strings.Lines(a.body) {
				assert.LessOrEqual(t, len(strings.Fields(line)), 30, "%s %s: %s", name, lang, line)
			}
		}
	}
	assert.Contains(t, w.get("/guide/phone.txt?lang=it").body,
		"\nPasso 1 di 8:\nApra la pagina.\nSulla prima pagina")
}

// The film in sign language is the body's: a link if there is one.
func TestSignVideo(t *testing.T) {
	const film = "https://ente.example/lis"
	assert.NotContains(t, newWorld(t).get("/guide/citizen").body, "lingua dei segni")
	w := newWorld(t, func(p *citizen.Pages) { p.SignVideo = film })
	for _, path := range guides() {
		assert.Contains(t, w.get(path).body, `<a href="`+film+`">Guida in lingua dei segni (video)</a>`)
	}
}
