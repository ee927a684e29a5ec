package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
)

// A Record is one access as it stands in the log and in the file that the person keeps. All of it may be
// shown to the person.
type Record struct {
	// ID is that of the receipt that the operator has.
	ID string `json:"id"`
	// At is when the person's code was accepted, to the second, in UTC.
	At time.Time `json:"at"`
	// Person and Operator are pseudonyms, the same in all records of one log.
	Person   string `json:"person"`
	Operator string `json:"operator"`
	// Organisation as it stood in the message to the person. Declared: the operator named it, and nobody
	// vouches for it.
	Organisation string `json:"organisation"`
	Declared     bool   `json:"declared"`
	// Purpose says what for, and Scope what was disclosed.
	Purpose string `json:"purpose"`
	Scope   string `json:"scope"`
	// CaseNumber is the operator's own.
	CaseNumber string `json:"case_number,omitempty"`
	// Channel on which the code of the challenge came to the person. Challenge is the challenge's id.
	Channel   string `json:"channel"`
	Challenge string `json:"challenge"`
}

// maxRecord is the longest text of a record; what verifier/service appends is some 500 bytes.
const maxRecord = 8 << 10

var errRecord = errors.New("record is not in its canonical form")

// Text is the record's one form: compact JSON with the members in the order of the type.
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

// ParseRecord accepts the one form and no other, so that what is shown is what was hashed.
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
