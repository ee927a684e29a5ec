package page

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// maxShift is the maximum number of entries in the list. The oldest entry is removed first.
const maxShift = 1000

// A Shift is the list of a desk's answers, for an operator who has to account for a shift. It contains times,
// benefits, answers and the IDs of receipts, but nothing about the people. It is lost when the program ends.
// The zero Shift is empty.
type Shift struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	At      time.Time
	Level   int // 0 for a card
	Benefit string
	Report  verifier.Report // verdict, code and authenticity only
	Receipt string          // the receipt's ID
	Case    string
	nonce   string // that of the inquiry
}

// entry returns the entry of a report.
func (p *Pages) entry(report verifier.Report, level int, i inquiry) entry {
	brief := verifier.Report{Verdict: report.Verdict, Code: report.Code, Authenticity: report.Authenticity}
	e := entry{At: p.config.Now(), Level: level, Benefit: asked(i, level), Report: brief, nonce: i.Nonce}
	if claims := report.ReceiptClaims; claims != nil {
		e.Receipt, e.Case = claims.ID, claims.Case
	}
	return e
}

// add adds an entry, or replaces that of the same question if a page was loaded again.
func (s *Shift) add(e entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := func(old entry) bool { return old.nonce == e.nonce && old.Level == e.Level }
	if n := slices.IndexFunc(s.entries, again); n >= 0 {
		s.entries[n] = e
		return
	}
	if len(s.entries) == maxShift {
		s.entries = s.entries[1:]
	}
	s.entries = append(s.entries, e)
}

// line is an entry in words.
type line struct {
	entry
	Title string
	answer.Words
}

type shiftView struct {
	place
	Lines []line
}

func (p *Pages) shift(w http.ResponseWriter, r *http.Request) {
	p.config.Shift.mu.Lock()
	entries := slices.Clone(p.config.Shift.entries)
	p.config.Shift.mu.Unlock()
	slices.Reverse(entries)
	var lines []line
	for _, e := range entries {
		title := answer.Title(language(r), p.config.Catalogue, e.Benefit)
		words := answer.ForReport(language(r), e.Report)
		if e.Level == 0 {
			words = answer.ForCard(language(r), e.Report)
		}
		lines = append(lines, line{e, title, words})
	}
	p.config.Site.Render(w, r, http.StatusOK, "q-shift", shiftView{p.at(), lines})
}

func (p *Pages) clearShift(w http.ResponseWriter, r *http.Request) {
	p.config.Shift.mu.Lock()
	p.config.Shift.entries = nil
	p.config.Shift.mu.Unlock()
	http.Redirect(w, r, p.at().At(pathShift), http.StatusSeeOther)
}
