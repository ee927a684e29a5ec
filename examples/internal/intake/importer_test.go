package intake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/crowd"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/internal/intake"
	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

var server databasetest.Server

// These make the test program an importing process that is killed.
const (
	childFile = "INTAKE_TEST_FILE"
	childDSN  = "INTAKE_TEST_DSN"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(childFile); path != "" {
		if err := child(path, os.Getenv(childDSN)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(server.Run(m))
}

func key() []byte { return bytes.Repeat([]byte("k"), registry.MinKey) }

// child imports in small batches and reports its progress after each.
func child(path, dsn string) error {
	ctx := context.Background()
	db, err := database.Open(ctx, dsn)
	if err != nil {
		return err
	}
	r, err := registry.Open(ctx, db, registry.OneKey(key()))
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, _, err = intake.Importer{Registry: r, Batch: 7, Noted: func(p registry.Progress, _ intake.Batch) {
		fmt.Println(p.Line)
	}}.Run(ctx, f, intake.JSONL)
	return err
}

func open(t *testing.T, dsn string) *registry.Registry {
	r, err := registry.Open(t.Context(), databasetest.Open(t, dsn), registry.OneKey(key()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// crowdFile contains people of the crowd and, in the middle, two wrong lines.
func crowdFile(t *testing.T, people int) string {
	var b bytes.Buffer
	require.NoError(t, crowd.Write(&b, people))
	lines := strings.SplitAfter(b.String(), "\n")
	lines[people/2] = "{\n" + strings.Replace(lines[0], `"percent":34`, `"percent":35`, 1) + lines[people/2]
	path := filepath.Join(t.TempDir(), "crowd.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600))
	return path
}

func rejects(t *testing.T, r *registry.Registry, name registry.File) (out []registry.Reject) {
	for reject, err := range r.Rejects(t.Context(), name) {
		require.NoError(t, err)
		out = append(out, reject)
	}
	return out
}

func TestKilledImportGoesOn(t *testing.T) {
	const people = 400
	server.Each(t, func(t *testing.T, dsn string) {
		path := crowdFile(t, people)
		for kills := 0; kills < 3; kills++ {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), childFile+"="+path, childDSN+"="+dsn)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			for seen, buffer := 0, make([]byte, 256); seen < 40; { // a dozen notes
				n, err := out.Read(buffer)
				seen += n
				require.NoError(t, err)
			}
			require.NoError(t, cmd.Process.Kill())
			assert.Error(t, cmd.Wait())
		}

		r := open(t, dsn)
		f, err := os.Open(path)
		require.NoError(t, err)
		defer f.Close()
		began := registry.Progress{}
		importer := intake.Importer{Registry: r, Batch: 50, Noted: func(p registry.Progress, _ intake.Batch) {
			if began.Line == 0 {
				began = p
			}
		}}
		name, at, err := importer.Run(t.Context(), f, intake.JSONL)
		require.NoError(t, err)
		assert.Greater(t, began.Line, int64(30), "it began at the beginning")
		size, err := f.Seek(0, 2)
		require.NoError(t, err)
		want := registry.Progress{Position: size, Line: people + 2, Stored: people, Rejected: 2, Done: true}
		assert.Equal(t, want, at)
		assert.Equal(t, []registry.Reject{
			{Line: people/2 + 1, Reason: "is not a JSON object"},
			{Line: people/2 + 2, Reason: "two different verbali with one identifier and one version"},
		}, rejects(t, r, name))
		for i := range people {
			p := crowd.Person(i)
			back, err := r.Person(t.Context(), p.CF)
			require.NoError(t, err, i)
			assert.Equal(t, p.Family, back.Family)
			events, err := r.Events(t.Context(), p.CF)
			require.NoError(t, err)
			assert.Len(t, events, len(p.Verbali), "person %d", i)
		}

		_, at, err = importer.Run(t.Context(), f, intake.JSONL) // again
		require.NoError(t, err)
		assert.Equal(t, want, at)
		_, at, err = importer.RunStream(t.Context(), mustOpen(t, path), intake.JSONL)
		require.NoError(t, err)
		assert.EqualValues(t, people, at.Stored)
		events, err := r.Events(t.Context(), crowd.Person(0).CF)
		require.NoError(t, err)
		assert.Len(t, events, 2)
	})
}

func mustOpen(t *testing.T, path string) *os.File {
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

func TestTwoImportsOfOneFile(t *testing.T) {
	server.Each(t, func(t *testing.T, dsn string) {
		path := crowdFile(t, 40)
		other := open(t, dsn)
		once := false
		first := intake.Importer{Registry: open(t, dsn), Batch: 5}
		first.Noted = func(p registry.Progress, _ intake.Batch) {
			if p.Line >= 10 && !once {
				once = true
				_, at, err := intake.Importer{Registry: other}.Run(t.Context(), mustOpen(t, path),
					intake.JSONL)
				assert.NoError(t, err)
				assert.True(t, at.Done)
			}
		}
		_, _, err := first.Run(t.Context(), mustOpen(t, path), intake.JSONL)
		assert.ErrorIs(t, err, registry.ErrOtherImport)
	})
}

func TestImportEndsWithItsContext(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	path := crowdFile(t, 40)
	ctx, cancel := context.WithCancel(t.Context())
	importer := intake.Importer{Registry: r, Batch: 5, Noted: func(p registry.Progress, _ intake.Batch) {
		if p.Line == 10 {
			cancel()
		}
	}}
	name, at, err := importer.Run(ctx, mustOpen(t, path), intake.JSONL)
	assert.ErrorIs(t, err, context.Canceled)
	assert.EqualValues(t, 10, at.Line)
	kept, err := r.Progress(t.Context(), name)
	require.NoError(t, err)
	assert.Equal(t, at, kept)

	_, at, err = importer.Run(t.Context(), mustOpen(t, path), intake.JSONL)
	require.NoError(t, err)
	assert.True(t, at.Done)
	assert.EqualValues(t, 40, at.Stored)
}

type brokenFile struct{ *os.File }

var errBroken = errors.New("the disk is broken")

func (f brokenFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p[:min(len(p), 1000)])
	if at, _ := f.Seek(0, 1); at > 5000 {
		return n, errBroken
	}
	return n, err
}

func TestAFileThatBreaksIsNotTheEnd(t *testing.T) {
	r := open(t, databasetest.SQLite(t))
	_, at, err := intake.Importer{Registry: r, Batch: 5}.RunStream(t.Context(),
		brokenFile{mustOpen(t, crowdFile(t, 40))}, intake.JSONL)
	assert.ErrorIs(t, err, errBroken)
	assert.False(t, at.Done)
}
