package journal

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/qr-invalidita/attesta/internal/file"
)

// A Keeper keeps lines outside the database. Several processes share what is kept. A method may be called
// again after an error. The methods are not called concurrently.
type Keeper interface {
	// Read returns all lines that anybody has added, and all checkpoints that may be the newest.
	Read(context.Context) ([]string, error)
	// Add keeps lines beside the others. They are on the disk when it returns.
	Add(context.Context, []string) error
	// Put keeps the checkpoint of a log of that size. It may forget those of smaller logs.
	Put(ctx context.Context, size int64, checkpoint string) error
	// Reset keeps the checkpoint and forgets all others.
	Reset(ctx context.Context, checkpoint string) error
	// Writable returns an error if nothing can be kept, and keeps nothing.
	Writable(context.Context) error
	// Close releases what the Keeper holds.
	Close() error
}

// A Folder is a [Keeper] in a folder, which several issuers may share. The folder must exist: one that was
// made where a disk is not mounted would be empty.
//
// Each process has files of its own, whose names no other process has. One file for all with O_APPEND would
// not do, because on a network file system a client appends where it believes the end to be. A line that was
// torn by a crash is the last of its file, since nobody appends to it.
type Folder struct {
	path, issuer string
	checkpoint   string   // the path of this process's
	voids        *os.File // nil before the first line, and after an error
}

const (
	voidsSuffix      = ".voids"
	checkpointSuffix = ".checkpoint"
	// maxFile bounds a file in bytes: some 700,000 lines.
	maxFile = 64 << 20
	// checkpointAge is the age from which on the checkpoint of another process is forgotten for a newer one.
	checkpointAge = 24 * time.Hour
)

// NewFolder returns the keeper of the issuer in the folder.
func NewFolder(path, issuer string) *Folder {
	f := &Folder{path: path, issuer: issuer}
	f.checkpoint = f.newPath(checkpointSuffix)
	return f
}

func (f *Folder) newPath(suffix string) string {
	var b [8]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return filepath.Join(f.path, f.issuer+"-"+hex.EncodeToString(b[:])+suffix)
}

func (f *Folder) find(suffix string) ([]string, error) {
	if _, err := os.Stat(f.path); err != nil { // Glob hides it
		return nil, err
	}
	return filepath.Glob(filepath.Join(f.path, f.issuer+"-*"+suffix))
}

// Read implements [Keeper].
func (f *Folder) Read(context.Context) (lines []string, err error) {
	for _, suffix := range []string{checkpointSuffix, voidsSuffix} {
		paths, err := f.find(suffix)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			text, err := file.Read(path, maxFile)
			if errors.Is(err, fs.ErrNotExist) { // another process has forgotten it
				continue
			}
			if err != nil {
				return nil, err
			}
			lines = append(lines, strings.Split(string(text), "\n")...)
		}
	}
	return lines, nil
}

// Add implements [Keeper].
func (f *Folder) Add(_ context.Context, lines []string) (err error) {
	text := strings.Join(lines, "\n") + "\n"
	if f.voids == nil {
		path := f.newPath(voidsSuffix)
		if err := file.Create(path, []byte(text)); err != nil {
			return err
		}
		f.voids, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		return err
	}
	_, err = f.voids.WriteString(text)
	if err = errors.Join(err, f.voids.Sync()); err != nil { // the file may end in the middle of a line
		err = errors.Join(err, f.Close())
	}
	return err
}

// Put implements [Keeper].
func (f *Folder) Put(_ context.Context, _ int64, checkpoint string) error {
	return f.put(checkpoint, time.Now().Add(-checkpointAge))
}

// Reset implements [Keeper].
func (f *Folder) Reset(_ context.Context, checkpoint string) error {
	return f.put(checkpoint, time.Now().Add(checkpointAge))
}

// put replaces the checkpoint of this process, and removes those that others wrote before a time.
func (f *Folder) put(checkpoint string, before time.Time) error {
	paths, err := f.find(checkpointSuffix)
	if err != nil {
		return err
	}
	if err := file.Write(f.checkpoint, []byte(checkpoint+"\n"), 0o600); err != nil {
		return err
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && path != f.checkpoint && info.ModTime().Before(before) {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Writable implements [Keeper].
func (f *Folder) Writable(context.Context) error {
	probe, err := os.CreateTemp(f.path, f.issuer+"-probe-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// Close implements [Keeper].
func (f *Folder) Close() error {
	if f.voids == nil {
		return nil
	}
	err := f.voids.Close()
	f.voids = nil
	return err
}

// A Redis is a [Keeper] in a hash of a Redis or Valkey. Each line is a field, and the checkpoint is the value
// of another one.
type Redis struct {
	client *redis.Client
	key    string
}

// NewRedis returns the keeper of the issuer. Closing it closes the client.
func NewRedis(client *redis.Client, issuer string) *Redis {
	return &Redis{client, "attesta:journal:" + issuer}
}

const checkpointField = "checkpoint"

// putLarger keeps the checkpoint unless one of a larger log is there.
const putLarger = `local old = redis.call("HGET", KEYS[1], ARGV[1])
if old and tonumber(string.match(old, "^%S+ (%d+)")) > tonumber(ARGV[2]) then return end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])`

// Read implements [Keeper].
func (r *Redis) Read(ctx context.Context) (lines []string, err error) {
	fields, err := r.client.HGetAll(ctx, r.key).Result()
	for field, value := range fields {
		if field == checkpointField {
			field = value
		}
		lines = append(lines, field)
	}
	return lines, err
}

// Add implements [Keeper].
func (r *Redis) Add(ctx context.Context, lines []string) error {
	var fields []any
	for _, line := range lines {
		fields = append(fields, line, "")
	}
	return r.client.HSet(ctx, r.key, fields...).Err()
}

// Put implements [Keeper].
func (r *Redis) Put(ctx context.Context, size int64, checkpoint string) error {
	err := r.client.Eval(ctx, putLarger, []string{r.key}, checkpointField, size, checkpoint).Err()
	if errors.Is(err, redis.Nil) { // the script returns nothing
		return nil
	}
	return err
}

// Reset implements [Keeper].
func (r *Redis) Reset(ctx context.Context, checkpoint string) error {
	return r.client.HSet(ctx, r.key, checkpointField, checkpoint).Err()
}

// Writable implements [Keeper].
func (r *Redis) Writable(ctx context.Context) error {
	// Nothing is put into a key that is not there, which makes none. A replica and a full server refuse it.
	return r.client.SetRange(ctx, r.key+":probe", 0, "").Err()
}

// Close implements [Keeper].
func (r *Redis) Close() error { return r.client.Close() }
