package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// reader finds the texts of the QR symbols in a picture file.
type reader interface {
	read(ctx context.Context, file string) ([]string, error)
}

// zbar is the program zbarimg.
type zbar struct{}

func (zbar) read(ctx context.Context, file string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "zbarimg", "--raw", "-q", "-Sdisable", "-Sqrcode.enable",
		file).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 4 { // nothing found
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("zbarimg: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), nil
}

// zxing is a running node with zxing-wasm.
type zxing struct {
	cmd     *exec.Cmd
	names   io.WriteCloser
	answers *bufio.Reader
}

// startZXing starts read.mjs in a folder in which npm ci was run.
func startZXing(ctx context.Context, folder string) (*zxing, error) {
	z := &zxing{cmd: exec.CommandContext(ctx, "node", filepath.Join(folder, "read.mjs"))}
	z.cmd.Stderr = os.Stderr
	var err error
	if z.names, err = z.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := z.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	z.answers = bufio.NewReader(out)
	return z, z.cmd.Start()
}

func (z *zxing) read(_ context.Context, file string) (texts []string, err error) {
	if _, err := fmt.Fprintln(z.names, file); err != nil {
		return nil, fmt.Errorf("zxing: %w", err)
	}
	line, err := z.answers.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("zxing: %w", err)
	}
	return texts, json.Unmarshal(line, &texts)
}

func (z *zxing) close() error {
	z.names.Close()
	return z.cmd.Wait()
}

// encode returns g as a JPEG of the given quality. If that is 0, it returns a PGM, which is fastest.
func encode(g *image.Gray, quality int) ([]byte, error) {
	var b bytes.Buffer
	if quality > 0 {
		err := jpeg.Encode(&b, g, &jpeg.Options{Quality: quality})
		return b.Bytes(), err
	}
	fmt.Fprintf(&b, "P5\n%d %d\n255\n", g.Rect.Dx(), g.Rect.Dy())
	b.Write(g.Pix)
	return b.Bytes(), nil
}
