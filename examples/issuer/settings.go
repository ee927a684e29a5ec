package main

import (
	"bufio"
	"bytes"
	"flag"
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

// fileSuffix follows the name of a setting in the environment if the value is the path of a file that holds
// it.
const fileSuffix = "_FILE"

// readSecretFiles sets each setting whose NAME_FILE is in the environment to what is in that file, without
// its last line break, so that a password need not be in the environment itself. It refuses a file that
// others can read, and a setting that has a value as well.
func readSecretFiles() error {
	var v serving
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	v.flags(fs)
	names := append(settingsOf(fs), settingName("migrate-db"))
	for _, name := range names {
		path := os.Getenv(name + fileSuffix)
		if path == "" || slices.Contains(names, name+fileSuffix) { // a setting of its own
			continue
		}
		if os.Getenv(name) != "" {
			return words.Errorf("%s and %s are both set", name, name+fileSuffix)
		}
		text, err := file.ReadPrivate(path, maxSettings)
		if err == nil {
			err = os.Setenv(name, strings.TrimRight(string(text), "\r\n"))
		}
		if err != nil {
			return words.Errorf("%s: %w", name+fileSuffix, err)
		}
	}
	return nil
}
