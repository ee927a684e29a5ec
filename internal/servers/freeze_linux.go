package servers

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Freeze stops the server and its children where they are, as a machine does that hangs: connections stay
// open and nothing answers. Thaw lets them go on.
func (s *server) Freeze() error { return s.signal(syscall.SIGSTOP) }

// Thaw lets the server go on after Freeze.
func (s *server) Thaw() error { return s.signal(syscall.SIGCONT) }

func (s *server) signal(sig syscall.Signal) error {
	err := s.process.Signal(sig) // the parent first, so that it makes no children any more
	id := s.process.Pid
	children, failed := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", id, id))
	err = errors.Join(err, failed)
	for _, child := range strings.Fields(string(children)) {
		if id, bad := strconv.Atoi(child); bad == nil {
			syscall.Kill(id, sig) // one that has ended is as silent as a frozen one
		}
	}
	return err
}
