package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// A Record is one access as the log and the person's file hold it. All of it may be shown to
// the person.
type Record struct {
	// ID is the ID of the operator's receipt.
	ID string `json:"id"`
	// At is the time at which the person's code was accepted, to the second, in UTC.
	At time.Time `json:"at"`
	// Person and Operator are pseudonyms, the same in all records of one log.
	Person   string `json:"person"`
	Operator string `json:"operator"`
	// Organisation is the name in the message to the person. Declared reports that the operator
	// typed it and it is not verified.
	Organisation string `json:"organisation"`
	Declared     bool   `json:"declared"`
	// Purpose is the reason of the access, and Scope is what was disclosed.
	Purpose string `json:"purpose"`
	Scope   string `json:"scope"`
	// CaseNumber is the operator's case number.
	CaseNumber string `json:"case_number,omitempty"`
	// Evidence is what the operator declared to have seen of the person's papers: code=yes or
	// code=no, joined by semicolons.
	Evidence string `json:"evidence,omitempty"`
	// Channel is the channel on which the person got the code. Challenge is the challenge's ID.
	Channel   string `json:"channel"`
	Challenge string `json:"challenge"`
	// Suppression is set if the record says that another one is hidden from the person.
	Suppression *Suppression `json:"suppression,omitempty"`
}

// A Suppression hides a record from the person until a time. One member of the staff proposes it and
// another one approves it.
type Suppression struct {
	// ID is the ID of the hidden record.
	ID string `json:"id"`
	// Until is when the person sees the record, and this one.
	Until time.Time `json:"until"`
	// Proposed is when it was proposed.
	Proposed time.Time `json:"proposed"`
	// Approved is false in the record of the proposal, which hides nothing, and true in that of the approval.
	Approved bool `json:"approved"`
	// Signed is the text that the staff signed, with one signature or two, in the form of package note.
	Signed string `json:"signed"`
}

// maxRecord is the maximum length of a record's text in bytes. verifier/service appends about
// 500.
const maxRecord = 8 << 10

var errRecord = errors.New("record is not in its canonical form")

// Text returns the record's canonical form: compact JSON with the members in the order of the
// type.
func (r Record) Text() ([]byte, error) {
	text, err := r.encode()
	if err != nil {
		return nil, err
	}
	if _, err := ParseRecord(text); err != nil { // such as one with text that is not UTF-8
		return nil, err
	}
	return text, nil
}

func (r Record) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(r); err != nil {
		return nil, errRecord
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// ParseRecord accepts only the canonical form, so that what is shown is what was hashed.
func ParseRecord(text []byte) (Record, error) {
	var r Record
	if len(text) > maxRecord || json.Unmarshal(text, &r) != nil {
		return Record{}, errRecord
	}
	again, err := r.encode()
	if err != nil || !bytes.Equal(again, text) {
		return Record{}, errRecord
	}
	return r, nil
}
