package smpp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms/gsm7"
)

// These are the values of data_coding, section 5.2.19.
const (
	codingDefault = 0 // the centre's default alphabet, the GSM alphabet
	codingUCS2    = 8
)

// These are the types of number and numbering plans, sections 5.2.5 and 5.2.6.
const (
	tonInternational   = 1
	tonNetworkSpecific = 3
	tonAlphanumeric    = 5
	npiUnknown         = 0
	npiISDN            = 1
)

const (
	// maxParts is the maximum number of parts of a text; otp makes texts of one part.
	maxParts = 10
	// longestLife is the longest validity that a relative time can express without months.
	longestLife = 24 * time.Hour
)

// submission returns the body of a submit_sm.
func (s *Sender) submission(m otp.Message) ([]byte, *otp.SendError) {
	switch {
	case m.Channel != otp.SMS:
		return nil, s.fail(otp.ClassRejected, "channel", errors.New("channel is not offered"))
	case m.To.IsZero():
		return nil, s.fail(otp.ClassInvalidRecipient, "phone", errors.New("message has no phone"))
	case m.Text.IsZero():
		return nil, s.fail(otp.ClassRejected, "text", errors.New("message has no text"))
	case m.Life <= 0:
		return nil, s.fail(otp.ClassRejected, "life", errors.New("the code has expired"))
	}
	from, err := s.config.Senders.For(m.To, s.config.Now())
	if err != nil {
		var e *otp.SendError
		if errors.As(err, &e) {
			e.Provider = s.config.Name
			return nil, e
		}
		return nil, s.fail(otp.ClassSenderID, "", err)
	}
	text := m.Text.Reveal()
	parts := gsm7.Count(text)
	if parts.Count > maxParts {
		return nil, s.fail(otp.ClassRejected, "length", errors.New("text is too long"))
	}
	b := message{
		serviceType: s.config.ServiceType,
		source:      source(from),
		destination: address{tonInternational, npiISDN, strings.TrimPrefix(m.To.Reveal(), "+")},
		validity:    validity(m.Life),
	}
	if s.config.Receipts != nil {
		b.registered = 1
	}
	if b.text, _ = gsm7.Encode(text); !parts.GSM7 {
		b.dataCoding, b.text = codingUCS2, wide(text)
	}
	if parts.Count > 1 {
		b.options, b.text = []option{{tagMessagePayload, b.text}}, nil
	}
	return b.bytes(), nil
}

func source(from string) address {
	switch {
	case strings.HasPrefix(from, "+"):
		return address{tonInternational, npiISDN, from[1:]}
	case strings.Trim(from, "0123456789") == "":
		return address{tonNetworkSpecific, npiUnknown, from}
	}
	return address{tonAlphanumeric, npiUnknown, from}
}

// validity returns a relative time, section 7.1.1.2. It is rounded down, so that nothing is
// delivered too late, but is at least a second.
func validity(life time.Duration) string {
	n := int(min(max(life, time.Second), longestLife) / time.Second)
	return fmt.Sprintf("0000%02d%02d%02d%02d000R", n/86400, n/3600%24, n/60%60, n%60)
}

// wide turns UTF-8 into UCS-2 and writes characters beyond it as surrogate pairs, as phones
// expect.
func wide(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return b
}
