package main

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// browser keeps cookies, follows links and posts forms.
type browser struct {
	base   string
	client *http.Client
}

func newBrowser(t *testing.T, base string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &browser{base, &http.Client{Jar: jar}}
}

func (b *browser) read(t *testing.T, answer *http.Response, err error) (page string, at *url.URL) {
	t.Helper()
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Less(t, answer.StatusCode, 500, "%s", text)
	return string(text), answer.Request.URL
}

func (b *browser) get(t *testing.T, path string) string {
	t.Helper()
	answer, err := b.client.Get(b.base + path)
	page, _ := b.read(t, answer, err)
	return page
}

func (b *browser) post(t *testing.T, path string, fields ...string) string {
	t.Helper()
	form := make(url.Values)
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	answer, err := b.client.PostForm(b.base+path, form)
	page, _ := b.read(t, answer, err)
	return page
}

// choose opens a URL of the identity provider, picks the persona and returns the last page.
func (b *browser) choose(t *testing.T, address, persona string) string {
	t.Helper()
	answer, err := b.client.Get(address)
	page, at := b.read(t, answer, err)
	link := regexp.MustCompile(`href="(\?[^"]*persona=` + persona + `[^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, link, page)
	answer, err = b.client.Get(at.Scheme + "://" + at.Host + at.Path + html.UnescapeString(link[1]))
	page, _ = b.read(t, answer, err)
	return page
}

func (b *browser) login(t *testing.T, persona, back string) string {
	t.Helper()
	return b.choose(t, b.base+"/auth/login?"+url.Values{"via": {"spid"}, "return": {back}}.Encode(), persona)
}

var hidden = regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`)

// paper downloads the QR of the person who is logged in and reads it, after confirming the telephone number
// on record.
func (b *browser) paper(t *testing.T) string {
	t.Helper()
	var fields []string
	for _, field := range hidden.FindAllStringSubmatch(b.get(t, "/area/contacts"), 1) {
		fields = append(fields, field[1], html.UnescapeString(field[2]))
	}
	b.post(t, "/area/contacts/confirm", fields...)
	picture := b.post(t, "/area/qr", append(fields, "format", "png", "delivery", "download")...)
	texts, err := scan.Read(t.Context(), []byte(picture))
	require.NoError(t, err)
	require.Len(t, texts, 1)
	return texts[0]
}

// lastCode returns the code in the newest message on the demonstration's telephones.
func (b *browser) lastCode(t *testing.T) string {
	t.Helper()
	code := regexp.MustCompile(`message-code">([0-9]+)<`).FindStringSubmatch(b.get(t, "/dev/phone"))
	require.NotNil(t, code, "no message")
	return code[1]
}
