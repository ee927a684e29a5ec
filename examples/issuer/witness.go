package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/cli"
	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/verifier/accesslog"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// maxStep bounds the files that a witness reads, in bytes.
const maxStep = 64 << 10

// consistency prints the file for a witness.
func (f *accessesFlags) consistency(ctx context.Context, args []string, s cli.Streams) error {
	var last []byte
	for _, path := range args {
		var err error
		if last, err = file.Read(path, maxStep); err != nil {
			return usageError{err}
		}
	}
	return withAccesses(ctx, f.place, func(ctx context.Context, l *accesslog.Log, v note.Verifier) error {
		var earlier proof.Checkpoint
		if last != nil {
			var err error
			if earlier, err = proof.OpenCheckpoint(last, v); err != nil {
				return err
			}
		}
		text, err := l.Consistency(ctx, earlier)
		if err == nil {
			_, err = s.Out.Write(text)
		}
		return err
	})
}

// witness checks that the log only grew since the last checkpoint, and signs the new one.
func (f *accessesFlags) witness(_ context.Context, args []string, s cli.Streams) error {
	if f.seen == "" {
		return usageError{words.Errorf("-seen is needed: the file of the last checkpoint")}
	}
	log, err := note.NewVerifier(f.logKey)
	if err != nil {
		return usageError{words.Errorf("-log-key: %w", err)}
	}
	own, err := readSigner(f.key)
	if err != nil {
		return usageError{err}
	}
	step, err := file.Read(args[0], maxStep)
	if err != nil {
		return usageError{err}
	}
	var last proof.Checkpoint
	text, err := file.Read(f.seen, maxStep)
	first := errors.Is(err, fs.ErrNotExist)
	if err == nil {
		last, err = proof.OpenCheckpoint(text, log)
	}
	if err != nil && !first {
		return err
	}
	signed, c, err := proof.VerifyConsistency(step, last, log)
	if err != nil {
		return err
	}
	if signed, err = proof.Cosign(signed, log, own); err != nil {
		return err
	}
	if err := file.Write(f.seen, signed, 0o644); err != nil {
		return err
	}
	if first {
		fmt.Fprintf(s.Out, "SIGNED: the first checkpoint, %d records. Nothing was compared.\n", c.Size)
	} else {
		fmt.Fprintf(s.Out, "SIGNED: %d records, which continue the last %d\n", c.Size, last.Size)
	}
	return nil
}

// newKey makes a key of a member of the staff or a witness.
func (f *accessesFlags) newKey(_ context.Context, args []string, s cli.Streams) error {
	if f.key == "" {
		return usageError{words.Errorf("-key is needed: the file of the private key")}
	}
	private, public, err := note.GenerateKey(rand.Reader, args[0])
	if err != nil {
		return usageError{err}
	}
	if _, err := note.NewSigner(private); err != nil { // such as a name with a space
		return usageError{err}
	}
	w, err := os.OpenFile(f.key, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, private)
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	fmt.Fprintln(s.Out, public)
	return nil
}

// readSigner reads a private key of package note, which only its owner may read.
func readSigner(path string) (note.Signer, error) {
	if path == "" {
		return nil, words.Errorf("-key is needed: the file of the private key")
	}
	text, err := file.ReadPrivate(path, maxStep)
	if err != nil {
		return nil, err
	}
	signer, err := note.NewSigner(strings.TrimSpace(string(text)))
	if err != nil { // its text may quote the key
		return nil, words.Errorf("-key: %s is not a private key", path)
	}
	return signer, nil
}
