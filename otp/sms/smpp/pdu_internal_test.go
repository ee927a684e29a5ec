package smpp

import (
	"bytes"
	"encoding/hex"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
)

// bindExample is the example of SMPP 3.4 section 3.1.1, a bind_transmitter.
const bindExample = "0000002F000000020000000000000001534D50503354455354007365637265743038005355424D4" +
	"954310000010100"

func TestReadPDU(t *testing.T) {
	raw, err := hex.DecodeString(bindExample)
	require.NoError(t, err)
	want := pdu{id: 2, sequence: 1, body: []byte("SMPP3TEST\x00secret08\x00SUBMIT1\x00\x00\x01\x01\x00")}
	for name, r := range map[string]io.Reader{"whole": bytes.NewReader(raw),
		"byte by byte":      iotest.OneByteReader(bytes.NewReader(raw)),
		"halves":            iotest.HalfReader(bytes.NewReader(raw)),
		"data with the end": iotest.DataErrReader(bytes.NewReader(raw))} {
		p, err := readPDU(r)
		require.NoError(t, err, name)
		assert.Equal(t, want, p, name)
		assert.Equal(t, raw, p.bytes(), name)
	}
	for n := range raw {
		_, err := readPDU(bytes.NewReader(raw[:n]))
		if n == 0 {
			assert.Equal(t, io.EOF, err)
		} else {
			assert.Equal(t, io.ErrUnexpectedEOF, err, "cut to %d", n)
		}
	}
	for _, size := range []uint32{0, 15, maxPDU + 1, 1<<32 - 1} {
		b := pdu{}.bytes()
		b[0], b[1], b[2], b[3] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
		_, err := readPDU(io.MultiReader(bytes.NewReader(b), neverRead{t}))
		assert.Equal(t, errFrame, err)
	}
}

type neverRead struct{ t *testing.T }

func (r neverRead) Read([]byte) (int, error) {
	r.t.Error("read on after a length that cannot be")
	return 0, io.EOF
}

func TestParseMessage(t *testing.T) {
	m := message{serviceType: "CMT", source: address{5, 0, "INPS"},
		destination: address{1, 1, "393331234567"}, esmClass: 4, protocolID: 1,
		priority: 2, scheduled: "s", validity: "000000001000000R", registered: 1, replace: 3, dataCoding: 8,
		defaultText: 9,
		text:        []byte("abc"), options: []option{{tagMessageState, []byte{2}}, {0x1400, []byte{}}}}
	b := m.bytes()
	got, err := parseMessage(b)
	require.NoError(t, err)
	assert.Equal(t, m, got)
	whole := message{text: []byte("abc")}.bytes()
	for n := range whole {
		got, err := parseMessage(whole[:n])
		assert.Equal(t, errBody, err, "cut to %d", n)
		assert.Equal(t, message{}, got, "nothing comes with an error")
	}
	assert.Panics(t, func() { message{text: make([]byte, 256)}.bytes() })
	assert.Panics(t, func() { message{options: []option{{1, make([]byte, 1<<16)}}}.bytes() })
}

// A PDU that was read is written back byte by byte.
func FuzzPDU(f *testing.F) {
	raw, _ := hex.DecodeString(bindExample)
	f.Add(raw)
	f.Add(pdu{id: deliverSM, sequence: 9, body: message{text: []byte("id:1 stat:DELIVRD"),
		options: []option{{tagReceiptedMessageID, []byte("1\x00")}}}.bytes()}.bytes())
	f.Add(pdu{id: submitSM | response, body: []byte("id\x00")}.bytes())
	f.Add([]byte{0, 0, 0, 17, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		p, err := readPDU(r)
		if err != nil {
			return
		}
		read := b[:len(b)-r.Len()]
		if !bytes.Equal(p.bytes(), read) {
			t.Fatalf("% x is written as % x", read, p.bytes())
		}
		m, err := parseMessage(p.body)
		if err != nil {
			return
		}
		if !bytes.Equal(m.bytes(), p.body) {
			t.Fatalf("% x is written as % x", p.body, m.bytes())
		}
		parseReceipt(m)
	})
}

// A receipt is parsed whatever surrounds its fields, and only its ID can contain what could be
// a code or a number.
func FuzzReceipt(f *testing.F) {
	f.Add(
		"id:1A2b sub:001 dlvrd:001 submit date:2601150900 done date:2601150901 stat:DELIVRD err:000 " +
			"text:482913 codice")
	f.Add("STAT:UNDELIVERABLE ERR:75 ID:7")
	f.Add("id: stat:")
	f.Add("xid:1 id:2 stat:EXPIRED")
	f.Fuzz(func(t *testing.T, s string) {
		r := parseReceiptText(s)
		if len(r.textID) > 65 || len(r.code) > 5 || r.delivery > otp.DeliveryUnknown {
			t.Fatalf("%+v", r)
		}
		if r.textID != "" && !strings.Contains(s, ":"+r.textID) || r.code != "" &&
			!strings.Contains(s, ":"+r.code) {
			t.Fatalf("%+v is not in %q", r, s)
		}
		if again := parseReceiptText(s + " text:id:9 stat:REJECTD err:1"); !strings.Contains(
			strings.ToLower(s), "text:") && again != r && len(strings.ToLower(s)) == len(s) {
			t.Fatalf("what follows the text counts: %+v, %+v", r, again)
		}
		if r.textID != "" {
			for _, form := range []IDForm{SameID, HexThenDecimal, DecimalThenHex} {
				if form.receipted(r.textID) == "" || form.submitted(r.textID) == "" {
					t.Fatalf("%q has no form %d", r.textID, form)
				}
			}
		}
	})
}

// The two ends of a form agree: a message submitted in one is found under the other.
func TestIDForms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 10000 {
		n := rnd.Uint64() >> rnd.IntN(64)
		hexadecimal, decimal := strings.ToUpper(hexOf(n)), number(hexOf(n), 16)
		assert.Equal(t, HexThenDecimal.submitted(hexadecimal), HexThenDecimal.receipted("000"+decimal))
		assert.Equal(t, DecimalThenHex.submitted(decimal), DecimalThenHex.receipted("00"+hexadecimal))
		assert.Equal(t, SameID.submitted(hexadecimal), SameID.receipted("0"+strings.ToLower(hexadecimal)))
	}
}

func hexOf(n uint64) string {
	return strconv.FormatUint(n, 16)
}

func TestRing(t *testing.T) {
	r := ring[int]{size: 3}
	for n, key := range []string{"a", "b", "a", "c", "d", "e"} {
		r.add(key, n)
	}
	assert.Equal(t, map[string]int{"c": 3, "d": 4, "e": 5}, r.values)
	r.remove("d")
	r.add("f", 6)
	_, ok := r.get("d")
	assert.False(t, ok)
	for n := range 1000 {
		r.add(hexOf(uint64(n+1)), n)
		assert.LessOrEqual(t, len(r.values), 3)
		assert.Len(t, r.order, 3)
	}
}

// Sequence numbers wrap around and skip those in use.
func TestSequenceWraps(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := newSession(&Sender{config: Config{Window: 1, Timeout: time.Second}}, ours)
	defer c.end(nil)
	c.sequence = maxSequence - 1
	c.pending[1] = &request{timer: time.NewTimer(time.Hour)}
	for range 3 {
		c.request(enquireLink, nil, "", nil)
	}
	assert.ElementsMatch(t, []uint32{1, maxSequence, 2, 3}, slices.Collect(maps.Keys(c.pending)))
}

// Every status of the specification has a class, and every other status is a rejection.
func TestStatuses(t *testing.T) {
	s := &Sender{config: Config{Name: providerName}}
	for status, known := range statuses {
		e := s.refuse(status)
		assert.Equal(t, known.class, e.Class, known.name)
		assert.Equal(t, known.class == otp.ClassThrottled, e.RetryAfter > 0, known.name)
		assert.Less(t, len(e.Code), 32)
	}
	for _, status := range []uint32{0x09, 0x10, 0x400, 0x4ff, 0x500, 1<<32 - 1} {
		assert.Equal(t, otp.ClassRejected, s.refuse(status).Class)
	}
}

// When a place in the window is free, its answer has been given.
func TestAnswerBeforeRelease(t *testing.T) {
	c := newSession(&Sender{config: Config{Window: 1, Timeout: time.Minute}}, nil)
	released := false
	var q pdu
	var r *request
	q, r = c.request(enquireLink, nil, "", func() {
		released = true
		assert.Len(t, r.answer, 1)
	})
	require.NoError(t, c.handle(pdu{id: enquireLink | response, sequence: q.sequence}))
	assert.True(t, released)
}
