package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Check compares the files of the folder words of files, one for each of [Languages]. The error names each
// text that a language lacks or that has other placeholders than the Italian text. Before that, a file is an
// error if it has a text that is empty, a name that stands twice, or a value that is no text. Placeholders
// are names in braces and the verbs of package fmt, with %[2]s where the order differs.
//
// The names in a group called message are the English texts themselves, and the English file does not repeat
// them.
func Check(files fs.FS) error { return check(files, Languages()) }

// CheckOwn is [Check] for the files that [ReadOwn] reads.
func CheckOwn(files fs.FS) error { return check(files, own(files)) }

func check(files fs.FS, languages []string) error {
	all := make(map[string]map[string]string) // by language and path
	names := make(map[string]bool)
	for _, lang := range languages {
		text, err := fs.ReadFile(files, fileOf(lang))
		if err != nil {
			return fmt.Errorf("words: %w", err)
		}
		if all[lang], err = leaves(text); err != nil {
			return fmt.Errorf("words: %s: %w", fileOf(lang), err)
		}
		for name := range all[lang] {
			names[name] = true
		}
	}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if english, ok := strings.CutPrefix(name, "/message/"); ok {
			all["en"][name] = english
		}
		for _, lang := range languages {
			text, ok := all[lang][name]
			switch {
			case !ok:
				faults = append(faults, fmt.Errorf("words: %s: %s is missing", fileOf(lang), name[1:]))
			case all["it"][name] != "" && !maps.Equal(placeholders(text), placeholders(all["it"][name])):
				faults = append(faults, fmt.Errorf("words: %s: %s has other placeholders than in Italian",
					fileOf(lang), name[1:]))
			}
		}
	}
	return errors.Join(faults...)
}

// leaves returns the texts of a file by their paths, which have a slash before each name.
func leaves(text []byte) (map[string]string, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return nil, errors.New("no JSON object")
	}
	found := make(map[string]string)
	d := json.NewDecoder(bytes.NewReader(text))
	if err := collect(d, "", found); err != nil {
		return nil, err
	}
	return found, atEnd(d)
}

// collect reads the next value of d and puts its texts into found.
func collect(d *json.Decoder, path string, found map[string]string) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case string:
		if strings.TrimSpace(token) == "" {
			return fmt.Errorf("%s is empty", path[1:])
		}
		found[path] = token
		return nil
	case json.Delim:
		seen := make(map[string]bool)
		for i := 0; d.More(); i++ {
			name := strconv.Itoa(i)
			if token == '{' {
				key, err := d.Token()
				if err != nil {
					return err
				}
				name = key.(string)
			}
			inner := path + "/" + name
			if seen[name] {
				return fmt.Errorf("%s stands twice", inner[1:])
			}
			seen[name] = true
			if err := collect(d, inner, found); err != nil {
				return err
			}
		}
		_, err := d.Token() // the closing bracket
		return err
	}
	return fmt.Errorf("%s is no text", path[1:])
}

var (
	braces = regexp.MustCompile(`\{[a-z_]+\}`)
	verbs  = regexp.MustCompile(`%(?:%|[-+#0]*[0-9.]*(?:\[([0-9]+)\])?([a-zA-Z]))`)
)

// placeholders returns the names in braces of a text, and each verb behind the number of its argument.
func placeholders(text string) map[string]bool {
	found := make(map[string]bool)
	for _, name := range braces.FindAllString(text, -1) {
		found[name] = true
	}
	argument := 0
	for _, m := range verbs.FindAllStringSubmatch(text, -1) {
		if m[2] == "" { // a percent sign
			continue
		}
		if argument++; m[1] != "" {
			argument, _ = strconv.Atoi(m[1]) // digits
		}
		found[strconv.Itoa(argument)+m[2]] = true
	}
	return found
}
