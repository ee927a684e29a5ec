package servers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// A Postgres is a PostgreSQL server with an empty database. Start starts it again.
type Postgres struct {
	server
	// DSN is for pgx and libpq: the database postgres over a socket in the server's
	// folder. A test may append to it, such as " search_path=x".
	DSN string
}

// NewPostgres makes a server and starts it, with settings such as "fsync=off". It looks for
// initdb on PATH, then where Debian puts it, and for postgres beside it. If it runs as root,
// it starts the server as the user postgres, because PostgreSQL refuses root.
func NewPostgres(settings ...string) (*Postgres, error) {
	initdb, err := find("initdb", "/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(initdb); err == nil {
		initdb = real
	}
	bin := filepath.Dir(initdb)
	owner := ""
	if os.Getuid() == 0 {
		owner = "postgres"
	}
	dir, err := folder(owner)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	argv := as(owner, []string{initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync"})
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("initdb: %w\n%s", err, out), os.RemoveAll(dir))
	}
	args := []string{"-D", data, "-k", dir, "-c", "listen_addresses="}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	p := &Postgres{DSN: "host=" + dir + " user=postgres dbname=postgres"}
	p.server = server{name: filepath.Join(bin, "postgres"), args: args, owner: owner, dir: dir, quit: "QUIT",
		ready: func() error { return exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", dir).Run() }}
	if err := p.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return p, nil
}

// Stop ends the server as an administrator does: open transactions are undone.
func (p *Postgres) Stop() error { return p.end(os.Interrupt) }

// Kill ends the server as a crash does: the next start recovers from the log.
func (p *Postgres) Kill() error { return p.end(syscall.SIGQUIT) }

// Close kills the server and deletes its data.
func (p *Postgres) Close() error { return p.remove(syscall.SIGQUIT) }
