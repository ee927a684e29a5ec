package smpp_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/otp/sms/smpp"
)

// These are the commands of SMPP 3.4, written independently of the package.
const (
	bindTransceiver = 0x09
	submitSM        = 0x04
	deliverSM       = 0x05
	unbind          = 0x06
	enquireLink     = 0x15
	genericNack     = 0x80000000
	resp            = 0x80000000
)

type frame struct {
	id, status, sequence uint32
	body                 []byte
}

func (f frame) bytes() []byte {
	var b []byte
	for _, n := range []uint32{uint32(16 + len(f.body)), f.id, f.status, f.sequence} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return append(b, f.body...)
}

func readFrame(r io.Reader) (frame, error) {
	h := make([]byte, 16)
	if _, err := io.ReadFull(r, h); err != nil {
		return frame{}, err
	}
	n := func(i int) uint32 { return binary.BigEndian.Uint32(h[4*i:]) }
	if n(0) < 16 || n(0) > 1<<17 {
		return frame{}, errors.New("not SMPP")
	}
	f := frame{id: n(1), status: n(2), sequence: n(3), body: make([]byte, n(0)-16)}
	_, err := io.ReadFull(r, f.body)
	return f, err
}

// A centre is a correct message centre, except where on intervenes.
type centre struct {
	// on gets each PDU first. If it returns true, the centre does nothing else with it.
	on func(p *port, f frame) bool

	mu    sync.Mutex
	got   []frame // all PDUs, in order
	ports []*port
	n     int
}

// A port is one connection to the centre.
type port struct {
	net.Conn
	centre *centre
	mu     sync.Mutex
}

func (p *port) send(f frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Write(f.bytes())
}

func (c *centre) serve(conn net.Conn) {
	p := &port{Conn: conn, centre: c}
	c.mu.Lock()
	c.ports = append(c.ports, p)
	c.mu.Unlock()
	defer conn.Close()
	for {
		f, err := readFrame(conn)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.got = append(c.got, f)
		on := c.on
		c.mu.Unlock()
		if on != nil && on(p, f) {
			continue
		}
		switch f.id {
		case bindTransceiver:
			p.send(frame{id: f.id | resp, sequence: f.sequence,
				body: []byte("centre\x00\x02\x10\x00\x01\x34")})
		case submitSM:
			p.send(frame{id: f.id | resp, sequence: f.sequence, body: []byte(c.nextID() + "\x00")})
		case enquireLink:
			p.send(frame{id: f.id | resp, sequence: f.sequence})
		case unbind:
			p.send(frame{id: f.id | resp, sequence: f.sequence})
			return
		}
	}
}

func (c *centre) nextID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return "m" + strconv.Itoa(c.n)
}

// count returns the number of received PDUs with an ID.
func (c *centre) count(id uint32) int { return len(c.all(id)) }

func (c *centre) all(id uint32) (out []frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.got {
		if f.id == id {
			out = append(out, f)
		}
	}
	return out
}

// port returns the last connection.
func (c *centre) port() *port {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ports[len(c.ports)-1]
}

// dial connects by a pipe, which works with the time of testing/synctest.
func (c *centre) dial(context.Context, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	go c.serve(theirs)
	return ours, nil
}

// listen serves on the loopback interface.
func (c *centre) listen(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return l.Addr().String()
}

const password = "wachtwrd"

func config() smpp.Config {
	return smpp.Config{Address: "smsc.example:2775", Plain: true, SystemID: "inps",
		Password: sms.NewSecret(password),
		Senders:  sms.SenderIDs{{Value: "INPS", Prefix: "+39", Registration: "1"}, {Value: "INPS"}}}
}

// open returns a Sender to c. The end of the test closes it.
func open(t *testing.T, c *centre, change func(*smpp.Config)) *smpp.Sender {
	t.Helper()
	cfg := config()
	cfg.Dial = c.dial
	if change != nil {
		change(&cfg)
	}
	s, err := smpp.New(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// receiptText is the deliver_sm of a receipt.
func receiptText(text string) []byte { return deliver(0x04, 0, []byte(text)) }

func deliver(class, coding byte, text []byte, options ...byte) []byte {
	b := []byte("\x00\x01\x01393331234567\x00\x05\x00INPS\x00")
	b = append(b, class, 0, 0, 0, 0, 0, 0, coding, 0, byte(len(text)))
	return append(append(b, text...), options...)
}

// A submission holds the fields of a submit_sm.
type submission struct {
	service          string
	source, to       string
	sourceType       [2]byte
	toType           [2]byte
	validity         string
	registered, code byte
	text             []byte
	rest             []byte // optional parameters
}

func read(t *testing.T, body []byte) (s submission) {
	b := bytes.NewBuffer(body)
	text := func() string {
		v, err := b.ReadString(0)
		require.NoError(t, err)
		return v[:len(v)-1]
	}
	pair := func() [2]byte { return [2]byte(b.Next(2)) }
	s.service = text()
	s.sourceType, s.source = pair(), text()
	s.toType, s.to = pair(), text()
	assert.Equal(t, []byte{0, 0, 0}, b.Next(3), "esm_class, protocol_id, priority_flag")
	assert.Empty(t, text(), "schedule_delivery_time")
	s.validity = text()
	flags := b.Next(4)
	s.registered, s.code = flags[0], flags[2]
	n, err := b.ReadByte()
	require.NoError(t, err)
	s.text = b.Next(int(n))
	s.rest = b.Bytes()
	return s
}

// hangUp closes all connections.
func (c *centre) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.ports {
		p.Close()
	}
}

// reset closes a connection so that the other side sees a reset.
func (p *port) reset() {
	if tcp, ok := p.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	p.Close()
}

// receipts collects the receipts passed to Config.Receipts.
type receipts struct {
	fail error

	mu  sync.Mutex
	got []otp.Receipt
}

func (r *receipts) take(_ context.Context, one otp.Receipt) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, one)
	return r.fail
}

func (r *receipts) all() []otp.Receipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]otp.Receipt(nil), r.got...)
}

var errStore = errors.New("store is down")

func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, time.Millisecond)
}
