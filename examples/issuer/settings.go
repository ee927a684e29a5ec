package main

import (
	"bufio"
	"bytes"
	"os"
	"slices"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/words"
	"github.com/qr-invalidita/attesta/internal/file"
)

// settings are NAME=value pairs from a file, overridden by the environment.
type settings map[string]string

// maxSettings bounds a file of settings, in bytes.
const maxSettings = 64 << 10

// readSettings reads the settings with the given names; the file is optional. It refuses a file with
// secrets that every user can read, a line that is not a setting, and an unknown name.
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
	text, err := file.ReadPrivate(path, maxSettings)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
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
