package deskpage

import (
	"bytes"
	"encoding/base64"
	"html"
	"image/png"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/cards/cardstest"
	"github.com/qr-invalidita/attesta/examples/internal/issuertest"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
	"github.com/qr-invalidita/attesta/verifier/wallet"
)

// counter is a desk that asks wallets, and a browser there.
type counter struct {
	*browser
	world *cardstest.World
	desk  *Desk
	tab   string
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	c := &counter{world: cardstest.New(t), desk: &Desk{Title: "Banco", Catalogue: benefit.Default(),
		Client: issuertest.New(t).Client}}
	var err error
	c.desk.Cards, err = c.world.Settings.Open(t.Context(), c.desk.Catalogue)
	require.NoError(t, err)
	handler, err := c.desk.Handler(Door{Origin: origin})
	require.NoError(t, err)
	c.browser = newBrowser(t, handler, origin)
	return c
}

// ask asks for a card and returns the page.
func (c *counter) ask(pairs ...string) string {
	c.t.Helper()
	c.tab = "AAAAAAAA"
	w := c.post("/card", append([]string{"tab", c.tab, "card-benefit", "museums"}, pairs...)...)
	require.Equal(c.t, http.StatusSeeOther, w.Code, w.Body)
	require.Equal(c.t, "/card?tab="+c.tab, w.Header().Get("Location"))
	return c.look("")
}

// look loads the page of the card in this tab, as far as it leads.
func (c *counter) look(more string) string {
	c.t.Helper()
	w := c.get("/card?tab=" + c.tab + more)
	if to := w.Header().Get("Location"); w.Code == http.StatusSeeOther {
		w = c.get(to)
	}
	return html.UnescapeString(w.Body.String())
}

// compared says what the operator has seen.
func (c *counter) compared(seen string) string {
	c.t.Helper()
	w := c.post("/card/answer?tab="+c.tab, "answer", seen)
	require.Equal(c.t, http.StatusSeeOther, w.Code)
	return c.look("")
}

// link reads the QR on a page.
func link(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, m, page)
	file, err := base64.StdEncoding.DecodeString(m[1])
	require.NoError(t, err)
	picture, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	require.NoError(t, err)
	read, err := qrcode.NewQRCodeReader().Decode(bitmap,
		map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	require.NoError(t, err)
	return read.GetText()
}

func (c *counter) scan(page string) *cardstest.Request {
	c.t.Helper()
	return c.world.Scan(c.door, link(c.t, page))
}

const compareQuestion = "È la persona che è qui?"

func cardHeadline(code api.Code) string {
	return answer.ForCard(status.Italian, verifier.Report{Code: code}).Headline
}

// TestCard is the whole way: the phone reads the QR and shows a card, the operator compares, and the answer
// is in the same box as any other, with a receipt.
func TestCard(t *testing.T) {
	c := newCounter(t)
	form := c.get("/").Body.String()
	assert.Contains(t, form, `formaction="/card"`)
	assert.Regexp(t, `(?s)id="card-benefit".*museums.*carta_blu`, form)
	assert.NotRegexp(t, `(?s)id="card-benefit".*value="aids"`, form, "no card decides it")

	page := c.ask("case", "2026/7")
	assert.Contains(t, page, cardstest.Name)
	assert.Contains(t, page, "la foto")
	assert.NotContains(t, page, `name="answer"`)
	assert.Equal(t, http.StatusNoContent, c.get("/card/live?tab="+c.tab).Code)
	assert.Equal(t, http.StatusNotFound, c.get("/card/photo?tab="+c.tab).Code)
	phone := c.scan(page)
	assert.Equal(t, cardstest.Name, phone.Metadata.Name)
	presentation := phone.Presentation(nil)
	code, back := phone.Send(presentation)
	assert.Equal(t, http.StatusOK, code)
	assert.Empty(t, back)

	assert.Equal(t, http.StatusOK, c.get("/card/live?tab="+c.tab).Code)
	page = c.look("")
	assert.Contains(t, page, compareQuestion)
	assert.NotContains(t, page, "answer-yes")
	assert.NotContains(t, page, "data:image/jpeg", "the picture has a URL of its own")
	photo := c.get("/card/photo?tab=" + c.tab)
	assert.Equal(t, "\xff\xd8\xff\xd9", photo.Body.String())
	assert.Equal(t, "image/jpeg", photo.Header().Get("Content-Type"))
	assert.Equal(t, "no-store", photo.Header().Get("Cache-Control"))

	page = c.compared("yes")
	assert.Contains(t, page, "answer-yes")
	assert.Contains(t, page, "ha dichiarato")
	assert.Contains(t, page, "https://issuer.example", "who says so")
	assert.Contains(t, page, "2026/7")
	assert.Equal(t, http.StatusNotFound, c.get("/card/photo?tab="+c.tab).Code, "it is forgotten")
	assert.Contains(t, c.compared("no"), "answer-yes", "a second click changes nothing")
	file := c.post("/card/receipt?tab=" + c.tab)
	assert.Contains(t, file.Header().Get("Content-Disposition"), "attachment")
	signer, err := token.ReadKeyFile(c.world.Settings.ReceiptKey)
	require.NoError(t, err)
	key, err := token.NewPublicKey("https://desk.example.it", signer.Public())
	require.NoError(t, err)
	receipt, err := wallet.VerifyReceipt(file.Body.String(), []token.PublicKey{key})
	require.NoError(t, err)
	assert.Equal(t, "2026/7", receipt.Case)
	assert.Equal(t, api.Confirmed, receipt.Outcome)
	shift := c.get("/shift").Body.String()
	assert.Equal(t, 2, strings.Count(shift, "<tr>"), "one check and the head")
	assert.Contains(t, shift, "<td>Carta europea nell’app</td>")

	code, _ = phone.Send(presentation)
	assert.NotEqual(t, http.StatusOK, code, "replayed at the same question")
	second := c.ask()
	code, _ = c.scan(second).Send(presentation)
	assert.Equal(t, http.StatusOK, code)
	page = c.look("")
	assert.Contains(t, page, "answer-unknown", "replayed at another question")
	assert.Contains(t, page, cardHeadline(api.CodeNotOurs))

	third := c.scan(c.ask())
	third.Approve(nil)
	jar := maps.Clone(c.jar)
	c.get("/?new&tab=" + c.tab)
	w := c.get("/card?tab=" + c.tab)
	assert.Equal(t, "/", w.Header().Get("Location"), "nothing is left for the next person")
	assert.NotEqual(t, http.StatusOK, c.post("/card/receipt?tab="+c.tab).Code)
	c.jar = jar
	assert.Equal(t, http.StatusNotFound, c.get("/card/photo?tab="+c.tab).Code, "the cookie was copied")
}

// TestCardFitsCookie: with the longest names and addresses, question, report and receipt fit into a cookie
// that browsers keep (RFC 6265: 4,096 bytes with name and attributes).
func TestCardFitsCookie(t *testing.T) {
	c := newCounter(t)
	label := strings.Repeat("a", 50)
	c.world.Settings.Address = "https://" + label + "." + label + ".example.it/" + label
	c.world.Settings.Name = strings.Repeat("Città di Sant’Agata ", 10)
	var err error
	c.desk.Cards, err = c.world.Settings.Open(t.Context(), c.desk.Catalogue)
	require.NoError(t, err)
	c.door, err = c.desk.Handler(Door{Origin: "https://" + label + ".example.it"})
	require.NoError(t, err)
	c.origin = "https://" + label + ".example.it"
	fits := func(step string) {
		assert.NotZero(t, len(c.jar))
		for _, cookie := range c.jar {
			assert.LessOrEqual(t, len(cookie.String()), 4096, step)
		}
	}
	page := c.ask("case", strings.Repeat("2026/", 8), "phone", "here")
	fits("question")
	m := regexp.MustCompile(`href="(haip-vp://[^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, m, page)
	_, back := c.world.Scan(c.door, m[1]).Approve(nil)
	c.back(strings.TrimPrefix(back, c.origin))
	fits("answer")
	assert.Contains(t, c.compared("yes"), `id="receipt"`)
	fits("receipt")
	assert.Equal(t, 2, strings.Count(c.post("/card/receipt?tab="+c.tab).Body.String(), "."))
}

// TestCardByName: a row may tie the card by the name, which the operator compares with a document.
func TestCardByName(t *testing.T) {
	c := newCounter(t)
	var err error
	c.desk.Catalogue, err = benefit.Default().Merge([]byte(`attesta-benefits 1 2026-11-01

benefit example.bus_card
  it: Tessera dell'autobus
  law_it: Delibera 12/2026 della Giunta
  checked: 2026-11-01 read
  condition: percent >= 67
  card: name
`))
	require.NoError(t, err)
	c.desk.Cards, err = c.world.Settings.Open(t.Context(), c.desk.Catalogue)
	require.NoError(t, err)
	c.door, err = c.desk.Handler(Door{Origin: origin})
	require.NoError(t, err)
	page := c.ask("card-benefit", "example.bus_card")
	assert.Contains(t, page, "nome e cognome")
	c.scan(page).Approve(cardstest.Card{"picture": nil, "given_name": "Ada", "family_name": "Lo <i>Re"})
	page = c.get("/card?tab=" + c.tab).Body.String()
	assert.Contains(t, page, "Ada Lo &lt;i&gt;Re")
	assert.NotContains(t, page, "/card/photo")
	page = c.compared("yes")
	assert.Contains(t, page, "answer-yes")
	assert.NotContains(t, page, "Ada")
}

// TestCardIsNoYes: a relayed approval, a card that does not suffice or cannot be checked, and a person who
// declines are never a yes, and a no only if the card is bad.
func TestCardIsNoYes(t *testing.T) {
	c := newCounter(t)
	approve := func(card cardstest.Card) func(*cardstest.Request) {
		return func(r *cardstest.Request) { r.Approve(card) }
	}
	entry := func(n int) cardstest.Card { // a list for each case, or it would be in the cache
		return cardstest.Card{"status": map[string]any{"status_list": map[string]any{"idx": n,
			"uri": c.world.List()}}}
	}
	for _, test := range []struct {
		name string
		do   func(*cardstest.Request)
		seen string // empty: there is nothing to compare
		code api.Code
		tone string
	}{
		{"somebody else's picture", approve(nil), "no", api.CodeNeedsEvidence, "unknown"},
		{"not compared", approve(nil), "not", api.CodeNeedsEvidence, "unknown"},
		{"an answer that is none", approve(nil), "YES", api.CodeNeedsEvidence, "unknown"},
		{"no allowance", approve(cardstest.Card{"constant_attendance_allowance": false}), "",
			api.CodeNoStatusHere, "unknown"},
		{"no picture", approve(cardstest.Card{"picture": "data:text/html;base64,PGI+"}), "",
			api.CodeNeedsEvidence, "unknown"},
		{"declined", func(r *cardstest.Request) { r.Decline() }, "", api.CodeNotApproved, "unknown"},
		{"expired", approve(cardstest.Card{"nbf": time.Now().AddDate(0, 0, -9).Unix(),
			"exp": time.Now().Add(-time.Hour).Unix()}), "", api.CodeExpired, "no"},
		{"revoked", approve(entry(6)), "", api.CodeVoid, "no"},
		{"another type", approve(cardstest.Card{"vct": "urn:other"}), "", api.CodeNotOurs, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			test.do(c.scan(c.ask()))
			page := c.look("")
			assert.Equal(t, test.seen != "", strings.Contains(page, compareQuestion))
			assert.NotContains(t, page, "answer-yes")
			if test.seen != "" {
				page = c.compared(test.seen)
			}
			assert.Contains(t, page, "answer-"+test.tone)
			assert.Contains(t, page, cardHeadline(test.code))
			assert.Contains(t, page, ">Riprova<")
		})
	}
	c.t = t
	c.world.Down.Store(true)
	c.scan(c.ask()).Approve(cardstest.Card{"status": map[string]any{"status_list": map[string]any{"idx": 5,
		"uri": c.world.List() + "x"}}})
	page := c.look("")
	assert.Contains(t, page, "answer-unknown")
	assert.Contains(t, page, cardHeadline(api.CodeUnavailable), "the status list is unreachable")
}

// TestCardOfAnotherDesk: only the browser and the tab that have asked get the answer, and on the same device
// only where the wallet leads back.
func TestCardOfAnotherDesk(t *testing.T) {
	c := newCounter(t)
	page := c.ask()
	c.scan(page).Approve(nil)
	other := newBrowser(t, c.door, origin)
	assert.Equal(t, http.StatusNotFound, other.get("/card/photo?tab="+c.tab).Code)
	w := other.post("/card/answer?tab="+c.tab, "answer", "yes")
	assert.Equal(t, "/card?tab="+c.tab, w.Header().Get("Location"))
	assert.Equal(t, "/", other.get("/card?tab="+c.tab).Header().Get("Location"))
	assert.Equal(t, http.StatusNotFound, c.get("/card/photo?tab=BBBBBBBB").Code, "another tab")
	assert.Contains(t, c.look(""), compareQuestion, "the desk that has asked")

	// the other tab asks too: the answer to the first question is nobody's now
	w = c.post("/card", "tab", "BBBBBBBB", "card-benefit", "museums")
	require.Equal(t, "/card?tab=BBBBBBBB", w.Header().Get("Location"))
	assert.Equal(t, "/", c.get("/card?tab="+c.tab).Header().Get("Location"))
	assert.Equal(t, http.StatusNotFound, c.get("/card/photo?tab=BBBBBBBB").Code)

	page = c.ask("phone", "here")
	assert.NotContains(t, page, "data:image/png")
	m := regexp.MustCompile(`href="(haip-vp://[^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, m, page)
	_, back := c.world.Scan(c.door, m[1]).Approve(nil)
	assert.NotContains(t, c.look(""), compareQuestion, "approved elsewhere, it does not count")
	assert.NotContains(t, c.look("&response_code=wrong"), compareQuestion)
	to, err := url.Parse(back)
	require.NoError(t, err)
	assert.Equal(t, origin, to.Scheme+"://"+to.Host)
	assert.Equal(t, http.StatusBadRequest, other.get(to.RequestURI()).Code, "the phone's other browser")
	w = c.back(to.RequestURI())
	assert.Equal(t, "/card?tab="+c.tab, w.Header().Get("Location"), "the code does not stay in the address")
	assert.Contains(t, c.look(""), compareQuestion)
	assert.Contains(t, c.compared("yes"), "answer-yes")
}
