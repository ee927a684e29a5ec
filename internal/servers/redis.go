package servers

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Redis is a Redis server without data. Start starts it again.
type Redis struct {
	server
	// Addr is where it listens, on loopback.
	Addr string
}

// NewRedis makes a server and starts it on a free port. It looks for redis-server on PATH.
// Nothing is written to disk unless options say so. They are command-line options, such as
// "--appendonly", "yes".
func NewRedis(options ...string) (*Redis, error) {
	name, err := find("redis-server")
	if err != nil {
		return nil, err
	}
	dir, err := folder("")
	if err != nil {
		return nil, err
	}
	// Another process may take the port between the two steps.
	for try := 1; ; try++ {
		addr, err := FreeAddr()
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
		host, port, _ := net.SplitHostPort(addr)
		r := &Redis{Addr: addr}
		r.server = server{name: name, dir: dir, quit: "KILL", ready: r.ping,
			args: append([]string{"--bind", host,
				"--port", port, "--dir", dir, "--save", "", "--daemonize", "no"}, options...)}
		if err := r.Start(); err == nil {
			return r, nil
		} else if try == 3 {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
}

// Stop ends the server as an administrator does.
func (r *Redis) Stop() error { return r.end(syscall.SIGTERM) }

// Kill ends the server as a crash does.
func (r *Redis) Kill() error { return r.end(os.Kill) }

// Close kills the server and deletes its data.
func (r *Redis) Close() error { return r.remove(os.Kill) }

// ping reports an error if this server does not answer, or another one has its port.
func (r *Redis) ping() error {
	c, err := net.DialTimeout("tcp", r.Addr, time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte("PING\r\nINFO server\r\n")); err != nil {
		return err
	}
	answer := bufio.NewReader(c)
	line, err := answer.ReadString('\n')
	if err == nil && line != "+PONG\r\n" {
		err = fmt.Errorf("it says %q", line)
	}
	for err == nil {
		if line, err = answer.ReadString('\n'); err != nil {
			break
		}
		if id, found := strings.CutPrefix(line, "process_id:"); found {
			if strings.TrimSpace(id) != strconv.Itoa(r.process.Pid) {
				err = errors.New("another server has the port")
			}
			break
		}
	}
	return err
}

// FreeAddr returns a free address of this machine for a server that starts later, and perhaps again. Its port
// is none that the system gives to clients, or to servers that want any: those start at 32,768 or above.
func FreeAddr() (string, error) {
	for try := 1; ; try++ {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(16_384+rand.IntN(16_384)))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			return addr, l.Close()
		}
		if try == 100 {
			return "", err
		}
	}
}
