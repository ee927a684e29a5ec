package deskpage

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// maxPhones limits the phones that wait for a login. One more is told to try again.
const maxPhones = 50

// phone is a phone whose operator logs in on the desk's own machine.
type phone struct {
	// word tells this phone from others that wait.
	word, back string
	until      time.Time
	token      *oauth2.Token // nil until the login is done
}

// wait makes the phone wait for a login and returns its word. It forgets an earlier wait of the phone. It
// returns false if too many phones wait.
func (o *Operators) wait(key digest, back string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.now()
	taken := map[string]bool{}
	for k, p := range o.phones {
		if now.After(p.until) || k == key {
			delete(o.phones, k)
		} else {
			taken[p.word] = true
		}
	}
	if len(o.phones) >= maxPhones {
		return false
	}
	word := newWord()
	for taken[word] {
		word = newWord()
	}
	o.phones[key] = &phone{word: word, back: back, until: now.Add(loginTime)}
	return true
}

// newWord returns a word of four syllables, which all can read aloud and type.
func newWord() string {
	const consonants, vowels = "bdlmnrsvz", "aeiou"
	var word strings.Builder
	for range 4 {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(consonants)*len(vowels)))) // never fails
		i := int(n.Int64())
		word.WriteByte(consonants[i/len(vowels)])
		word.WriteByte(vowels[i%len(vowels)])
	}
	return word.String()
}

// waits returns a copy of the phone while it waits.
func (o *Operators) waits(key digest) (phone, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.phones[key]
	if p == nil || o.now().After(p.until) {
		return phone{}, false
	}
	return *p, true
}

// named returns the phone that shows the word and has no login yet.
func (o *Operators) named(word string) (key digest, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for k, p := range o.phones {
		if subtle.ConstantTimeCompare([]byte(p.word), []byte(word)) == 1 && p.token == nil &&
			!o.now().After(p.until) {
			key, ok = k, true
		}
	}
	return key, ok
}

// give gives the phone a login. It returns false if the phone no longer waits, or has one.
func (o *Operators) give(key digest, token *oauth2.Token) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.phones[key]
	if p == nil || p.token != nil || o.now().After(p.until) {
		return false
	}
	p.token = token
	return true
}

// take returns the login of the phone, once.
func (o *Operators) take(key digest) (phone, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.phones[key]
	if p == nil || p.token == nil || o.now().After(p.until) {
		return phone{}, false
	}
	delete(o.phones, key)
	return *p, true
}

// wordView is the data of the page on the phone that shows its word.
type wordView struct {
	Word, Local string
	// Early reports that the operator came back before the login was done, and Done that it is.
	Early, Done bool
}

// wait shows the phone's word.
func (d *door) wait(w http.ResponseWriter, r *http.Request) {
	key, _ := d.Key.entered(r)
	if !d.desk.Operators.wait(key, backPath(r.PostFormValue("back"))) {
		d.site.Say(w, r, http.StatusServiceUnavailable,
			web.Message{Title: "desk.login_failed_title", Text: "desk.phones_full"})
		return
	}
	http.Redirect(w, r, pathPhone, http.StatusSeeOther)
}

func (d *door) waiting(w http.ResponseWriter, r *http.Request) { d.showWord(w, r, false) }

func (d *door) showWord(w http.ResponseWriter, r *http.Request, early bool) {
	key, _ := d.Key.entered(r)
	p, ok := d.desk.Operators.waits(key)
	if !ok {
		d.over(w, r)
		return
	}
	v := wordView{p.word, d.Local + pathPhone, early, p.token != nil}
	d.site.Render(w, r, http.StatusOK, "desk-word", v)
}

// collect gives the phone the session of the operator who has logged in for it.
func (d *door) collect(w http.ResponseWriter, r *http.Request) {
	key, _ := d.Key.entered(r)
	p, ok := d.desk.Operators.take(key)
	if !ok {
		d.showWord(w, r, true)
		return
	}
	http.SetCookie(w, d.cookie(operatorCookie, d.desk.Operators.start(p.token), 0))
	http.Redirect(w, r, p.back, http.StatusSeeOther)
}

// phoneView is the data of the page on the desk's machine that asks for a phone's word.
type phoneView struct{ Wrong bool }

// Mistakes returns the mistake for the summary above the form, if there is one.
func (v phoneView) Mistakes() []mistake {
	return summary(v.Wrong, "word", "desk.phone_word", "desk.phone_wrong")
}

func (d *door) askWord(w http.ResponseWriter, r *http.Request) {
	d.site.Render(w, r, http.StatusOK, "desk-phone", phoneView{})
}

// word begins a login for the phone with the word that the operator has typed.
func (d *door) word(w http.ResponseWriter, r *http.Request) {
	separators := strings.NewReplacer(" ", "", "-", "", "\u00a0", "")
	typed := strings.ToLower(separators.Replace(strings.TrimSpace(r.PostFormValue("word"))))
	key, ok := d.desk.Operators.named(typed)
	if !ok {
		d.site.Render(w, r, http.StatusUnprocessableEntity, "desk-phone", phoneView{Wrong: true})
		return
	}
	d.begin(w, r, pending{Back: pathPhone, Phone: key[:]})
}
