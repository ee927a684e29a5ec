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
	"github.com/qr-invalidita/attesta/internal/servers"
)

// A fleet is the issuer in one configuration: replicas on one database, behind HAProxy if there are several.
type fleet struct {
	name, data, db, redis string
	replicas              int
	program               string // empty: that of the options
	path                  string // before that of a check

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
	o.share = f.replicas
	var addrs []string
	for range f.replicas {
		s, err := startService(ctx, o, services)
		if err != nil {
			return err
		}
		f.services, addrs = append(f.services, s), append(addrs, s.addr)
	}
	bodies, err := f.services[0].papers(ctx, o.people)
	if err != nil {
		return err
	}
	return f.open(addrs, o.desks, bodies)
}

// startBare starts processes of the baseline with the keys in the data folder, and the proxy.
func (f *fleet) startBare(data string, desks int, bodies [][]byte) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	var addrs []string
	for range f.replicas {
		addr, err := servers.FreeAddr()
		if err != nil {
			return err
		}
		bare := exec.Command(program, "-bare", addr, "-data", data)
		bare.Env = shared(f.replicas)
		err = startBeside("http://"+addr+"/readyz", bare)
		if err != nil {
			return err
		}
		addrs = append(addrs, addr)
	}
	return f.open(addrs, desks, bodies)
}

// open starts the proxy, if there are several processes, and opens the way to them.
func (f *fleet) open(addrs []string, desks int, bodies [][]byte) (err error) {
	addr := addrs[0]
	if len(addrs) > 1 {
		if addr, err = servers.FreeAddr(); err != nil {
			return err
		}
		if f.proxy, err = startProxy(addr, addrs); err != nil {
			return err
		}
	}
	f.url = "http://" + addr
	f.ask = checker(f.url+f.path, desks, bodies)
	return nil
}

// startProxy starts HAProxy, which passes requests on as with docs/haproxy.cfg, without TLS.
func startProxy(addr string, servers []string) (*exec.Cmd, error) {
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
`, addr)
	for n, server := range servers {
		fmt.Fprintf(config, "  server s%d %s\n", n, server)
	}
	if err := config.Close(); err != nil {
		return nil, err
	}
	proxy := exec.Command("haproxy", "-db", "-f", config.Name())
	return proxy, startBeside("http://"+addr+"/readyz", proxy)
}

// startBeside starts a program that ends with this one, and waits until it is ready.
func startBeside(ready string, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return err
	}
	return outside.Ready(context.Background(), ready)
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
