package service

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/benefit"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// A listing is the answer at [api.PathBenefits] on one day.
type listing struct {
	mu   sync.Mutex
	day  status.Date
	body []byte
	etag string
}

// benefits answers with the catalogue of the day. Anybody may read it, also a web page, and cache it.
func (v *Service) benefits(w http.ResponseWriter, r *http.Request) {
	body, etag, err := v.list.on(v.today(), v.cfg.Benefits)
	if err != nil {
		v.refuse(w, r, unavailable("Benefits", err))
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("ETag", etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// on returns the answer for the day, which it makes once.
func (l *listing) on(day status.Date, c benefit.Catalogue) (body []byte, etag string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.day != day {
		if l.body, err = json.Marshal(catalogue(c, day)); err != nil {
			return nil, "", err
		}
		sum := sha256.Sum256(l.body)
		l.day, l.etag = day, `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`
	}
	return l.body, l.etag, nil
}

// catalogue returns the benefits of the day that fit into a request.
func catalogue(c benefit.Catalogue, day status.Date) api.Benefits {
	list := api.Benefits{
		Edition: c.Edition().String(), Benefits: []api.Benefit{}, Evidence: []api.EvidenceWords{},
	}
	named := map[string]bool{}
	for _, b := range c.On(day) {
		if len(b.ID) > maxBenefit {
			continue
		}
		codes := b.Accepts()
		list.Benefits = append(list.Benefits,
			api.Benefit{ID: b.ID, Names: byLanguage(b.Title), Law: byLanguage(b.Law), Evidence: codes})
		for _, code := range codes {
			if text, ok := c.Evidence(code); ok && !named[code] {
				named[code] = true
				list.Evidence = append(list.Evidence, api.EvidenceWords{Code: code, Names: byLanguage(text)})
			}
		}
	}
	return list
}

func byLanguage(t benefit.Text) map[string]string {
	words := map[string]string{}
	for _, lang := range t.Languages() {
		words[string(lang)] = t.In(lang)
	}
	return words
}
