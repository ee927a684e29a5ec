package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// record is the file of JSON lines that a run appends to and the next one goes on from.
type record struct {
	// done are the files that need no other look, and how each ended. One about which nobody could be asked is not among
	// them; it gets a second line, which counts.
	done map[string]ending
	file *os.File // nil: nothing is kept
}

// ending is the part of a line that is counted.
type ending struct {
	Verdict string   `json:"verdict"`
	Code    api.Code `json:"code"`
}

// maxRecordLine bounds a line in bytes; one of ours has some 3 KB.
const maxRecordLine = 1 << 20

// openRecord reads what an earlier run left and makes ready to append. A last line that it did not finish is cut off; any
// other line that is not ours is an error, so that no stranger's file is written to.
func openRecord(path string) (*record, error) {
	r := &record{done: map[string]ending{}}
	if path == "" {
		return r, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %w", path, file.ErrNotRegular)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	end, err := r.read(f)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, words.Errorf("%s: %w", path, err)
	}
	r.file = f
	return r, nil
}

// read returns where the last whole line ends.
func (r *record) read(f io.Reader) (int64, error) {
	var end int64
	in := bufio.NewReaderSize(f, maxRecordLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		switch {
		case err == io.EOF:
			return end, nil
		case errors.Is(err, bufio.ErrBufferFull):
			return 0, words.Errorf("line %d is too long", n)
		case err != nil:
			return 0, err
		}
		var l struct {
			File *string `json:"file"`
			ending
		}
		if json.Unmarshal(line, &l) != nil || l.File == nil || l.Verdict == "" {
			return 0, words.Errorf("line %d is not one of check -json", n)
		}
		switch l.Code {
		case api.CodeUnavailable, api.CodeRateLimited, api.CodeKeysStale:
			delete(r.done, *l.File)
		default:
			r.done[*l.File] = l.ending
		}
		end += int64(len(line))
	}
}

// add appends a line in one write, so that a run that is killed leaves whole lines but for the last one.
func (r *record) add(x result) error {
	if r.file == nil {
		return nil
	}
	line, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = r.file.Write(append(line, '\n'))
	return err
}

// Close closes the file.
func (r *record) Close() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
