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

// Shift is the list of what the desk answered, for who has to account for a shift. It holds nothing about
// the people: when, for what, which answer, and the number of the issuer's receipt. It is lost when the
// program ends. The zero Shift is empty.
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

// entry is what the list keeps of a report.
func (p *Pages) entry(report verifier.Report, level int, benefit string) entry {
	e := entry{At: p.config.Now(), Level: level, Benefit: benefit,
		Report: verifier.Report{Verdict: report.Verdict, Code: report.Code, Authenticity: report.Authenticity}}
	if claims := report.ReceiptClaims; claims != nil {
		e.Receipt, e.Case = claims.ID, claims.Case
	}
	return e
}

func (s *Shift) add(e entry) {
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
		lines = append(
			lines,
			line{
				e,
				answer.Title(language(r), p.config.Catalogue, e.Benefit),
				answer.ForReport(language(r), e.Report),
			},
		)
	}
	p.config.Site.Render(w, r, http.StatusOK, "q-shift", shiftView{p.at(), lines})
}

func (p *Pages) clearShift(w http.ResponseWriter, r *http.Request) {
	p.config.Shift.mu.Lock()
	p.config.Shift.entries = nil
	p.config.Shift.mu.Unlock()
	http.Redirect(w, r, p.at().At(pathShift), http.StatusSeeOther)
}
