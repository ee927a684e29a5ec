// Package words reads texts in five languages. A room keeps its texts in a folder words, one JSON file a
// language (it.json, en.json, de.json, fr.json, sl.json), which it embeds. All files of a folder have the
// same members; [Check] names each that is missing, and a test at the root of the project runs it on every
// folder.
package words

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// Languages returns the languages of every text: Italian, which is the legal text, and English, German,
// French and Slovene. The list stands here alone.
func Languages() []string { return []string{"it", "en", "de", "fr", "sl"} }

// Read reads the files of the folder words of files, one for each of [Languages], into a value for each
// language. A missing file, a member that T does not have and anything behind the JSON value are errors.
func Read[T any](files fs.FS) (map[string]T, error) { return read[T](files, Languages()) }

// ReadOwn is [Read] for the texts of somebody else, of which Italian is enough: a language without a file is
// left out. So a language that is added here later is no fault of theirs.
func ReadOwn[T any](files fs.FS) (map[string]T, error) { return read[T](files, own(files)) }

// own returns Italian and the other languages that have a file.
func own(files fs.FS) []string {
	return slices.DeleteFunc(Languages(), func(lang string) bool {
		_, err := fs.Stat(files, fileOf(lang))
		return lang != "it" && errors.Is(err, fs.ErrNotExist)
	})
}

func read[T any](files fs.FS, languages []string) (map[string]T, error) {
	all := make(map[string]T)
	for _, lang := range languages {
		text, err := fs.ReadFile(files, fileOf(lang))
		if err != nil {
			return nil, fmt.Errorf("words: %w", err)
		}
		if all[lang], err = parse[T](text); err != nil {
			return nil, fmt.Errorf("words: %s: %w", fileOf(lang), err)
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

func fileOf(lang string) string { return "words/" + lang + ".json" }

func parse[T any](text []byte) (T, error) {
	var value T
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&value); err != nil {
		return value, err
	}
	return value, atEnd(d)
}

func atEnd(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}
