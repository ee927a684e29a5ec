package smpp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// These are the command IDs, SMPP 3.4 section 5.1.2.1.
const (
	response = 0x80000000 // this bit is set in the ID of an answer

	genericNack     = 0x80000000
	submitSM        = 0x00000004
	deliverSM       = 0x00000005
	unbind          = 0x00000006
	bindTransceiver = 0x00000009
	enquireLink     = 0x00000015
	alert           = 0x00000102 // alert_notification, which has no answer
)

// These are the tags of optional parameters, section 5.3.2.
const (
	tagReceiptedMessageID = 0x001e
	tagMessagePayload     = 0x0424
	tagMessageState       = 0x0427
)

const (
	headerSize = 16
	// maxPDU holds the longest message_payload and more. A centre that sends more does not speak
	// SMPP.
	maxPDU = 72 << 10
	// maxSequence is the highest sequence number, section 3.2.
	maxSequence = 0x7fffffff
)

var (
	errFrame = errors.New("length of the PDU is out of bounds")
	errBody  = errors.New("body of the PDU is malformed")
)

// A pdu is a header and a body.
type pdu struct {
	id, status, sequence uint32
	body                 []byte
}

func (p pdu) bytes() []byte {
	b := make([]byte, headerSize, headerSize+len(p.body))
	binary.BigEndian.PutUint32(b[0:], uint32(headerSize+len(p.body)))
	binary.BigEndian.PutUint32(b[4:], p.id)
	binary.BigEndian.PutUint32(b[8:], p.status)
	binary.BigEndian.PutUint32(b[12:], p.sequence)
	return append(b, p.body...)
}

// readPDU reads one PDU. After errFrame the stream cannot be read further.
func readPDU(r io.Reader) (pdu, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return pdu{}, err
	}
	size := binary.BigEndian.Uint32(h[0:])
	if size < headerSize || size > maxPDU {
		return pdu{}, errFrame
	}
	p := pdu{id: binary.BigEndian.Uint32(h[4:]), status: binary.BigEndian.Uint32(h[8:]),
		sequence: binary.BigEndian.Uint32(h[12:])}
	if size == headerSize {
		return p, nil
	}
	p.body = make([]byte, size-headerSize)
	_, err := io.ReadFull(r, p.body)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return p, err
}

// A message is the body of submit_sm and deliver_sm, sections 4.4.1 and 4.6.1.
type message struct {
	serviceType                                  string
	source, destination                          address
	esmClass, protocolID, priority               byte
	scheduled, validity                          string
	registered, replace, dataCoding, defaultText byte
	text                                         []byte // short_message
	options                                      []option
}

type address struct {
	ton, npi byte
	value    string
}

// An option is an optional parameter (TLV).
type option struct {
	tag   uint16
	value []byte
}

// bytes encodes m. It panics if text or an option is too long, so the caller must check the
// lengths.
func (m message) bytes() []byte {
	b := text(nil, m.serviceType)
	for _, a := range []address{m.source, m.destination} {
		b = text(append(b, a.ton, a.npi), a.value)
	}
	b = text(text(append(b, m.esmClass, m.protocolID, m.priority), m.scheduled), m.validity)
	b = append(b, m.registered, m.replace, m.dataCoding, m.defaultText)
	if len(m.text) > 0xff {
		panic("smpp: short_message is too long")
	}
	b = append(append(b, byte(len(m.text))), m.text...)
	return appendOptions(b, m.options)
}

func appendOptions(b []byte, options []option) []byte {
	for _, o := range options {
		if len(o.value) > 0xffff {
			panic("smpp: optional parameter is too long")
		}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, o.tag), uint16(len(o.value)))
		b = append(b, o.value...)
	}
	return b
}

// text appends s to b as a C-octet string.
func text(b []byte, s string) []byte { return append(append(b, s...), 0) }

// parseMessage reads exactly what bytes writes. It does not check field lengths against the
// specification, because many centres exceed them.
func parseMessage(body []byte) (m message, err error) {
	f := fields{rest: body}
	m.serviceType = f.text()
	for _, a := range []*address{&m.source, &m.destination} {
		*a = address{f.byte(), f.byte(), f.text()}
	}
	m.esmClass, m.protocolID, m.priority = f.byte(), f.byte(), f.byte()
	m.scheduled, m.validity = f.text(), f.text()
	m.registered, m.replace, m.dataCoding, m.defaultText = f.byte(), f.byte(), f.byte(), f.byte()
	m.text = f.take(int(f.byte()))
	m.options = f.options()
	if f.bad {
		return message{}, errBody
	}
	return m, nil
}

// option returns the value of the first optional parameter with a tag, or nil.
func (m message) option(tag uint16) []byte {
	for _, o := range m.options {
		if o.tag == tag {
			return o.value
		}
	}
	return nil
}

// fields reads a body from its beginning. If a field is incomplete, bad is set and stays set.
type fields struct {
	rest []byte
	bad  bool
}

func (f *fields) take(n int) []byte {
	if f.bad || n > len(f.rest) {
		f.bad = true
		return nil
	}
	b := f.rest[:n]
	f.rest = f.rest[n:]
	return b
}

func (f *fields) byte() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) text() string {
	n := bytes.IndexByte(f.rest, 0)
	if n < 0 {
		f.bad = true
		return ""
	}
	return string(f.take(n + 1)[:n])
}

func (f *fields) options() (all []option) {
	for !f.bad && len(f.rest) > 0 {
		h := f.take(4)
		if h == nil {
			break
		}
		all = append(all, option{binary.BigEndian.Uint16(h), f.take(int(binary.BigEndian.Uint16(h[2:])))})
	}
	return all
}
