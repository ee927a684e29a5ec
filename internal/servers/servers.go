// Package servers starts PostgreSQL, PgBouncer and Redis for tests, from the programs installed on this
// machine. Each server has its own data folder, can be reached from this machine only, and
// ends with the test process, however that ends. The package needs a Unix shell and only the
// standard library; the test provides the driver.
package servers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrMissing means that a program is not installed.
var ErrMissing = errors.New("server is not installed")

// Skip reports whether err is [ErrMissing] and the test may skip because of it. With CI=true
// it may not.
func Skip(err error) bool { return errors.Is(err, ErrMissing) && os.Getenv("CI") != "true" }

const patience = 30 * time.Second

// server is a program that is running or stopped. It is not safe for concurrent use.
type server struct {
	name  string
	args  []string
	owner string // the user to run as, which needs root; empty means ours
	dir   string
	ready func() error
	quit  string // the signal that ends it at once

	process *os.Process // nil while it is stopped
	input   io.Closer
	done    chan struct{}
}

// keeper starts the server, prints its process ID, and ends it when our end of its input is
// closed. The system closes it if we are killed.
const keeper = `exec 3<&0; sig=$1; shift
"$@" </dev/null >>log 2>&1 3<&- & pid=$!
{ read -r _ <&3; kill -"$sig" $pid; } & watch=$!
echo $pid; wait $pid; kill $watch`

// Start starts the server again after Stop or Kill, on the data that it left, and
// returns when it answers.
func (s *server) Start() error {
	argv := as(s.owner, append([]string{"sh", "-c", keeper, "sh", s.quit, s.name}, s.args...))
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = s.dir
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	line, _ := bufio.NewReader(output).ReadString('\n')
	done := make(chan struct{})
	go func() {
		cmd.Wait() // the server's exit code has no meaning here
		close(done)
	}()
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err == nil {
		s.input, s.done = input, done
		s.process, err = os.FindProcess(pid)
	}
	if err == nil {
		err = s.answers()
	}
	if err != nil {
		input.Close()
		<-done
		s.process = nil
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("start %s: %w\n%s", filepath.Base(s.name), err, log)
	}
	return nil
}

func (s *server) answers() error {
	for deadline := time.Now().Add(patience); ; {
		err := s.ready()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-s.done:
			return errors.New("it ended at once")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// end signals the server and returns when it is gone.
func (s *server) end(sig os.Signal) error {
	if s.process == nil {
		return nil
	}
	err := s.process.Signal(sig)
	if err == nil {
		select {
		case <-s.done:
		case <-time.After(patience):
			err = errors.New("it does not end")
		}
	}
	s.input.Close()
	<-s.done
	s.process = nil
	return err
}

// remove ends the server by sig and deletes its folder.
func (s *server) remove(sig os.Signal) error {
	err := s.end(sig)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// as returns the command that runs argv as another user.
func as(owner string, argv []string) []string {
	if owner == "" {
		return argv
	}
	return append([]string{"runuser", "-u", owner, "--"}, argv...)
}

// folder makes a data folder for owner.
func folder(owner string) (string, error) {
	if owner == "" {
		return os.MkdirTemp("", "otp")
	}
	u, err := user.Lookup(owner)
	if err != nil {
		return "", fmt.Errorf("%w: no user %s", ErrMissing, owner)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "otp")
	if err != nil {
		return "", err
	}
	return dir, os.Chown(dir, uid, -1)
}

// find looks for a program on PATH, then in folders given by patterns. The last match wins.
func find(name string, folders ...string) (string, error) {
	if _, err := exec.LookPath("sh"); err != nil {
		return "", fmt.Errorf("%w: sh", ErrMissing)
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	for _, f := range folders {
		if found, _ := filepath.Glob(filepath.Join(f, name)); len(found) > 0 {
			return found[len(found)-1], nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrMissing, name)
}
