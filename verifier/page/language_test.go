package page_test

import (
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier/page"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// control is a field of a page: the id of its form, whether it is hidden, and its value.
type control struct {
	form, value string
	hidden      bool
}

var (
	tagPattern  = regexp.MustCompile(`<(/?)(form|input|textarea|select|option)\b([^>]*)>([^<]*)`)
	attrPattern = regexp.MustCompile(`\s([a-z-]+)(?:="([^"]*)")?`)
	fieldInPage = regexp.MustCompile(`template "(field|cf|picker|questions)"|id="code"|` +
		`<select|<textarea|<input[^>]*type="(radio|checkbox|file)"`)
)

// controls returns the fields of a page that a form sends, by name.
func controls(body string) map[string]control {
	found, form, list := map[string]control{}, "", ""
	for _, m := range tagPattern.FindAllStringSubmatch(body, -1) {
		attrs := map[string]string{}
		for _, a := range attrPattern.FindAllStringSubmatch(m[3], -1) {
			attrs[a[1]] = html.UnescapeString(a[2])
		}
		has := func(name string) bool { _, ok := attrs[name]; return ok }
		name, value, chosen := attrs["name"], attrs["value"], true
		owner := form
		if has("form") {
			owner = attrs["form"]
		}
		switch m[2] {
		case "form":
			form = attrs["id"]
			continue
		case "select":
			if m[1] == "" {
				list = name
				found[list] = control{form: owner}
			}
			continue
		case "option":
			name, chosen, owner = list, has("selected"), found[list].form
		case "textarea":
			value = html.UnescapeString(m[4])
		default:
			chosen = has("checked") || attrs["type"] != "radio" && attrs["type"] != "checkbox"
		}
		if name == "" || m[1] != "" {
			continue
		}
		if old, ok := found[name]; (chosen || !ok) && (old.form != "redraw" || owner == "redraw") {
			if !chosen {
				value = ""
			}
			found[name] = control{owner, value, attrs["type"] == "hidden"}
		}
	}
	return found
}

// On every page with a field, another language keeps what was typed and chosen, asks the issuer nothing and
// says no mistake that was not said before.
func TestLanguageKeepsWhatWasTyped(t *testing.T) {
	get := func(path string) func(*office) *httptest.ResponseRecorder {
		return func(o *office) *httptest.ResponseRecorder { return o.get(path) }
	}
	check := func(pairs ...string) func(*office) *httptest.ResponseRecorder {
		return func(o *office) *httptest.ResponseRecorder {
			return o.post("/q", append([]string{"qr", o.qr, "cf", person}, pairs...)...)
		}
	}
	request := func(pairs ...string) func(*office) *httptest.ResponseRecorder {
		return func(o *office) *httptest.ResponseRecorder {
			o.loggedIn = true
			return o.post("/q/second", "inquiry", hidden(o.t, check(pairs...)(o), "inquiry"))
		}
	}
	code := func(pairs ...string) func(*office) *httptest.ResponseRecorder {
		return func(o *office) *httptest.ResponseRecorder {
			return o.post("/q/code", append([]string{"inquiry", hidden(o.t, request(pairs...)(o), "inquiry"),
				"organisation", "Museo Civico", "purpose", "benefit", "kind", "benefit"}, pairs...)...)
		}
	}
	again := "seen:income_limit"
	cases := map[string]struct {
		page  string
		open  func(*office) *httptest.ResponseRecorder
		typed []string
	}{
		"form": {"q-check", get("/q"),
			[]string{"qr", "https://a.example/q#12", "cf", "RSSMRA", "benefit", "museums",
				"case", "A/12"}},
		"form with a card": {"q-check", get("/q"),
			[]string{"qr", "", "cf", "", "benefit", "", "case", "", "card-benefit", "carta_blu"}},
		"form with a photo": {"q-check", get("/q"),
			[]string{"qr", "", "cf", "RSSMRA", "benefit", "", "case", "", "photo", "a.png"}},
		"form with mistakes": {"q-check", check("cf", "RSS", "case", person),
			[]string{"qr", "x", "cf", "VRD", "benefit", "museums", "case", "A/12"}},
		"desk": {"q-desk", get("/q/desk"),
			[]string{"benefit", "museums", "organisation", "Museo Civico", "purpose", "tax", "wait", "yes"}},
		"desk with a mistake": {"q-desk", func(o *office) *httptest.ResponseRecorder {
			return o.post("/q/desk", "organisation", strings.Repeat("x", 25))
		}, []string{"benefit", "", "organisation", "Comune", "purpose", "", "wait", ""}},
		"request": {"q-request", request("benefit", "monthly_allowance"),
			[]string{"organisation", "Comune di Prova", "purpose", "study", "kind", "benefit",
				"benefit", "monthly_allowance", "domain", "blindness", "case", "B/1", "locale", "fr",
				"channel", "sms", again, "no", "seen:payment_resumed", "yes"}},
		"request about something else": {"q-request", request("benefit", "monthly_allowance"),
			[]string{"organisation", "", "purpose", "tax", "kind", "domain", "benefit", "museums",
				"domain", "blindness", "case", "", "locale", "", "channel", "list", again, "no",
				"seen:payment_resumed", ""}},
		"request without a scope": {"q-request", request("benefit", "monthly_allowance"),
			[]string{"organisation", "", "purpose", "", "kind", "", "benefit", "monthly_allowance",
				"domain", "", "case", "", "locale", "", "channel", "", again, "yes",
				"seen:payment_resumed", ""}},
		"code": {"q-code", code("benefit", "monthly_allowance"), []string{"code", "123 4"}},
		"code after a mistake": {"q-code", func(o *office) *httptest.ResponseRecorder {
			sealed := hidden(o.t, code("benefit", "monthly_allowance")(o), "inquiry")
			return o.post("/q/code/answer", "inquiry", sealed, "code", "12")
		}, []string{"code", "99"}},
		"answer": {"q-result", check("benefit", "aids"),
			[]string{"benefit", "museums", "seen:aid_prescription", "no"}},
		"answer about somebody else": {"q-result", check("cf", other), []string{"cf", "RSSMRA"}},
		"answer of the second level": {"q-result", func(o *office) *httptest.ResponseRecorder {
			sealed := hidden(o.t, code("benefit", "monthly_allowance")(o), "inquiry")
			return o.post("/q/code/answer", "inquiry", sealed, "code", o.sent.Last().Code.Reveal())
		}, []string{again, "no"}},
	}
	covered := map[string]bool{}
	for name, test := range cases {
		covered[test.page] = true
		o := newOffice(t, func(c *page.Config) {
			withLogin(c)
			c.Channels, c.Photos = []string{"sms", "list"}, true
			if strings.Contains(name, "card") {
				c.Cards = struct{ page.Cards }{} // nobody is asked
			}
		})
		at := test.open(o)
		asked, sent := len(o.secrets), len(o.sent.Messages())
		wrong := strings.Contains(at.Body.String(), `id="mistakes"`)
		for i, lang := range append(web.Languages(), "it") {
			var pairs []string
			fields := controls(at.Body.String())
			for field, c := range fields {
				switch {
				case c.hidden && c.form == "redraw":
					pairs = append(pairs, field, c.value)
				case !c.hidden && field != "sound": // which a script keeps on the device
					assert.Equal(t, "redraw", c.form, "%s: %s", name, field)
					assert.Contains(t, append(test.typed, "photo"), field, name)
				}
			}
			m := regexp.MustCompile(`form="redraw" formnovalidate formaction="([^"]+\?lang=` + lang + `)"` +
				` formenctype="application/x-www-form-urlencoded"`).FindStringSubmatch(at.Body.String())
			if !assert.NotNil(t, m, "%s: no form for the language", name) {
				break
			}
			if i == 0 {
				pairs = append(pairs, test.typed...)
			} else { // what the last language has kept
				for field, c := range fields {
					if !c.hidden {
						pairs = append(pairs, field, c.value)
					}
				}
			}
			at = o.post(m[1], pairs...)
			assert.Contains(t, at.Body.String(), `<html lang="`+lang+`">`, name)
			if i == 0 && strings.Contains(name, "photo") {
				assert.Contains(t, at.Body.String(), `id="photo-again"`, "it must be chosen again")
			}
			fields = controls(at.Body.String())
			for p := 0; p < len(test.typed); p += 2 {
				if test.typed[p] != "photo" {
					assert.Equal(t, test.typed[p+1], fields[test.typed[p]].value, "%s: %s in %s", name,
						test.typed[p], lang)
				}
			}
			if !wrong {
				assert.NotContains(t, at.Body.String(), `id="mistakes"`, name)
			}
			assert.NotContains(t, at.Body.String(), "74 %", name)
		}
		if sealed := controls(at.Body.String())["inquiry"].value; test.page == "q-code" {
			at = o.post("/q/code/answer?lang=de", "inquiry", sealed, "code", person)
			assert.NotContains(t, at.Body.String(), person, "typed or scanned into the wrong field")
			assert.Contains(t, at.Body.String(), `id="code"`)
		}
		assert.Len(t, o.secrets, asked, "%s: the issuer is asked nothing", name)
		assert.Len(t, o.sent.Messages(), sent, name)
	}
	err := fs.WalkDir(page.Templates(), ".", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".gohtml") || strings.HasSuffix(file, ".part.gohtml") {
			return err
		}
		text, err := fs.ReadFile(page.Templates(), file)
		name := strings.TrimSuffix(file[strings.LastIndex(file, "/")+1:], ".gohtml")
		assert.Equal(t, fieldInPage.Match(text), covered[name], name)
		return err
	})
	require.NoError(t, err)
}

// A codice fiscale that was typed whole goes along sealed: no page and no URL has it. What was said of a form
// is said in the other language, too.
func TestLanguageKeepsTheCodiceFiscale(t *testing.T) {
	o := newOffice(t, nil)
	o.tab = "AAAAAAAA"
	form := o.post("/q/draft?lang=de", "qr", o.qr, "cf", person, "case", person)
	assert.Equal(t, http.StatusOK, form.Code)
	first := o.post("/q", "qr", o.qr, "cf", "", "inquiry", hidden(t, form, "inquiry"))
	assert.Contains(t, first.Body.String(), "answer-yes")

	wrong := o.post("/q", "qr", o.qr, "cf", other)
	again := o.post("/q/code/answer?lang=de", "detail", hidden(t, wrong, "detail"), "cf", person)
	assert.Contains(t, again.Body.String(), "answer-no")
	assert.Contains(t, o.post("/q", "cf", "", "inquiry", hidden(t, again, "inquiry")).Body.String(),
		"answer-yes")

	o.post("/q", "qr", o.qr, "cf", "RSS")
	form = o.post("/q/draft?lang=de", "qr", o.qr, "cf", "RSS")
	assert.Contains(t, form.Body.String(), "<title>Zu berichtigen: ", "what was wrong still is")
	o.post("/q", "qr", "", "cf", "")
	form = o.post("/q/draft?lang=fr", "qr", "", "cf", "")
	assert.Contains(t, form.Body.String(), `id="mistakes"`)
	o.follow(o.get("/q?new"))
	form = o.post("/q/draft?lang=it", "qr", "", "cf", "")
	assert.NotContains(t, form.Body.String(), "ancora qui", "nothing was typed")
}
