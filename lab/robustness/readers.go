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
	"strings"
)

// reader finds the texts of the QR symbols in a picture file.
type reader interface {
	read(ctx context.Context, file string) ([]string, error)

	close() error
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

func (zbar) close() error { return nil }

// script is a running program that takes the names of files and answers each with a line of JSON.
type script struct {
	cmd     *exec.Cmd
	names   io.WriteCloser
	answers *bufio.Reader
}

// startScript starts a script of testdata/zxing in a language.
func startScript(ctx context.Context, language, file string) (*script, error) {
	s := &script{cmd: exec.CommandContext(ctx, language, file)}
	s.cmd.Stderr = os.Stderr
	var err error
	if s.names, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.answers = bufio.NewReader(out)
	return s, s.cmd.Start()
}

func (s *script) read(_ context.Context, file string) (texts []string, err error) {
	if _, err := fmt.Fprintln(s.names, file); err != nil {
		return nil, fmt.Errorf("%s: %w", s.cmd.Path, err)
	}
	line, err := s.answers.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.cmd.Path, err)
	}
	return texts, json.Unmarshal(line, &texts)
}

func (s *script) close() error {
	s.names.Close()
	return s.cmd.Wait()
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
