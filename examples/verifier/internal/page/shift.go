package page

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/answer"
)

// maxShift is how many checks the list holds; older ones give way.
const maxShift = 1000

// Shift is the list of what the desk answered, for who has to account for a shift. It holds nothing about the people: when,
// for what, which answer, and the number of the issuer's receipt. It is lost when the program ends. The zero Shift is empty.
type Shift struct {
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	At      time.Time
	Level   int
	Benefit string
	Report  verifier.Report // of which only verdict and code are kept
	Receipt string          // its number
	Case    string
}

func (s *Shift) add(c *verifier.Client, r verifier.Report, level int, benefit string) {
	e := entry{At: time.Now(), Level: level, Benefit: benefit,
		Report: verifier.Report{Verdict: r.Verdict, Code: r.Code, Authenticity: r.Authenticity}}
	if receipt, err := c.VerifyReceipt(r.Receipt); err == nil {
		e.Receipt, e.Case = receipt.ID, receipt.Case
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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

func (p *Pages) shift(w http.ResponseWriter, r *http.Request) {
	p.Shift.mu.Lock()
	entries := slices.Clone(p.Shift.entries)
	p.Shift.mu.Unlock()
	slices.Reverse(entries)
	var lines []line
	for _, e := range entries {
		lines = append(lines, line{e, answer.Title(language(r), p.Catalogue, e.Benefit), answer.ForReport(language(r), e.Report)})
	}
	p.Site.Render(w, r, http.StatusOK, "desk-shift", lines)
}

func (p *Pages) clearShift(w http.ResponseWriter, r *http.Request) {
	p.Shift.mu.Lock()
	p.Shift.entries = nil
	p.Shift.mu.Unlock()
	http.Redirect(w, r, "/shift", http.StatusSeeOther)
}
