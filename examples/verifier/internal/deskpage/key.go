package deskpage

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/verifier/page/web"
)

// Key is the secret of a door. Who knows it gets a cookie, and who has no such cookie gets nothing. Make it
// with [NewKey].
type Key struct{ secret, sign string }

// NewKey returns a new random key of 128 bits or more.
func NewKey() *Key { return &Key{rand.Text(), rand.Text()} }

// Link returns the link to a door with this key. The key is in the fragment, which browsers send to nobody.
func (k *Key) Link(origin string) string { return origin + pathKey + "#" + k.secret }

const (
	pathKey   = "/key"
	keyCookie = "__Host-key"
	maxKey    = 4 << 10 // the length of the form in bytes
)

// keyView is the data of the page that asks for the key.
type keyView struct{ Wrong bool }

// Mistakes returns the mistake for the summary above the form, if there is one.
func (v keyView) Mistakes() []mistake {
	return summary(v.Wrong, "key", "desk.key_label", "desk.key_wrong")
}

// mistake is an entry of the summary above a form: the id of the field, and the keys of its label and of the
// text about the mistake.
type mistake struct{ Field, Label, Text string }

func summary(wrong bool, field, label, text string) []mistake {
	if !wrong {
		return nil
	}
	return []mistake{{field, label, text}}
}

// guard passes on the requests of browsers that have entered. To others it serves the page on which to
// enter, and the static files.
func (k *Key) guard(site *web.Site, next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathKey, func(w http.ResponseWriter, r *http.Request) {
		site.Render(w, r, http.StatusOK, "desk-key", keyView{})
	})
	mux.HandleFunc("POST "+pathKey, func(w http.ResponseWriter, r *http.Request) { k.enter(w, r, site) })
	mux.Handle("GET /assets/", site.Assets())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := k.entered(r); !ok {
			site.Say(w, r, http.StatusForbidden, web.Message{Title: "desk.closed_title", Text: "desk.closed",
				Next: pathKey, NextText: "desk.key_title"})
			return
		}
		next.ServeHTTP(w, r)
	})
	return mux
}

// enter swaps the key for a cookie. Each browser gets one of its own.
func (k *Key) enter(w http.ResponseWriter, r *http.Request, site *web.Site) {
	r.Body = http.MaxBytesReader(w, r.Body, maxKey)
	typed := strings.ToUpper(strings.TrimSpace(r.PostFormValue("key")))
	if subtle.ConstantTimeCompare([]byte(typed), []byte(k.secret)) != 1 {
		site.Render(w, r, http.StatusForbidden, "desk-key", keyView{Wrong: true})
		return
	}
	id := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: keyCookie, Value: id + "." + k.signature(id), Path: "/",
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// entered returns the digest of the browser's cookie, or false if it has none.
func (k *Key) entered(r *http.Request) (digest, bool) {
	c, err := r.Cookie(keyCookie)
	if err != nil {
		return digest{}, false
	}
	id, signature, _ := strings.Cut(c.Value, ".")
	if subtle.ConstantTimeCompare([]byte(signature), []byte(k.signature(id))) != 1 {
		return digest{}, false
	}
	return digestOf(c.Value), true
}

func (k *Key) signature(id string) string {
	mac := hmac.New(sha256.New, []byte(k.sign))
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
