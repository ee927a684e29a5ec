package answer

import (
	"embed"
	"strings"
	"sync"

	"github.com/qr-invalidita/attesta/internal/words"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// Words are a headline, a sentence or two that explain it, and what to do next.
type Words struct {
	Headline string `json:"headline"`
	Sentence string `json:"sentence"`
	Next     string `json:"next"`
}

// For returns the words of a cause. For an unknown code they are those of "cannot tell", and for an
// unknown language they are in English.
func For(lang status.Language, code api.Code) Words { return in(lang).code(string(code)) }

// ForProblem returns the words of why the issuer gave no answer, with the same rules as [For]. A problem and
// a cause of the same name have the same words.
func ForProblem(lang status.Language, code api.ProblemCode) Words {
	return in(lang).code(string(code))
}

// ForLimit returns the words of what was too much, in place of those of [api.RateLimited]. A limit that has
// no words of its own has those.
func ForLimit(lang status.Language, limit api.Limit) Words {
	if w, ok := in(lang).Limit[string(limit)]; ok {
		return w
	}
	return ForProblem(lang, api.RateLimited)
}

// ForVerdict returns the words of a verdict by itself. For a report, call [ForReport].
func ForVerdict(lang status.Language, v api.Outcome) Words {
	b := in(lang)
	if w, ok := b.Verdict[v.String()]; ok {
		return w
	}
	return b.Verdict[api.CannotTell.String()]
}

// ForAuthenticity returns the words of what is known of the paper.
func ForAuthenticity(lang status.Language, a verifier.Authenticity) Words {
	b := in(lang)
	if w, ok := b.Authenticity[a.String()]; ok {
		return w
	}
	return b.Authenticity[verifier.AuthenticityUnknown.String()]
}

// StatusNotChecked returns the words of an authentic paper about whose person nobody was asked. They begin
// with "not a yes", since an authentic paper is easily taken for one.
func StatusNotChecked(lang status.Language) Words { return in(lang).StatusNotChecked }

// ForReport returns the words that explain a report. They are those of the issuer's problem if there is
// one, those for a paper of an issuer that is not trusted, those of the cause, [StatusNotChecked], or
// those of "confirmed".
func ForReport(lang status.Language, r verifier.Report) Words {
	switch {
	case r.Verdict == api.Confirmed:
		return ForVerdict(lang, r.Verdict)
	case r.Problem != nil && r.Problem.Code == api.RateLimited:
		return ForLimit(lang, r.Problem.Limit)
	case r.Problem != nil:
		return ForProblem(lang, r.Problem.Code)
	case r.Foreign != nil:
		return in(lang).Foreign.about(r.Foreign)
	case r.Code != "":
		return For(lang, r.Code)
	case r.Authenticity == verifier.Authentic:
		return StatusNotChecked(lang)
	}
	return ForVerdict(lang, api.CannotTell)
}

// ForINPS returns the words of a QR of INPS, which are those of [api.CodeNotOurs] for an unknown kind. The
// kinds are those of package scan.
func ForINPS(lang status.Language, kind string) Words {
	if w, ok := in(lang).INPS[kind]; ok {
		return w
	}
	return For(lang, api.CodeNotOurs)
}

// ForCard returns the words that explain a report about a card in a wallet. A report that can only be about
// something else has those of [ForReport].
func ForCard(lang status.Language, r verifier.Report) Words {
	cause := string(r.Code)
	if r.Verdict == api.Confirmed {
		cause = r.Verdict.String()
	}
	if w, ok := in(lang).Card[cause]; ok && r.Problem == nil {
		return w
	}
	return ForReport(lang, r)
}

// maxTrusted bounds the issuers that a text names.
const maxTrusted = 3

// about fills in the issuers.
func (w Words) about(f *verifier.Foreign) Words {
	trusted := strings.Join(f.Trusted[:min(len(f.Trusted), maxTrusted)], ", ")
	if len(f.Trusted) > maxTrusted {
		trusted += "…"
	}
	fill := strings.NewReplacer("{trusted}", trusted, "{named}", strings.TrimPrefix(f.Named, "https://"))
	return Words{fill.Replace(w.Headline), fill.Replace(w.Sentence), fill.Replace(w.Next)}
}

// book is one file of the folder words.
type book struct {
	Sign             map[string]string `json:"sign"`
	Verdict          map[string]Words  `json:"verdict"`
	Authenticity     map[string]Words  `json:"authenticity"`
	StatusNotChecked Words             `json:"status_not_checked"`
	Foreign          Words             `json:"foreign"`
	INPS             map[string]Words  `json:"inps"`
	Code             map[string]Words  `json:"code"`
	Limit            map[string]Words  `json:"limit"`
	Card             map[string]Words  `json:"card"`
}

func (b book) code(code string) Words {
	if w, ok := b.Code[code]; ok {
		return w
	}
	return b.Verdict[api.CannotTell.String()]
}

func in(lang status.Language) book {
	if b, ok := books()[string(lang)]; ok {
		return b
	}
	return books()[string(status.English)]
}

//go:embed words/*.json
var wordFiles embed.FS

// books are part of the program and never changed.
var books = sync.OnceValue(func() map[string]book { return words.MustRead[book](wordFiles) })
