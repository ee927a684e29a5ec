package main

import (
	"bufio"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// settings are NAME=value pairs from a file, over which the environment goes.
type settings map[string]string

// readSettings reads the settings of the given names; the file is optional. A file that holds secrets for everybody to
// read, a line that is no setting and a name that nobody knows are errors.
func readSettings(path string, names []string) (settings, error) {
	s := make(settings)
	if path != "" {
		if err := s.readFile(path, names); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			s[name] = value
		}
	}
	return s, nil
}

func (s settings) readFile(path string, names []string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return words.Errorf("%s is open to its group or to everybody: chmod 600", path)
	}
	lines := bufio.NewScanner(io.LimitReader(f, 64<<10))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok:
			return words.Errorf("%s:%d: not a line NAME=value", path, n)
		case !slices.Contains(names, name):
			return words.Errorf("%s:%d: unknown setting %s", path, n, name)
		}
		s[name] = strings.TrimSpace(value)
	}
	return lines.Err()
}
