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

	"github.com/qr-invalidita/attesta/internal/resample"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// picture is what a reader gets.
type picture struct {
	pixels *image.Gray
	file   []byte // the same pixels, encoded
}

// newPicture encodes g. After a lossy encoding the pixels are those of the file.
func newPicture(g *image.Gray, quality int) (picture, error) {
	file, err := encode(g, quality)
	if err != nil || quality == 0 {
		return picture{g, file}, err
	}
	img, err := scan.Picture(file)
	if err != nil {
		return picture{}, err
	}
	return picture{scan.Gray(img), file}, nil
}

// reader finds the texts of the QR symbols in a picture. It reports whether it needed no other scale.
type reader interface {
	read(ctx context.Context, p picture) (texts []string, full bool, err error)

	close() error
}

// fileReader finds the texts in a picture file, at its size.
type fileReader interface {
	read(ctx context.Context, file string) ([]string, error)

	close() error
}

// scales are the sizes at which a scanner's program tries a picture, one after the other: those of package
// scan. At half the size noise averages out; at double size a decoder finds modules of two pixels.
var scales = []float64{1, 0.5, 2, 0.75, 1.5, 3}

// maxScaled is the size in pixels above which a picture is not enlarged, as in package scan.
const maxScaled = 9_000_000

// scaled tries a picture at several scales until the reader returns a text.
type scaled struct {
	fileReader
	scales []float64
	folder string // for the files
}

func (s scaled) read(ctx context.Context, p picture) ([]string, bool, error) {
	for _, scale := range s.scales {
		file := p.file
		if scale != 1 {
			w, h := int(float64(p.pixels.Rect.Dx())*scale), int(float64(p.pixels.Rect.Dy())*scale)
			if scale > 1 && w*h > maxScaled {
				continue
			}
			var err error
			if file, err = encode(resample.Resize(p.pixels, w, h), 0); err != nil {
				return nil, false, err
			}
		}
		name := filepath.Join(s.folder, "picture")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			return nil, false, err
		}
		texts, err := s.fileReader.read(ctx, name)
		if err != nil || len(texts) > 0 {
			return texts, len(texts) > 0 && scale == 1, err
		}
	}
	return nil, false, nil
}

// ours is package scan, which has scales of its own.
type ours struct{}

func (ours) read(ctx context.Context, p picture) ([]string, bool, error) {
	text, err := scan.ReadGray(ctx, p.pixels)
	if errors.Is(err, scan.ErrNoCode) {
		return nil, false, nil
	}
	return []string{text}, true, err
}

func (ours) close() error { return nil }

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
