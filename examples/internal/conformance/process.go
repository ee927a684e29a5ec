package conformance

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// maxAnswer bounds a line of the program, in bytes: a bundle's content is the longest right one.
const maxAnswer = 64 << 10

const (
	// goodbye is how long a program may take to end once its input has ended.
	goodbye = 2 * time.Second
	// lastWords is how long a program whose output has ended may take to end with an exit code and a message.
	lastWords = 100 * time.Millisecond
)

var (
	errSilent  = errors.New("no answer in time")
	errTooLong = fmt.Errorf("a line longer than %d bytes", maxAnswer)
	errEnded   = errors.New("the program ended")
)

// process is one run of the program, with everything that it starts in a process group of its own.
type process struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan []byte // closed at the end of the output
	fault error       // why it was closed before the end of the output; read it afterwards
	said  tail        // on the standard error
	gone  chan struct{}
}

func start(command []string) (*process, error) {
	p := &process{cmd: exec.Command(command[0], command[1:]...),
		lines: make(chan []byte), gone: make(chan struct{})}
	ownGroup(p.cmd)
	p.cmd.Stderr = &p.said
	p.cmd.WaitDelay = goodbye // for what holds the standard error open and left the group
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go p.read(out)
	return p, nil
}

// read hands out the lines, until the output ends or the process is stopped.
func (p *process) read(out io.Reader) {
	defer close(p.lines)
	r := bufio.NewReaderSize(out, maxAnswer+1) // the line feed
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			p.fault = errTooLong
			return
		case err != nil && len(line) == 0:
			return
		}
		select {
		case p.lines <- bytes.TrimRight(bytes.Clone(line), "\r\n"):
		case <-p.gone:
			return
		}
	}
}

// ask writes a question and returns the next line. The errors are errSilent, errTooLong, errEnded and that of
// the context; after one, only stop may be called.
func (p *process) ask(ctx context.Context, question []byte, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSilent)
	defer cancel()
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = p.in.Write(question) // if the program is gone, its output ends too
	}()
	var answer []byte
	lines := p.lines
	for lines != nil || written != nil { // a program may answer before it has read all
		select {
		case line, ok := <-lines:
			if !ok && p.fault != nil {
				return nil, p.fault
			}
			if !ok {
				return nil, errEnded
			}
			answer, lines = line, nil
		case <-written:
			written = nil
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	return answer, nil
}

// stop ends the process and all of its group, and returns how it ended, in words. If gently is true, the
// process first has some time to end by itself.
func (p *process) stop(gently bool) string {
	_ = p.in.Close()
	patience := goodbye
	if !gently {
		patience = 0
	}
	left := time.NewTimer(patience)
	defer left.Stop()
	for open, kills := true, 0; open && kills < 2; { // what left the group may hold the output open
		select {
		case _, open = <-p.lines:
		case <-left.C:
			killGroup(p.cmd)
			kills++
			left.Reset(goodbye)
		}
	}
	close(p.gone)
	killGroup(p.cmd) // what it started and did not end
	if err := p.cmd.Wait(); err != nil {
		return strings.TrimSuffix(err.Error()+": "+p.said.last(), ": ")
	}
	return p.said.last()
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const maxTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if extra := len(t.text) - maxTail; extra > 0 {
		t.text = append(t.text[:0], t.text[extra:]...)
	}
	return len(b), nil
}

// last returns the last line, quoted; an exception's message stands there.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := bytes.TrimSpace(t.text)
	if len(text) == 0 {
		return ""
	}
	return quoted(text[bytes.LastIndexByte(text, '\n')+1:])
}
