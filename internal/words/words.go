// Package words reads texts in five languages. A room keeps its texts in a folder words, one JSON file a
// language (it.json, en.json, de.json, fr.json, sl.json), which it embeds. All files of a folder have the same
// members; a test at the root of the project names each that is missing.
package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Languages returns the languages of every text: Italian, which is the legal text, and English, German, French
// and Slovene. The list stands here alone.
func Languages() []string { return []string{"it", "en", "de", "fr", "sl"} }

// Read reads the files of the folder words of files, one for each of [Languages], into a value for each
// language. A missing file, a member that T does not have and anything behind the JSON value are errors.
func Read[T any](files fs.FS) (map[string]T, error) {
	all := make(map[string]T)
	for _, lang := range Languages() {
		name := "words/" + lang + ".json"
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("words: %w", err)
		}
		if all[lang], err = parse[T](text); err != nil {
			return nil, fmt.Errorf("words: %s: %w", name, err)
		}
	}
	return all, nil
}

// MustRead is [Read] for files that are part of the program, where an error is a bug: it panics.
func MustRead[T any](files fs.FS) map[string]T {
	all, err := Read[T](files)
	if err != nil {
		panic(err)
	}
	return all
}

func parse[T any](text []byte) (T, error) {
	var value T
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&value); err != nil {
		return value, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return value, errors.New("more than one JSON value")
	}
	return value, nil
}
