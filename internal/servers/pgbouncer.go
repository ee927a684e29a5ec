package servers

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// A PgBouncer is a pooler in transaction mode, in front of a PostgreSQL. Start starts it again.
type PgBouncer struct {
	server
	// Dir and Port are where it listens, on a socket. It takes the names of users and databases as they are,
	// without passwords.
	Dir  string
	Port int
}

// NewPgBouncer makes a pooler of conns connections for each user and database of p, and starts it. It looks
// for pgbouncer on PATH, then where Debian puts it.
func NewPgBouncer(p *Postgres, users []string, conns int) (*PgBouncer, error) {
	name, err := find("pgbouncer", "/usr/sbin")
	if err != nil {
		return nil, err
	}
	dir, err := folder(p.owner)
	if err != nil {
		return nil, err
	}
	b := &PgBouncer{Dir: dir, Port: 6432}
	config := fmt.Sprintf("[databases]\n* = host=%s\n[pgbouncer]\npool_mode = transaction\n"+
		"default_pool_size = %d\nmax_client_conn = 200\nlisten_port = %d\nunix_socket_dir = %s\n"+
		"auth_type = trust\nauth_file = users\n", p.dir, conns, b.Port, dir)
	list := ""
	for _, user := range users {
		list += fmt.Sprintf("%q \"\"\n", user)
	}
	err = errors.Join(os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o644),
		os.WriteFile(filepath.Join(dir, "users"), []byte(list), 0o644))
	if err == nil {
		b.server = server{name: name, args: []string{"config"}, owner: p.owner, dir: dir, quit: "TERM",
			ready: func() error {
				c, err := net.Dial("unix", filepath.Join(dir, fmt.Sprintf(".s.PGSQL.%d", b.Port)))
				if err == nil {
					err = c.Close()
				}
				return err
			}}
		err = b.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, nil
}

// Stop ends the pooler at once.
func (b *PgBouncer) Stop() error { return b.end(syscall.SIGTERM) }

// Close ends the pooler and deletes its folder.
func (b *PgBouncer) Close() error { return b.remove(syscall.SIGTERM) }
