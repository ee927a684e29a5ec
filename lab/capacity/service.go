package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/token"
)

// service is the program under load.
type service struct {
	cmd       *exec.Cmd
	said      bytes.Buffer
	addr      string
	url, ops  string
	issuer    *token.Signer
	published []token.PublicKey
}

func startService(ctx context.Context, o options, services *outside.Services) (*service, error) {
	addr, err := servers.FreeAddr()
	if err != nil {
		return nil, err
	}
	ops, err := servers.FreeAddr()
	if err != nil {
		return nil, err
	}
	s := &service{addr: addr, url: "http://" + addr, ops: "http://" + ops}
	s.cmd = exec.Command(o.program, append([]string{"serve", "-addr", addr, "-ops-addr", ops, "-data", o.data,
		"-db", o.db, "-redis", o.redis, "-trusted-proxies", "127.0.0.1"}, services.Flags()...)...)
	s.cmd.Env = append(shared(o.share), services.Env()...)
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	if err := outside.Ready(ctx, s.url+"/readyz"); err != nil {
		s.stop()
		return nil, fmt.Errorf("%w:\n%s", err, s.said.String())
	}
	folder := token.Folder{Dir: filepath.Join(o.data, "keys")}
	if s.issuer, err = folder.Signer(ctx); err != nil {
		return nil, err
	}
	s.published, err = folder.Published(ctx)
	return s, err
}

// shared is the environment of one of so many processes, each of which uses its share of the processors, as
// docs/operations.md has it.
func shared(by int) []string {
	if by < 2 {
		return os.Environ()
	}
	return append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", max(runtime.NumCPU()/by, 1)))
}

func (s *service) stop() {
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}

// memory returns the resident memory of the process in bytes, from its metrics.
func (s *service) memory() (int64, error) {
	answer, err := http.Get(s.ops + "/metrics")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "process_resident_memory_bytes "); ok {
			bytes, err := strconv.ParseFloat(text, 64)
			return int64(bytes), err
		}
	}
	return 0, errors.New("the metrics do not tell the memory")
}
