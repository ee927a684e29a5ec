package twilio

import (
	"encoding/xml"
	"strings"
)

// A script is what the voice says in one language. {display_name} and {organisation} are the
// names.
type script struct{ greeting, warning, comparison, code, again, goodbye, over string }

// No script says what the code is about, because others may listen.
var scripts = map[string]script{
	"it": {
		greeting: "Chiamata automatica di {display_name}, richiesta da {organisation}. " +
			"Per ascoltare il suo codice, prema un tasto qualsiasi.",
		warning:    "Dica il codice solo all'operatore che ha davanti, mai al telefono.",
		comparison: "L'operatore deve mostrarle il numero",
		code:       "Il codice è",
		again:      "Per riascoltare, prema un tasto.",
		goodbye:    "Arrivederci.",
		over:       "Il codice non è più valido. Ne chieda un altro all'operatore.",
	},
	"en": {
		greeting: "Automatic call from {display_name}, requested by {organisation}. " +
			"To hear your code, press any key.",
		warning:    "Tell the code only to the operator in front of you, never on the phone.",
		comparison: "The operator must show you the number",
		code:       "The code is",
		again:      "To listen again, press any key.",
		goodbye:    "Goodbye.",
		over:       "The code is no longer valid. Ask the operator for a new one.",
	},
	"de": {
		greeting: "Automatischer Anruf von {display_name}, angefordert von {organisation}. " +
			"Um Ihren Code zu hören, drücken Sie eine beliebige Taste.",
		warning:    "Nennen Sie den Code nur der Person vor Ihnen, niemals am Telefon.",
		comparison: "Die Person vor Ihnen muss Ihnen diese Nummer zeigen:",
		code:       "Der Code lautet",
		again:      "Um ihn noch einmal zu hören, drücken Sie eine Taste.",
		goodbye:    "Auf Wiederhören.",
		over:       "Der Code ist nicht mehr gültig. Lassen Sie sich einen neuen senden.",
	},
	"fr": {
		greeting: "Appel automatique de {display_name}, demandé par {organisation}. " +
			"Pour écouter votre code, appuyez sur une touche.",
		warning:    "Ne dites le code qu'à l'agent devant vous, jamais au téléphone.",
		comparison: "L'agent doit vous montrer le numéro",
		code:       "Le code est",
		again:      "Pour réécouter, appuyez sur une touche.",
		goodbye:    "Au revoir.",
		over:       "Le code n'est plus valable. Demandez-en un autre à l'agent.",
	},
	"sl": {
		greeting: "Samodejni klic, {display_name}, na zahtevo: {organisation}. " +
			"Za poslušanje kode pritisnite katero koli tipko.",
		warning:    "Kodo povejte samo osebi pred vami, nikoli po telefonu.",
		comparison: "Oseba pred vami vam mora pokazati številko",
		code:       "Koda je",
		again:      "Za ponovitev pritisnite tipko.",
		goodbye:    "Na svidenje.",
		over:       "Koda ni več veljavna. Prosite za novo.",
	},
}

// rounds is the number of times that the code is spoken before the call waits for a key.
const rounds = 3

// greeting returns the TwiML of the first half: it waits 3 times 10 seconds for a key and
// hangs up if there is none.
func (p *speaker) greeting(locale, displayName, organisation, action string) string {
	t, text := p.twiml(locale), scripts[locale]
	says := strings.NewReplacer("{display_name}", displayName, "{organisation}",
		organisation).Replace(text.greeting)
	for range rounds {
		t.gather(action, func() { t.say(says) })
	}
	t.say(text.goodbye)
	return t.String()
}

// code returns the TwiML of the second half.
func (p *speaker) code(m spoken, action string) string {
	t, text := p.twiml(m.Locale), scripts[m.Locale]
	t.gather(action, func() {
		t.say(text.warning)
		if m.Comparison != "" {
			t.say(text.comparison)
			t.digits(m.Comparison)
		}
		for range rounds {
			t.pause()
			t.say(text.code)
			t.digits(m.Code)
		}
		t.say(text.again)
	})
	t.say(text.goodbye)
	return t.String()
}

func (p *speaker) over(locale string) string {
	t := p.twiml(locale)
	t.say(scripts[locale].over)
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
