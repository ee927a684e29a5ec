package api

// Benefits is the answer at [PathBenefits]: the benefits that the issuer answers for today.
type Benefits struct {
	// Edition is the day of the catalogue, as YYYY-MM-DD.
	Edition  string    `json:"edition"`
	Benefits []Benefit `json:"benefits"`
	// Evidence has the words for each code in Evidence of a [Benefit].
	Evidence []EvidenceWords `json:"evidence"`
}

// Benefit is a benefit of the issuer's catalogue. Its texts are by language: it, en, de, fr, sl, and others
// in time. Italian is always there.
type Benefit struct {
	ID    string            `json:"id"`
	Names map[string]string `json:"names"`
	// Law is the citation, or a sentence if there is no law. A citation is in Italian only.
	Law map[string]string `json:"law"`
	// Evidence are the codes that an [Evidence] for the benefit may have.
	Evidence []string `json:"evidence,omitempty"`
}

// EvidenceWords are the words for a code of [Evidence], by language.
type EvidenceWords struct {
	Code  string            `json:"code"`
	Names map[string]string `json:"names"`
}

// MaxBenefits is the maximum length of the answer at [PathBenefits] in bytes.
const MaxBenefits = 1 << 20
