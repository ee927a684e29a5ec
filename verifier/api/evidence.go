package api

import (
	"errors"
	"slices"
	"strings"
)

// Evidence is what the desk has looked at in addition to the status, by code: [EvidenceYes] or
// [EvidenceNo]. A code that is missing has not been looked at. The codes of a benefit are in the answer at
// [PathBenefits]; any other code is [MalformedRequest]. Evidence fills in only what the registry leaves
// open: a held fact takes precedence. The code of an annotation of art. 4 DL 5/2012 begins with
// "annotation:"; the others are those of papers that no registry of verbali has, such as a prescription.
type Evidence map[string]string

// The values of an [Evidence].
const (
	EvidenceYes = "yes" // the desk has seen the paper, or read the annotation
	EvidenceNo  = "no"  // there is no such paper or annotation
)

// String returns the one form of the evidence: code=value, sorted and joined by semicolons. It is empty if
// there is none.
func (e Evidence) String() string {
	var list []string
	for code, value := range e {
		list = append(list, code+"="+value)
	}
	slices.Sort(list)
	return strings.Join(list, ";")
}

var errEvidence = errors.New("api: evidence is not in the form of Evidence.String")

// ParseEvidence reads the form of [Evidence.String].
func ParseEvidence(text string) (Evidence, error) {
	if text == "" {
		return nil, nil
	}
	e := Evidence{}
	for part := range strings.SplitSeq(text, ";") {
		code, value, _ := strings.Cut(part, "=")
		if code == "" || value != EvidenceYes && value != EvidenceNo {
			return nil, errEvidence
		}
		e[code] = value
	}
	if e.String() != text {
		return nil, errEvidence
	}
	return e, nil
}
