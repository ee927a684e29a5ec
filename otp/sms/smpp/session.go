package smpp

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/qr-invalidita/attesta/otp"
)

var (
	errSilent   = errors.New("the centre does not answer")
	errUnbound  = errors.New("the centre ended the session")
	errClosed   = errors.New("the sender is closed")
	errNoAnswer = errors.New("no answer in time")
	errDeaf     = errors.New("the centre does not read")
)

// A session is one connection, from the bind to the end.
type session struct {
	sender *Sender
	conn   net.Conn
	in     *bufio.Reader
	window chan struct{} // a token for each submit_sm without an answer
	write  chan struct{} // one token: its holder writes
	// replies holds what the reading goroutine has to send. It must not wait until the centre
	// reads, because the centre may be waiting for it to read.
	replies chan pdu

	mu       sync.Mutex
	sequence uint32
	pending  map[uint32]*request
	draining bool
	pause    time.Time // nothing is submitted before this time

	ended sync.Once
	done  chan struct{}
	err   error // valid after done is closed
}

// A request waits for its answer.
type request struct {
	messageID string // of a submit_sm
	answer    chan pdu
	timer     *time.Timer
	release   func()
}

func newSession(s *Sender, conn net.Conn) *session {
	return &session{sender: s, conn: conn, in: bufio.NewReader(conn),
		window: make(chan struct{}, s.config.Window),
		write:  make(chan struct{}, 1), replies: make(chan pdu, 1024), pending: map[uint32]*request{},
		done: make(chan struct{})}
}

// end closes the connection. Callers that wait for an answer get err.
func (c *session) end(err error) {
	c.ended.Do(func() {
		c.err = err
		close(c.done)
		c.conn.Close()
		c.mu.Lock()
		for _, r := range c.pending {
			r.timer.Stop()
		}
		c.pending = map[uint32]*request{}
		c.mu.Unlock()
	})
}

// put writes p unless ctx ends before. An error means that p was not written whole, so the
// centre cannot have parsed it. The error ends the session if any of p was written.
func (c *session) put(ctx context.Context, p pdu) error {
	select {
	case c.write <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return c.err
	}
	defer func() { <-c.write }()
	if err := ctx.Err(); err != nil {
		return err
	}
	wait := c.sender.config.Timeout
	if end, ok := ctx.Deadline(); ok {
		// Wait at least a second: a caller with a short deadline must not end the session of all.
		wait = min(wait, max(time.Until(end), time.Second))
	}
	c.conn.SetWriteDeadline(time.Now().Add(wait))
	if _, err := c.conn.Write(p.bytes()); err != nil {
		c.end(err)
		return err
	}
	return nil
}

// reply queues p to be written soon.
func (c *session) reply(p pdu) error {
	select {
	case c.replies <- p:
		return nil
	default:
		return errDeaf
	}
}

// talk writes replies until the session ends.
func (c *session) talk() {
	for {
		select {
		case p := <-c.replies:
			if err := c.put(context.Background(), p); err != nil {
				return
			}
		case <-c.done:
			return
		}
	}
}

// request registers a request before it is written.
func (c *session) request(id uint32, body []byte, messageID string, release func()) (pdu, *request) {
	r := &request{messageID: messageID, answer: make(chan pdu, 1), release: release}
	c.mu.Lock()
	for {
		if c.sequence++; c.sequence > maxSequence {
			c.sequence = 1
		}
		if c.pending[c.sequence] == nil {
			break
		}
	}
	sequence := c.sequence
	c.pending[sequence] = r
	r.timer = time.AfterFunc(c.sender.config.Timeout, func() { c.drop(sequence) })
	c.mu.Unlock()
	return pdu{id: id, sequence: sequence, body: body}, r
}

// drop removes a request that will not be answered.
func (c *session) drop(sequence uint32) { c.settle(sequence, func(*request) {}) }

// settle removes a request, passes it to answer and only then frees its place in the window.
// So when the window is empty, all answers have been given.
func (c *session) settle(sequence uint32, answer func(*request)) {
	c.mu.Lock()
	r := c.pending[sequence]
	delete(c.pending, sequence)
	c.mu.Unlock()
	if r == nil {
		return
	}
	r.timer.Stop()
	answer(r)
	if r.release != nil {
		r.release()
	}
}

// call makes a request and waits for the answer. If made is true, the request was written,
// whatever the error.
func (c *session) call(ctx context.Context, id uint32, body []byte, messageID string,
	release func()) (p pdu, made bool, err error) {
	q, r := c.request(id, body, messageID, release)
	if err := c.put(ctx, q); err != nil {
		c.drop(q.sequence)
		return pdu{}, false, err
	}
	timer := time.NewTimer(c.sender.config.Timeout)
	defer timer.Stop()
	select {
	case p = <-r.answer:
		return p, true, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
		err = errNoAnswer
	case <-c.done:
		err = c.err
	}
	// The answer may have come at the same moment.
	select {
	case p = <-r.answer:
		return p, true, nil
	default:
		return pdu{}, true, err
	}
}

// submit sends a submit_sm when the window has a place.
func (c *session) submit(ctx context.Context, body []byte,
	messageID string) (otp.Submission, *otp.SendError) {
	s := c.sender
	select {
	case c.window <- struct{}{}:
	case <-ctx.Done():
		return otp.Submission{}, s.fail(otp.ClassUnavailable, "window", ctx.Err())
	case <-c.done:
		return otp.Submission{}, s.fail(otp.ClassUnavailable, "", c.err)
	}
	release := func() { <-c.window }
	c.mu.Lock()
	draining, pause := c.draining, time.Until(c.pause)
	c.mu.Unlock()
	if draining || pause > 0 {
		release()
		if draining {
			return otp.Submission{}, s.fail(otp.ClassUnavailable, "", errUnbound)
		}
		e := s.fail(otp.ClassThrottled, "pause", nil)
		e.RetryAfter = pause
		return otp.Submission{}, e
	}
	p, made, err := c.call(ctx, submitSM, body, messageID, release)
	switch {
	case !made:
		return otp.Submission{}, s.fail(otp.ClassUnavailable, "", err)
	case err != nil:
		return otp.Submission{}, s.fail(otp.ClassAmbiguous, "", err)
	case p.status != 0:
		e := s.refuse(p.status)
		if e.Class == otp.ClassThrottled {
			c.mu.Lock()
			c.pause = time.Now().Add(throttlePause)
			c.mu.Unlock()
		}
		return otp.Submission{}, e
	case p.id != submitSM|response:
		return otp.Submission{}, s.fail(otp.ClassAmbiguous, "unreadable", nil)
	}
	f := fields{rest: p.body}
	return otp.Submission{Provider: s.config.Name, ProviderID: cleanID(f.text())}, nil
}

// enquire asks whether the centre still answers.
func (c *session) enquire(ctx context.Context) error {
	p, _, err := c.call(ctx, enquireLink, nil, "", nil)
	if err == nil && (p.id != enquireLink|response || p.status != 0) {
		err = c.sender.refuse(p.status)
	}
	return err
}

// serve reads until the session ends.
func (c *session) serve() {
	asked := false
	for {
		wait := c.sender.config.Idle
		if asked {
			wait = c.sender.config.Timeout
		}
		c.conn.SetReadDeadline(time.Now().Add(wait))
		if _, err := c.in.Peek(1); errors.Is(err, os.ErrDeadlineExceeded) {
			if asked {
				c.end(errSilent)
				return
			}
			asked = true
			q, _ := c.request(enquireLink, nil, "", nil)
			if err := c.reply(q); err != nil {
				c.end(err)
				return
			}
			continue
		} else if err != nil {
			c.end(err)
			return
		}
		// A PDU that has begun must not take for ever.
		c.conn.SetReadDeadline(time.Now().Add(c.sender.config.Timeout))
		p, err := readPDU(c.in)
		if err == errFrame {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			c.put(ctx, pdu{id: genericNack, status: statusInvalidLength})
			cancel()
		}
		if err != nil {
			c.end(err)
			return
		}
		asked = false
		if err := c.handle(p); err != nil {
			c.end(err)
			return
		}
	}
}

// handle does what a PDU from the centre requires. An error ends the session.
func (c *session) handle(p pdu) error {
	if p.id&response != 0 {
		c.settle(p.sequence, func(r *request) {
			// Do this before reading anything else, so that a receipt finds its message.
			if p.id == submitSM|response && p.status == 0 {
				f := fields{rest: p.body}
				c.sender.known.submitted(cleanID(f.text()), r.messageID)
			}
			r.answer <- p
		})
		return nil
	}
	switch p.id {
	case enquireLink:
		return c.reply(pdu{id: enquireLink | response, sequence: p.sequence})
	case deliverSM:
		return c.deliver(p)
	case unbind:
		c.mu.Lock()
		again := c.draining
		c.draining = true
		c.mu.Unlock()
		if again {
			return c.reply(pdu{id: unbind | response, sequence: p.sequence})
		}
		c.sender.sessions.Go(func() { c.unbound(p.sequence) })
		return nil
	case alert:
		return nil
	}
	return c.reply(pdu{id: genericNack, status: statusInvalidCommand, sequence: p.sequence})
}

// deliver passes a receipt on; the receiver answers the centre. It acknowledges and drops
// messages from people.
func (c *session) deliver(p pdu) error {
	if m, err := parseMessage(p.body); err == nil && c.sender.config.Receipts != nil {
		if r, ok := parseReceipt(m); ok {
			select {
			case c.sender.receipts <- delivery{c, p.sequence, r}:
				return nil
			default:
				return c.reply(acknowledgement(p.sequence, statusTryAgain)) // the queue is full
			}
		}
	}
	return c.reply(acknowledgement(p.sequence, 0))
}

func acknowledgement(sequence, status uint32) pdu {
	return pdu{id: deliverSM | response, status: status, sequence: sequence, body: []byte{0}}
}

// drain waits until every submit_sm is answered, at most for limit; c.draining is set.
func (c *session) drain(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for range cap(c.window) {
		select {
		case c.window <- struct{}{}:
		case <-timer.C:
			return
		case <-c.done:
			return
		}
	}
}

// unbound ends the session at the centre's request.
func (c *session) unbound(sequence uint32) {
	c.sender.lost(c, errUnbound) // further messages wait for the next session
	c.drain(unbindGrace)
	c.put(context.Background(), pdu{id: unbind | response, sequence: sequence})
	c.end(errUnbound)
}

// close ends the session in order: drain, unbind, close.
func (c *session) close() {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	c.drain(c.sender.config.Timeout)
	ctx, cancel := context.WithTimeout(context.Background(), unbindGrace)
	defer cancel()
	c.call(ctx, unbind, nil, "", nil)
	c.end(errClosed)
}

// unbindGrace is the time in which the centre may still answer earlier requests.
const unbindGrace = 2 * time.Second
