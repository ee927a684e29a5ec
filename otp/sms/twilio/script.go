package twilio

import (
	"embed"
	"encoding/xml"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/otp"
)

// A script is what the voice says in one language. {display_name} and {organisation} are the
// names; Declared follows the organisation's if it is not verified. No script says what the code
// is about, because others may listen. Everything, OneEntry and YesNo say how much of it the
// operator will see, one for each [otp.Extent].
type script struct {
	Greeting, Declared, Warning, Everything string
	OneEntry                                string `json:"one_entry"`
	YesNo                                   string `json:"yes_no"`
	Comparison, Code, Again                 string
	Private, Page                           string // of a private code: the warning, and the comparison
	Goodbye, Over                           string
}

// extent returns what the voice says about e.
func (s script) extent(e otp.Extent) string {
	switch e {
	case otp.ExtentOneEntry:
		return s.OneEntry
	case otp.ExtentYesNo:
		return s.YesNo
	}
	return s.Everything
}

//go:embed words/*.json
var wordFiles embed.FS

// scripts returns the scripts by locale. They are part of the program and never changed.
var scripts = sync.OnceValue(func() map[string]script { return words.MustRead[script](wordFiles) })

// rounds is the number of times that the code is spoken before the call waits for a key.
const rounds = 3

// greeting returns the TwiML of the first half: it waits 3 times 10 seconds for a key and
// hangs up if there is none.
func (p *speaker) greeting(locale string, m otp.Message, action string) string {
	t, text := p.twiml(locale), scripts()[locale]
	who := m.Organisation
	if m.Declared {
		who += ", " + text.Declared
	}
	says := strings.NewReplacer("{display_name}", m.DisplayName, "{organisation}", who).Replace(text.Greeting)
	for range rounds {
		t.gather(action, func() { t.say(says) })
	}
	t.say(text.Goodbye)
	return t.String()
}

// code returns the TwiML of the second half.
func (p *speaker) code(m spoken, action string) string {
	t, text := p.twiml(m.Locale), scripts()[m.Locale]
	t.gather(action, func() {
		compare := text.Comparison
		if m.Private {
			compare = text.Page
			t.say(text.Private)
		} else {
			t.say(text.extent(m.Extent))
			t.say(text.Warning)
		}
		if m.Comparison != "" {
			t.say(compare)
			t.digits(m.Comparison)
		}
		for range rounds {
			t.pause()
			t.say(text.Code)
			t.digits(m.Code)
		}
		t.say(text.Again)
	})
	t.say(text.Goodbye)
	return t.String()
}

func (p *speaker) over(locale string) string {
	t := p.twiml(locale)
	t.say(scripts()[locale].Over)
	return t.String()
}

type twiml struct {
	strings.Builder
	open string // <Say> with its attributes
}

func (p *speaker) twiml(locale string) *twiml {
	l := p.languages[locale]
	t := &twiml{open: `<Say language="` + escape(l.Code) + `"`}
	if l.Voice != "" {
		t.open += ` voice="` + escape(l.Voice) + `"`
	}
	t.open += ">"
	t.WriteString(`<?xml version="1.0" encoding="UTF-8"?><Response>`)
	return t
}

// String closes the document.
func (t *twiml) String() string { return t.Builder.String() + "</Response>" }

func (t *twiml) say(text string) { t.WriteString(t.open + escape(text) + "</Say>") }

func (t *twiml) pause() { t.WriteString(`<Pause length="1"/>`) }

// digits speaks each digit separately, with a longer pause between groups of three.
func (t *twiml) digits(s string) {
	for i := range len(s) {
		if t.pause(); i > 0 && i%3 == 0 {
			t.pause()
		}
		t.say(s[i : i+1])
	}
}

// gather lets any key interrupt what content says.
func (t *twiml) gather(action string, content func()) {
	t.WriteString(`<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="10" method="POST" action="` +
		escape(action) + `">`)
	content()
	t.WriteString("</Gather>")
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
