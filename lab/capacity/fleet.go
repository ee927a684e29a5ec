package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/qr-invalidita/attesta/examples/lab/outside"
)

// A fleet is the issuer in one configuration: replicas on one database, behind HAProxy if there are several.
type fleet struct {
	name, data, db, redis string
	replicas              int
	program               string // empty: that of the options

	services []*service
	proxy    *exec.Cmd
	url      string
	ask      func(context.Context, int) error
	asked    atomic.Int64 // the addresses of callers go on from slice to slice
}

// fleets is a flag.Value.
type fleets []*fleet

func (f *fleets) String() string { return "" }

func (f *fleets) Set(text string) error {
	parts := strings.Split(text+"|", "|")
	if len(parts) < 6 {
		return errors.New("want NAME|DATA|DB|REDIS|REPLICAS or NAME|DATA|DB|REDIS|REPLICAS|PROGRAM")
	}
	n, err := strconv.Atoi(parts[4])
	*f = append(*f, &fleet{name: parts[0], data: parts[1], db: parts[2], redis: parts[3], replicas: n,
		program: parts[5]})
	return err
}

// start starts the replicas and the proxy.
func (f *fleet) start(ctx context.Context, o options, services *outside.Services) error {
	o.data, o.db, o.redis, o.program = f.data, f.db, f.redis, cmp.Or(f.program, o.program)
	var servers strings.Builder
	for range f.replicas {
		s, err := startService(ctx, o, services)
		if err != nil {
			return err
		}
		f.services = append(f.services, s)
		fmt.Fprintf(&servers, "  server s%d %s\n", len(f.services), s.addr)
	}
	f.url = f.services[0].url
	if f.replicas > 1 {
		addr, err := freeAddr()
		if err != nil {
			return err
		}
		if f.proxy, err = startProxy(addr, servers.String()); err != nil {
			return err
		}
		f.url = "http://" + addr
	}
	bodies, err := f.services[0].papers(ctx, o.people)
	f.ask = checker(f.url, o.desks, bodies)
	return err
}

// startProxy starts HAProxy, which passes requests on as with docs/haproxy.cfg, without TLS.
func startProxy(addr, servers string) (*exec.Cmd, error) {
	config, err := os.CreateTemp("", "haproxy")
	if err != nil {
		return nil, err
	}
	defer os.Remove(config.Name())
	fmt.Fprintf(config, `defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 70s
  timeout server 70s
  timeout check 2s # the machine is busy
  default-server check inter 250ms fall 1 rise 2
frontend public
  bind %s
  http-request set-header X-Request-Id %%[uuid()]
  default_backend able
backend able
  option httpchk GET /readyz/deep
%s`, addr, servers)
	if err := config.Close(); err != nil {
		return nil, err
	}
	return startBeside("http://"+addr+"/readyz", "haproxy", "-db", "-f", config.Name())
}

// startBeside starts a program that ends with this one, and waits until it is ready.
func startBeside(ready, program string, args ...string) (*exec.Cmd, error) {
	cmd := exec.Command(program, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return cmd, outside.Ready(context.Background(), ready)
}

func (f *fleet) stop() {
	if f.proxy != nil {
		f.proxy.Process.Kill()
		f.proxy.Wait()
	}
	for _, s := range f.services {
		s.stop()
	}
}
