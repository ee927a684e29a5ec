//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/lab/outside"
	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/token"
)

const (
	issuerName = "https://qr.example.it"
	balancer   = "127.0.0.1:8000"
)

// network makes the machines: each replica has two cables, one to the balancer and one to the servers.
const network = `mkdir -p /run/netns; mount -t tmpfs none /run/netns; ip link set lo up
for net in front:0 back:1; do
  ip link add ${net%:*} type bridge; ip addr add 10.${net#*:}.0.1/24 dev ${net%:*}; ip link set ${net%:*} up
done
for n in 1 2; do
  ip netns add machine$n; ip -n machine$n link set lo up
  for net in front:0 back:1; do
    ip link add ${net%:*}$n type veth peer name ${net%:*} netns machine$n
    ip link set ${net%:*}$n master ${net%:*} up
    ip -n machine$n addr add 10.${net#*:}.0.1$n/24 dev ${net%:*}; ip -n machine$n link set ${net%:*} up
  done
done
for disk in postgres redis; do mkdir $disk; mount -t tmpfs -o size=192m,mode=1777 none $disk; done
echo 'local all all trust
host all all 10.1.0.0/24 trust' >hba; chmod 644 hba`

// site is everything that runs.
type site struct {
	options
	dsn       string
	base      string // the balancer's URL
	ready     string // the path that a replica answers when it is as it should be
	postgres  *servers.Postgres
	redis     *servers.Redis
	outside   *outside.Services
	replicas  [2]*replica
	issuer    *token.Signer
	published []token.PublicKey
}

// replica is one process of the issuer on its machine.
type replica struct {
	*site
	n, program, data, dsn string
	env                   []string
	cmd                   *exec.Cmd
	said                  bytes.Buffer
}

func run(ctx context.Context, script string) error {
	out, err := exec.CommandContext(ctx, "sh", "-euc", script).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", script, err, out)
	}
	return nil
}

// tool runs a command of the issuer on its database.
func (s *site) tool(ctx context.Context, args ...string) ([]byte, error) {
	args = append(args, "-data", filepath.Join(s.work, "data"), "-db", s.dsn)
	out, err := exec.CommandContext(ctx, s.program, args...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("issuer %s: %w\n%s", args[0], err, out)
	}
	return out, err
}

// query runs SQL as the administrator, and returns what it prints.
func (s *site) query(ctx context.Context, sql string) (string, error) {
	dir, _, _ := strings.Cut(strings.TrimPrefix(s.postgres.DSN, "host="), " ")
	out, err := exec.CommandContext(ctx, "psql", "-h", dir, "-U", "postgres", "-qAt", "-v", "ON_ERROR_STOP=1",
		"-c", sql).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), err
}

func open(ctx context.Context, o options) (s *site, err error) {
	s = &site{options: o, base: "http://" + balancer, ready: "/readyz/deep",
		dsn: "postgres://postgres@10.1.0.1/postgres?sslmode=disable"}
	if err := run(ctx, "cd "+s.work+"\n"+network); err != nil {
		return s, err
	}
	on := func(disk string) { os.Setenv("TMPDIR", filepath.Join(s.work, disk)) }
	on("postgres")
	s.postgres, err = servers.NewPostgres("listen_addresses=10.1.0.1",
		"hba_file="+filepath.Join(s.work, "hba"), "max_wal_size=64MB", "min_wal_size=32MB")
	if err != nil {
		return s, err
	}
	on("redis")
	s.redis, err = servers.NewRedis("--bind", "127.0.0.1", "10.1.0.1", "--protected-mode", "no",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction")
	if err != nil {
		return s, err
	}
	os.Unsetenv("TMPDIR")
	if s.outside, err = outside.New(); err != nil {
		return s, err
	}
	people := filepath.Join(s.work, "people.jsonl")
	if err := crowd.WriteFile(people, everybody); err != nil {
		return s, err
	}
	for i := range s.replicas {
		n := fmt.Sprint(i + 1)
		s.replicas[i] = &replica{site: s, n: n, program: o.program, dsn: s.dsn,
			data: filepath.Join(s.work, "data")}
		// the services of others answer on each machine, whatever is cut
		l, err := listenIn("machine"+n, s.outside.Listener.Addr().String())
		if err != nil {
			return s, err
		}
		go http.Serve(l, s.outside.Config.Handler)
	}
	// as old as the keys of a service that has run for a while
	folder := token.Folder{Dir: filepath.Join(s.work, "data", "keys"), IssuerName: issuerName,
		Now: func() time.Time { return time.Now().Add(-72 * time.Hour) }}
	_, err1 := folder.AddSigningKey(ctx)
	_, err2 := folder.AddReferenceKey(ctx)
	if err := errors.Join(err1, err2); err != nil {
		return s, err
	}
	one, two := s.replicas[0], s.replicas[1]
	if err := errors.Join(one.start(), one.await(ctx)); err != nil {
		return s, err
	}
	if _, err := s.tool(ctx, "import", people, "-as", "faults", "-reason", "measured"); err != nil {
		return s, err
	}
	if err := errors.Join(two.start(), two.await(ctx), s.balance()); err != nil {
		return s, err
	}
	folder.Now = nil
	if s.issuer, err = folder.Signer(ctx); err != nil {
		return s, err
	}
	s.published, err = folder.Published(ctx)
	return s, err
}

// balance starts HAProxy as documented, without TLS.
func (s *site) balance() error {
	config, err := os.ReadFile(filepath.Join(s.docs, "haproxy.cfg"))
	if err != nil {
		return err
	}
	page, err := filepath.Abs(filepath.Join(s.docs, "attesta-503.http"))
	if err != nil {
		return err
	}
	text := strings.NewReplacer(":443 ssl crt /etc/haproxy/qr.example.it.pem alpn h2,http/1.1", balancer,
		"/etc/haproxy/attesta-503.http", page).Replace(string(config))
	file := filepath.Join(s.work, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := exec.Command("haproxy", "-db", "-f", file)
	cmd.Stderr = os.Stderr
	return cmd.Start()
}

// listenIn listens in a network namespace. The socket stays in it; the thread ends with its goroutine, which
// keeps it locked.
func listenIn(namespace, address string) (l net.Listener, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		var f *os.File
		if f, err = os.Open("/run/netns/" + namespace); err != nil {
			return
		}
		defer f.Close()
		if err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err == nil {
			l, err = net.Listen("tcp", address)
		}
	}()
	<-done
	return l, err
}

func (r *replica) address() string { return "10.0.0.1" + r.n + ":8080" }

func (r *replica) start() error {
	_, port, _ := net.SplitHostPort(r.redis.Addr)
	args := []string{"netns", "exec", "machine" + r.n, r.program, "serve", "-addr", r.address(),
		"-public-url", issuerName, "-trusted-proxies", "10.0.0.1,127.0.0.1", "-data", r.data, "-db", r.dsn,
		"-redis", "redis://10.1.0.1:" + port, "-redis-plain", "-drain", "2s", "-without-duties",
		"-log", "json"}
	args = append(args, r.outside.Flags()...)
	if r.journal != "" {
		args = append(args, "-journal", r.journal)
	}
	r.cmd = exec.Command("ip", args...)
	r.cmd.Env = slices.Concat(os.Environ(), r.outside.Env(), r.env)
	r.said.Reset()
	r.cmd.Stdout, r.cmd.Stderr = &r.said, &r.said
	return r.cmd.Start()
}

// await returns when the replica is ready.
func (r *replica) await(ctx context.Context) error {
	if err := outside.Ready(ctx, "http://"+r.address()+r.ready); err != nil {
		return fmt.Errorf("%w\n%s", err, r.said.String())
	}
	return nil
}

func (r *replica) kill() error {
	err := r.cmd.Process.Kill()
	r.cmd.Wait()
	return err
}

// stop ends the replica as an administrator does.
func (r *replica) stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := r.cmd.Wait(); err != nil {
		return fmt.Errorf("replica %s: %w\n%s", r.n, err, r.said.String())
	}
	return nil
}

func (r *replica) restart(ctx context.Context) error {
	return errors.Join(r.stop(), r.start(), r.await(ctx))
}

// refused starts the replica, which must say why it does not serve, with exit code 3.
func (r *replica) refused(want string) error {
	if err := r.start(); err != nil {
		return err
	}
	timer := time.AfterFunc(time.Minute, func() { r.cmd.Process.Kill() })
	r.cmd.Wait()
	timer.Stop()
	if code := r.cmd.ProcessState.ExitCode(); code != 3 || !strings.Contains(r.said.String(), want) {
		return fmt.Errorf("exit code %d without %q:\n%s", code, want, r.said.String())
	}
	return nil
}
