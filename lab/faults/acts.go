//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/qr-invalidita/attesta/internal/servers"
	"github.com/qr-invalidita/attesta/token"
)

// shift starts the replica again with a clock that is wrong some time after the start. It does not wait until
// the replica is ready.
func (r *replica) shift(seconds, after string) error {
	err := r.stop()
	r.program, r.env = r.shifted, []string{"FAULT_CLOCK=" + seconds, "FAULT_AFTER=" + after}
	return errors.Join(err, r.start())
}

func (r *replica) unshift() error {
	err := r.stop()
	r.program, r.env = r.site.program, nil
	return errors.Join(err, r.start())
}

// pooled restarts the replicas on a PgBouncer, which is then killed, and brings them back.
func pooled(ctx context.Context, l *load) error {
	_, err := l.query(ctx, "CREATE ROLE pooled LOGIN SUPERUSER; ALTER ROLE pooled SET lock_timeout = 5000; "+
		"ALTER ROLE pooled SET statement_timeout = 15000")
	if err != nil {
		return err
	}
	pooler, err := servers.NewPgBouncer(l.postgres, []string{"pooled"}, 8)
	if err != nil {
		return err
	}
	all := func(dsn string) (err error) {
		for _, r := range l.replicas {
			r.dsn = dsn
			err = errors.Join(err, r.restart(ctx))
		}
		return err
	}
	err = all(fmt.Sprintf("postgres://pooled@/postgres?host=%s&port=%d", pooler.Dir, pooler.Port))
	time.Sleep(4 * time.Second)
	err = errors.Join(err, pooler.Stop())
	time.Sleep(4 * time.Second)
	err = errors.Join(err, pooler.Start(), l.one().await(ctx), l.two().await(ctx))
	time.Sleep(4 * time.Second)
	return errors.Join(err, all(l.dsn), pooler.Close())
}

// newer starts a replica on tables of a later version; the other one goes on.
func newer(ctx context.Context, l *load) error {
	name, err := l.query(ctx, "SELECT min(tablename) FROM pg_tables WHERE tablename LIKE '%\\_migration'")
	if err != nil {
		return err
	}
	return errors.Join(l.two().stop(),
		sql("INSERT INTO "+name+" (version_id, is_applied) VALUES (99999, true)")(ctx, l),
		l.two().refused("newer"),
		sql("DELETE FROM "+name+" WHERE version_id = 99999")(ctx, l), l.two().start())
}

// wrongKeys starts a replica on a copy of the data folder in which change was made; the other one goes on.
func (l *load) wrongKeys(ctx context.Context, change func(data, other string) error, want string) error {
	other, wrong := filepath.Join(l.work, "other"), filepath.Join(l.work, "wrong")
	_, err := token.Folder{Dir: filepath.Join(other, "keys"), IssuerName: issuerName}.AddReferenceKey(ctx)
	err = errors.Join(err, run(ctx, "cp -a "+l.two().data+" "+wrong), change(wrong, other))
	if err != nil {
		return err
	}
	two, right := l.two(), l.two().data
	err = two.stop()
	two.data = wrong
	err = errors.Join(err, two.refused(want))
	two.data = right
	return errors.Join(err, two.start(), os.RemoveAll(wrong), os.RemoveAll(other))
}

// sameID puts the reference key of another service in the place of this one's, under its id.
func sameID(data, other string) error {
	files, _ := filepath.Glob(filepath.Join(data, "keys", "reference-*"))
	strangers, _ := filepath.Glob(filepath.Join(other, "keys", "reference-*"))
	if len(files) != 1 || len(strangers) != 1 {
		return errors.New("not one reference key")
	}
	text, err := os.ReadFile(strangers[0])
	id := func(file string) string {
		return `"` + strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "reference-"), ".jwk") + `"`
	}
	return errors.Join(err, os.WriteFile(files[0],
		[]byte(strings.ReplaceAll(string(text), id(strangers[0]), id(files[0]))), 0o600))
}

func forgotten(data, _ string) error { return os.RemoveAll(filepath.Join(data, "keys")) }

func otherService(data, _ string) error {
	return os.WriteFile(filepath.Join(data, "service.key"),
		[]byte(base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n"), 0o600)
}

func (s *site) dumpTool(name string) string {
	dir, _, _ := strings.Cut(strings.TrimPrefix(s.postgres.DSN, "host="), " ")
	return name + " -h " + dir + " -U postgres -d postgres "
}

// restored puts the database back to a dump, after disclosures and voids that the dump does not have. The
// checkpoint is one that somebody keeps.
func restored(ctx context.Context, l *load) error {
	err := run(ctx, l.dumpTool("pg_dump")+"-Fc -f "+l.work+"/dump")
	time.Sleep(6 * time.Second)
	if l.journal != "" {
		l.kept.Store(true)
		time.Sleep(35 * time.Second) // the journal has a void by a command within half a minute
		l.ready = "/readyz"          // until somebody accepts the rollback
	}
	answer, bad := http.Get("http://" + l.one().address() + "/audit/checkpoint")
	if bad != nil {
		return bad
	}
	defer answer.Body.Close()
	text, bad := io.ReadAll(answer.Body)
	return errors.Join(err, bad, os.WriteFile(filepath.Join(l.work, "checkpoint"), text, 0o600),
		l.one().stop(), l.two().stop(),
		run(ctx, l.dumpTool("pg_restore")+"--clean --if-exists -1 "+l.work+"/dump"),
		l.one().start(), l.two().start())
}

// audited returns who notices the rollback.
func audited(ctx context.Context, l *load) (string, error) {
	out, err := l.tool(ctx, "accesses", "audit", filepath.Join(l.work, "checkpoint"))
	if err == nil {
		return "", fmt.Errorf("the audit notices nothing: %s", out)
	}
	return "`issuer accesses audit`, with a checkpoint that was kept", nil
}
