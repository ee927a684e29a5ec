package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// lines reads a file line by line.
type lines struct {
	reader   *bufio.Reader
	position int64 // bytes that were read
	number   int64 // lines that were read
}

func newLines(file io.Reader) lines { return lines{reader: bufio.NewReaderSize(file, maxLine)} }

// Position returns the number of bytes and lines read.
func (l *lines) Position() (position, number int64) { return l.position, l.number }

// header returns the first line, which is valid until the next call. It is empty in an empty file.
func (l *lines) header() ([]byte, error) {
	line, err := l.line()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("header: %w", err)
	}
	return line, nil
}

// next returns the next line that is not empty, which is valid until the next call, or the fault of that
// line. After the last one the error is [io.EOF].
func (l *lines) next() (line []byte, fault, err error) {
	for {
		line, err := l.line()
		var broken *lineError
		switch {
		case errors.As(err, &broken):
			return nil, broken, nil
		case err != nil:
			return nil, nil, err
		case len(bytes.TrimSpace(line)) > 0:
			return line, nil, nil
		}
	}
}

// lineError is a fault of the line itself.
type lineError struct{ text string }

func (e *lineError) Error() string { return e.text }

// line returns the next line, which is valid until the next call.
func (l *lines) line() ([]byte, error) {
	line, err := l.reader.ReadSlice('\n')
	l.position += int64(len(line))
	if len(line) > 0 {
		l.number++
	}
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		if err := l.passOver(); err != nil {
			return nil, err
		}
		return nil, &lineError{"is longer than a MiB"}
	case err != nil && (len(line) == 0 || !errors.Is(err, io.EOF)):
		return nil, err
	}
	if l.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if !utf8.Valid(line) {
		return nil, &lineError{"is not UTF-8"}
	}
	return line, nil
}

// passOver reads the rest of a line that is too long.
func (l *lines) passOver() error {
	for {
		rest, err := l.reader.ReadSlice('\n')
		l.position += int64(len(rest))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
	}
}
